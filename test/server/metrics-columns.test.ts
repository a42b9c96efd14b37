/** Batches are checked column by column; it must come to the same as the contract's schema. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SampleBatch } from '../../src/contract/shapes.ts';
import { columnsOf, parseBatch, type Batch } from '../../src/server/metrics/columns.ts';
import { BadBatch } from '../../src/server/metrics/metrics.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const good = { figure: 'box_loss', legend: 'train', epoch: 1, step: 2, y: 0.5, time: 1000 };

describe('a bad batch is refused with the field that is wrong', () => {
  const cases: [field: string, samples: unknown, rest?: object][] = [
    ['samples[1].y', [good, { ...good, y: null }]],
    ['samples[0].y', [{ ...good, y: 'nan' }]],
    ['samples[0].time', [{ ...good, time: '1' }]],
    ['samples[0].time', [{ figure: 'a', legend: '', y: 1 }]],
    ['samples[0].step', [{ ...good, step: null }]],
    ['samples[0].epoch', [{ ...good, epoch: 'NaN' }]],
    ['samples[0].figure', [{ ...good, figure: '' }]],
    ['samples[0].figure', [{ ...good, figure: 'x'.repeat(201) }]],
    ['samples[0].legend', [{ ...good, legend: 7 }]],
    ['samples[1].value', [good, { ...good, value: 7 }]],
    ['samples[0]', [7]],
    ['samples[0]', [[]]],
    ['samples', {}],
    ['samples', undefined],
    ['samples', Array.from({ length: 100_001 }, () => good)],
    ['attempt', [], { attempt: 0 }],
    ['batch', [], { batch: 'no number' }],
    ['batch', [], { batch: -1 }],
    ['progress.total', [], { progress: { done: 1, total: -1, unit: '' } }],
    ['files[0].path', [], { files: [{ kind: 'artifact', path: '', time: 0 }] }],
    ['', [], { sampels: [] }],
  ];
  for (const [field, samples, rest] of cases) {
    it(`${field || 'the whole'}: ${(JSON.stringify(rest ?? samples) ?? 'missing').slice(0, 70)}`, () => {
      assert.throws(
        () => columnsOf({ attempt: 1, batch: 0, samples, ...rest }),
        (error) => error instanceof BadBatch && error.field === field && error.message.length > 10,
      );
    });
  }
  for (const [what, body] of [
    ['no JSON', bytes('{"attempt": 1,')],
    ['no object', bytes('[]')],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['nothing', bytes('')],
  ] as const) {
    it(what, () => {
      assert.throws(() => parseBatch(body), BadBatch);
    });
  }
  it('a number beyond any', () => {
    const text = JSON.stringify({ attempt: 1, batch: 0, samples: [good] });
    assert.throws(() => parseBatch(bytes(text.replace('0.5', '1e999'))), { field: 'samples[0].y' });
    assert.throws(() => parseBatch(bytes(text.replace('1000', '1e999'))), { field: 'samples[0].time' });
  });
});

it('a batch becomes columns by line, in the order in which its samples came', () => {
  const samples = [
    good,
    { figure: 'box_loss', legend: 'val', y: 'NaN', time: 3 },
    { ...good, step: 1, y: 'Infinity' },
    { figure: 'lr', legend: 'train', y: '-Infinity', time: 4, step: 9 },
  ];
  const batch = parseBatch(bytes(JSON.stringify({ attempt: 2, batch: 'rank.1:07', samples })));
  assert.deepEqual(batch, {
    attempt: 2,
    writer: 'rank.1',
    number: 7,
    samples: 4,
    lines: [
      line('box_loss', 'train', [1, 1], [2, 1], [1000, 1000], [0.5, Infinity]),
      line('box_loss', 'val', [NaN], [NaN], [3], [NaN]),
      line('lr', 'train', [NaN], [9], [4], [-Infinity]),
    ],
    progress: null,
    files: [],
  } satisfies Batch);
});

const line = (
  figure: string,
  legend: string,
  epoch: number[],
  step: number[],
  time: number[],
  y: number[],
) => ({
  figure,
  legend,
  epoch: Float64Array.from(epoch),
  step: Float64Array.from(step),
  time: Float64Array.from(time),
  y: Float64Array.from(y),
});

it('exactly what the contract allows is allowed', () => {
  const odd = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      undefined,
      true,
      '',
      'NaN',
      'Infinity',
      '-Infinity',
      'nan',
      [],
      {},
      0,
      -1,
      NaN,
      Infinity,
    ),
    fc.double(),
    fc.string(),
  );
  const sample = fc.record(
    {
      figure: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom('box_loss', 'a'.repeat(200)) },
        { weight: 1, arbitrary: odd },
      ),
      legend: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('', 'train') }, { weight: 1, arbitrary: odd }),
      epoch: fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: odd }),
      step: fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: odd }),
      y: fc.oneof({ weight: 5, arbitrary: fc.nat() }, { weight: 1, arbitrary: odd }),
      time: fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: odd }),
      extra: fc.constant(1),
    },
    { requiredKeys: ['figure', 'legend', 'y', 'time'] },
  );
  const withoutExtra = sample.filter((one) => one.extra === undefined);
  const samples = fc.oneof(
    { weight: 6, arbitrary: fc.array(withoutExtra, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(sample, { maxLength: 3 }) },
    { weight: 1, arbitrary: odd },
  );
  const name = fc.oneof(
    fc.nat(),
    fc.constantFrom('rank0:1', ':1', 'a:', 'a b:1', 'a:b:1', 'w:1234567890123456'),
    odd,
  );
  let allowed = 0;
  fc.assert(
    fc.property(samples, name, fc.oneof(fc.constant(1), odd), (given, batch, attempt) => {
      const value = { attempt, batch, samples: given };
      const checked = SampleBatch.safeParse(value);
      if (checked.success) {
        allowed++;
        assert.equal(columnsOf(value).samples, checked.data.samples.length);
      } else {
        assert.throws(() => columnsOf(value), BadBatch);
      }
    }),
    { numRuns: 3000 },
  );
  assert.ok(allowed > 100, `the comparison is about something: ${allowed} allowed`);
});

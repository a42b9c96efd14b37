/** Every reduction against the raw data, for whatever comes in whatever order. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import fc from 'fast-check';
import { directionOf } from '../../src/contract/figures.ts';
import type { MetricsQuery, XAxis } from '../../src/contract/shapes.ts';
import type { LineColumns } from '../../src/server/metrics/columns.ts';
import { pack, packedCount, unpack } from '../../src/server/metrics/pack.ts';
import { MetricStore, type Answer } from '../../src/server/metrics/store.ts';

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'trainyard-rollup-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** So small that some dozens of samples make chunks, and chunks of chunks. */
const SMALL = { chunk: 8, buckets: 4, fan: 2 };

type Axis = Exclude<MetricsQuery['axis'], 'relative'>;

interface Point {
  epoch: number;
  step: number;
  time: number;
  y: number;
}

const whole = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const value = fc.oneof(
  { weight: 4, arbitrary: whole(-3, 3) },
  { weight: 4, arbitrary: fc.double({ noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 1e300, -0) },
);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

/** Ways in which x may come: in order, in steps, shuffled, with one far out, anything. NaN: it has none. */
const column = (length: number): fc.Arbitrary<number[]> =>
  fc.oneof(
    fc.constant(Array.from({ length }, (_, i) => i)),
    fc.constant(Array.from({ length }, (_, i) => Math.floor(i / 10) + 1)),
    fc.array(whole(0, 50), { minLength: length, maxLength: length }),
    fc.array(whole(0, 3), { minLength: length, maxLength: length }).map((gaps) => gaps.map(sum())),
    fc.array(finite, { minLength: length, maxLength: length }),
    fc
      .tuple(whole(0, Math.max(0, length - 1)), finite)
      .map(([at, far]) => Array.from({ length }, (_, i) => (i === at ? far : 1000 + i))),
  );
const sum = (): ((gap: number) => number) => {
  let total = 0;
  return (gap) => (total += gap);
};
const withHoles = (length: number): fc.Arbitrary<number[]> =>
  fc.oneof(
    { weight: 4, arbitrary: column(length) },
    { weight: 1, arbitrary: fc.constant(Array.from({ length }, () => NaN)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(column(length), fc.array(fc.boolean(), { minLength: length, maxLength: length }))
        .map(([x, there]) => x.map((v, i) => (there[i] === true ? v : NaN))),
    },
  );

const points: fc.Arbitrary<Point[]> = whole(0, 200).chain((n) =>
  fc
    .record({
      epoch: withHoles(n),
      step: withHoles(n),
      time: column(n),
      y: fc.array(value, { minLength: n, maxLength: n }),
    })
    .map(({ epoch, step, time, y }) =>
      y.map((v, i) => ({ epoch: epoch[i]!, step: step[i]!, time: time[i]!, y: v })),
    ),
);

const asked = fc.record({
  axis: fc.constantFrom<Axis>('epoch', 'step', 'time'),
  points: fc.oneof(whole(1, 12), whole(1, 300)),
  ends: fc.option(
    fc.tuple(fc.oneof(whole(-5, 60), whole(900, 1300), finite), fc.oneof(whole(0, 60), finite)),
  ),
});

const columns = (part: readonly Point[]): LineColumns => ({
  figure: 'box_loss',
  legend: 'train',
  epoch: Float64Array.from(part, (p) => p.epoch),
  step: Float64Array.from(part, (p) => p.step),
  time: Float64Array.from(part, (p) => p.time),
  y: Float64Array.from(part, (p) => p.y),
});

it('every bucket of every window has the count, the last and the extremes of its samples, and no sample is in none', () => {
  const file = join(folder, 'any.db');
  let store = new MetricStore(file, SMALL);
  let run = 0;
  fc.assert(
    fc.property(
      points,
      fc.array(whole(1, 40)),
      fc.array(asked, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      whole(0, 3),
      (all, sizes, queries, reopen, again) => {
        const executionId = `run ${run++}`;
        let done = 0;
        for (let number = 0; done < all.length; number++) {
          const size = sizes[number % Math.max(1, sizes.length)] ?? all.length;
          const part = all.slice(done, done + size);
          done += size;
          const batch = {
            attempt: 1,
            writer: '',
            number,
            samples: part.length,
            lines: [columns(part)],
            progress: null,
            files: [],
          };
          store.report(executionId, batch, {});
          // A runner that hears no answer sends it once more.
          if (number % 3 === again) assert.ok(store.report(executionId, batch, {}).repeated);
        }
        if (reopen) {
          store.close();
          store = new MetricStore(file, SMALL);
        }
        checkSummary(store, executionId, all);
        for (const { axis, points: most, ends } of queries) {
          const window = ends === null ? {} : { from: ends[0], to: ends[0] + Math.abs(ends[1]) };
          const query = { executions: [executionId], axis, points: most, ...window };
          check(store.query(query)[0], all, axis, most, window);
        }
        checkRelative(store, executionId, all);
      },
    ),
    { numRuns: 400 },
  );
  store.close();
});

/** x as the store defines it, and what it counts: the sample's own, the other one where no sample has it, else its number. */
function xOf(all: readonly Point[], axis: Axis): [XAxis, number[]] {
  if (axis === 'time') return [axis, all.map((p) => p.time)];
  const other = axis === 'epoch' ? 'step' : 'epoch';
  for (const name of [axis, other] as const) {
    const x = all.map((p) => p[name]);
    if (!x.every(Number.isNaN)) return [name, x];
  }
  return ['sample', all.map((_, i) => i + 1)];
}

function check(
  answer: Answer | undefined,
  all: readonly Point[],
  axis: Axis,
  most: number,
  { from = -Infinity, to = Infinity }: { from?: number; to?: number },
): void {
  if (all.length === 0) return assert.equal(answer, undefined);
  assert.ok(answer !== undefined);
  const [counts, x] = xOf(all, axis);
  assert.equal(answer.axis, counts);
  const inside = all
    .map((point, i) => ({ x: x[i]!, y: point.y, i }))
    .filter((p) => p.x >= from && p.x <= to)
    .toSorted((a, b) => a.x - b.x || a.i - b.i);
  const { lastX, firstX, first, last, min, max, count, nan } = answer.places;
  assert.ok(lastX.length <= most);
  let taken = 0;
  lastX.forEach((end, i) => {
    assert.ok(i === 0 || end > lastX[i - 1]!, 'x in strict order');
    const bucket = inside.filter((p) => p.x <= end).slice(taken);
    taken += bucket.length;
    const numbers = bucket.map((p) => p.y).filter((y) => !Number.isNaN(y));
    assert.equal(bucket.length, count[i]);
    assert.equal(bucket.length - numbers.length, nan[i]);
    same(bucket[0]?.x, firstX[i]);
    same(bucket.at(-1)?.x, end);
    // Of the samples at the least x the one that came first; sorting kept their order.
    same(bucket[0]?.y, first[i]);
    same(bucket.at(-1)?.y, last[i]);
    same(numbers.length === 0 ? NaN : Math.min(...numbers), min[i]);
    same(numbers.length === 0 ? NaN : Math.max(...numbers), max[i]);
  });
  assert.equal(taken, inside.length);
  const places = new Set(inside.map((p) => p.x + 0)).size;
  if (inside.length <= most) assert.equal(lastX.length, places, 'few samples stay what they are');
  else {
    const placed = x.filter((v) => !Number.isNaN(v));
    const width = Math.min(to, Math.max(...placed)) - Math.max(from, Math.min(...placed));
    lastX.forEach((end, i) => {
      // The smallest power of two that will do is less than four times a place's share. (Beyond that the range of numbers ends.)
      const usual = most > 1 && width > 1e-290 && Number.isFinite(width);
      if (usual) assert.ok(end - firstX[i]! <= (4 * width) / (most - 1));
    });
  }
}

/** Equal as numbers; 0 and -0 are, since they have the same place and the same look. */
function same(expected: number | undefined, actual: number | undefined): void {
  assert.ok(
    expected === actual || (Number.isNaN(expected) && Number.isNaN(actual)),
    `${expected} is ${actual}`,
  );
}

/** Time since the beginning is the time, counted from there. */
function checkRelative(store: MetricStore, executionId: string, all: readonly Point[]): void {
  const began = Math.min(...all.map((p) => p.time));
  const ask = { executions: [executionId], points: 7 };
  const [wall] = store.query({ ...ask, axis: 'time' });
  const [relative] = store.query({ ...ask, axis: 'relative' });
  assert.equal(relative?.origin, wall === undefined ? undefined : began);
  assert.deepEqual(relative?.places, wall?.places);
}

function checkSummary(store: MetricStore, executionId: string, all: readonly Point[]): void {
  const [line] = store.summary(executionId, 1).summary;
  if (all.length === 0) return assert.equal(line, undefined);
  const numbers = all.map((p) => p.y).filter(Number.isFinite);
  assert.equal(directionOf('box_loss'), 'lower');
  assert.equal(line?.count, all.length);
  const best = numbers.length === 0 ? null : Math.min(...numbers);
  assert.ok(line?.best === best);
  const epochs = all.filter((p) => p.y === best).map((p) => (Number.isNaN(p.epoch) ? null : p.epoch));
  assert.ok(best === null ? line?.bestEpoch === null : line?.bestEpoch === epochs[0]);
  if (all.every((p) => !Number.isNaN(p.step))) {
    const top = Math.max(...all.map((p) => p.step));
    const candidates = all.filter((p) => p.step === top);
    assert.ok(candidates.some((p) => String(p.y === 0 ? 0 : p.y) === String(line?.last)));
  }
}

it('a column comes out of its packing as it went in', () => {
  const packed = fc.oneof(
    fc.array(fc.double(), { maxLength: 50 }),
    fc.array(fc.float(), { maxLength: 50 }),
    fc.array(fc.oneof(whole(-200, 200), fc.constant(-0)), { maxLength: 50 }),
    fc.array(fc.maxSafeInteger(), { maxLength: 50 }),
    fc.array(whole(-(2 ** 31), 2 ** 31 - 1), { maxLength: 50 }),
    fc.tuple(whole(-9, 9), whole(-9, 9)).map(([a, b]) => Array.from({ length: 20 }, (_, i) => a + i * b)),
    fc.tuple(fc.double(), whole(0, 20)).map(([v, length]) => Array.from({ length }, () => v)),
  );
  fc.assert(
    fc.property(packed, packed, whole(0, 3), (a, b, start) => {
      const length = Math.max(0, Math.min(a.length, b.length) - start);
      const bytes = pack([Float64Array.from(a), Float64Array.from(b)], start, length);
      assert.equal(packedCount(bytes), length);
      // Where a blob lies in memory is SQLite's choice.
      const moved = new Uint8Array(bytes.length + 3);
      moved.set(bytes, 3);
      for (const [c, values] of [a, b].entries()) {
        const expected = values.slice(start, start + length);
        assert.deepEqual([...unpack(bytes, c)], expected);
        assert.deepEqual([...unpack(moved.subarray(3), c)], expected);
      }
    }),
    { numRuns: 1000 },
  );
});

it('what is evenly spaced takes next to no space, and what came from a 32-bit float takes 4 bytes', () => {
  const n = 1000;
  const size = (f: (i: number) => number): number =>
    pack([Float64Array.from({ length: n }, (_, i) => f(i))], 0, n).length;
  assert.ok(size(() => 3) <= 24);
  assert.ok(size((i) => 5 + 2 * i) <= 32);
  assert.ok(size((i) => 1_760_000_000_000 + 25 * i + (i % 3)) <= n + 40);
  assert.ok(size((i) => Math.fround(Math.sin(i))) <= 4 * n + 16);
  assert.ok(size((i) => Math.sin(i)) <= 8 * n + 16);
});

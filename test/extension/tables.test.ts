/** The host's side of a table: its rows, its columns, and what it tells the page when. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { COLUMNS, ToTable, type ColumnId } from '../../src/contract/pages/table.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { choicesOf, chosenColumns, columnsOf } from '../../src/extension/panels/columns.ts';
import { RowFeed } from '../../src/extension/panels/rowFeed.ts';
import { remediesFor } from '../../src/extension/runs/remedies.ts';
import { figuresOf, tableRow } from '../../src/extension/panels/tableRow.ts';
import { DETECTOR, failing, line, run, service } from './runs.ts';

describe('a row of a table', () => {
  const at = (one: Run, now = 0) =>
    tableRow({ run: one, receivedAt: 0 }, now, {
      figures: [],
      showProject: false,
      service: () => undefined,
      slot: () => null,
    });

  it('B2 B4 B5 B8 has name, version, time, status and service as the backend tells them', () => {
    const one = run('Success', { model: { id: 'm-1', name: 'shapes-small', version: 3 } });
    const { name, version, createdAt, status, service: shown } = at(one);
    assert.deepEqual(
      { name, version, createdAt, status, service: shown },
      { name: 'shapes-small', version: 3, createdAt: one.createdAt, status: 'Success', service: one.service },
    );
  });

  it('B6 has a share of the progress, and none where the end is unknown', () => {
    const progress = (done: number, total: number) =>
      at(run('In Progress', { progress: { done, total, unit: 'epoch' } })).progress;
    assert.deepEqual(progress(3, 12), { share: 0.25, text: '3/12 epochs' });
    assert.deepEqual(progress(13, 12)?.share, 1);
    assert.deepEqual(progress(5, 0), { share: null, text: '5 epochs' });
    assert.equal(at(run('Pending')).progress, null);
  });

  it('B7 has the duration as of now while it runs, and as of its end afterwards', () => {
    assert.equal(at(run('In Progress'), 5_000).durationMs, 69_000);
    assert.equal(at(run('Failed'), 5_000).durationMs, 64_000);
    assert.equal(at(run('Created'), 5_000).durationMs, null);
  });

  it('has the best value of each figure that a column shows, of the validation first', () => {
    const one = run('Success', { summary: [...DETECTOR, line('lr', '', 0.01, null, null)] });
    const figures = ['box_loss', 'mAP50(B)', 'lr', 'nothing'];
    const { metrics } = tableRow({ run: one, receivedAt: 0 }, 0, {
      figures,
      showProject: true,
      service: () => undefined,
      slot: () => null,
    });
    assert.deepEqual(metrics, { box_loss: 0.66, 'mAP50(B)': 0.81, lr: 0.01 });
    assert.deepEqual(figuresOf([one], { accuracy: { better: 'higher' } }), [
      'accuracy',
      'box_loss',
      'lr',
      'mAP50(B)',
      'mAP50-95(B)',
    ]);
  });
});

describe('columns', () => {
  it('are those of the specification unless somebody chose others', () => {
    assert.deepEqual(columnsOf(undefined), [...COLUMNS]);
    assert.deepEqual(columnsOf(['status', 'metric:box_loss', 'status', 'nonsense', 7, 'config:']), [
      'name',
      'status',
      'metric:box_loss',
    ]);
  });

  it('can be chosen from what there is, and stay where they are', () => {
    const shown: ColumnId[] = ['name', 'duration', 'metric:gone', 'status'];
    const choices = choicesOf(shown, ['box_loss'], ['lr']);
    assert.deepEqual(
      choices.filter(({ chosen }) => chosen).map(({ id }) => id),
      ['status', 'duration', 'metric:gone'],
    );
    assert.deepEqual(
      choices.filter(({ id }) => id === null).map(({ label }) => label),
      ['Columns', 'Metrics: best value', 'Configuration'],
    );
    assert.ok(!choices.some(({ id }) => id === 'name'));
    assert.deepEqual(chosenColumns(shown, ['status', 'metric:box_loss', 'duration']), [
      'name',
      'duration',
      'status',
      'metric:box_loss',
    ]);
    assert.deepEqual(chosenColumns(shown, []), ['name']);
  });
});

/** A window's runs, a page that listens, and a feed between them. */
class Fed {
  readonly runs: Map<string, Run>;
  readonly heard: ToTable[] = [];
  columns: ColumnId[] = ['name'];
  complete = true;
  service = service();
  readonly feed: RowFeed;

  constructor(t: TestContext, runs: Run[]) {
    this.runs = new Map(runs.map((one) => [one.executionId, one]));
    this.feed = new RowFeed(
      {
        all: () => [...this.runs.values()].map((one) => ({ run: one, receivedAt: 0 })),
        one: (id) => {
          const one = this.runs.get(id);
          return one === undefined ? undefined : { run: one, receivedAt: 0 };
        },
        complete: () => this.complete,
        columns: () => this.columns,
        layout: () => null,
        showProject: () => false,
        slot: () => null,
        service: () => this.service,
        post: (message) => this.heard.push(ToTable.parse(structuredClone(message))),
      },
      1,
    );
    t.after(() => this.feed.dispose());
  }

  async until(wanted: (fed: this) => boolean): Promise<void> {
    const deadline = Date.now() + 5_000;
    while (!wanted(this)) {
      if (Date.now() > deadline)
        throw new Error(`It never came; heard: ${this.heard.map(({ type }) => type).join()}`);
      await sleep(1);
    }
  }

  /** The rows of the messages after the first so many. */
  rows(after = 0): string[] {
    return this.heard
      .slice(after)
      .flatMap((one) => (one.type === 'rows' ? one.rows.map((row) => row.executionId) : []));
  }
}

const many = (count: number): Run[] =>
  Array.from({ length: count }, (_, i) =>
    run('Success', { createdAt: new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString() }),
  );

describe('the feed of a table', () => {
  it('tells all ten thousand rows, the newest first, in messages that keep nobody waiting', async (t) => {
    const runs = many(10_000);
    const fed = new Fed(t, runs);
    assert.equal(fed.rows()[0], runs.at(-1)?.executionId);
    assert.equal(fed.rows().length, 200);
    await fed.until(({ heard }) => heard.some((one) => one.type === 'rows' && one.complete));
    assert.equal(new Set(fed.rows()).size, 10_000);
    assert.deepEqual(fed.rows(), runs.map((one) => one.executionId).toReversed());
    assert.equal(fed.heard.filter((one) => one.type === 'rows' && one.complete).length, 1);
  });

  it('then tells of the one that changed alone', async (t) => {
    const [first, second] = many(2);
    const fed = new Fed(t, [first!, second!]);
    const before = fed.heard.length;
    fed.runs.set(first!.executionId, { ...first!, status: 'Rerun' });
    fed.feed.changed(first!.executionId);
    fed.feed.changed(first!.executionId);
    await fed.until(({ heard }) => heard.length > before);
    assert.deepEqual(fed.rows(before), [first!.executionId]);
    assert.equal(fed.heard.length, before + 1);
  });

  it('tells of one that is gone, and not of one that is nobody knows of', async (t) => {
    const [first] = many(1);
    const fed = new Fed(t, [first!]);
    const before = fed.heard.length;
    fed.runs.clear();
    fed.feed.changed('another');
    fed.feed.removed(first!.executionId);
    await fed.until(({ heard }) => heard.length > before);
    assert.deepEqual(fed.heard.at(-1), {
      type: 'rows',
      rows: [],
      gone: [first!.executionId],
      complete: true,
    });
  });

  it('says when the list is known whole', async (t) => {
    const fed = new Fed(t, []);
    fed.complete = false;
    fed.feed.begin();
    assert.deepEqual(fed.heard.at(-1), { type: 'rows', rows: [], gone: [], complete: false });
    fed.complete = true;
    fed.feed.listChanged();
    await fed.until(({ heard }) => heard.some((one, i) => i > 2 && one.type === 'rows' && one.complete));
  });

  it('tells the rows again where a column shows another metric, and only then', async (t) => {
    const fed = new Fed(t, many(3));
    fed.columns = ['name', 'status'];
    fed.feed.columnsChanged();
    assert.deepEqual(fed.heard.slice(2), [{ type: 'columns', columns: ['name', 'status'] }]);
    fed.columns = ['name', 'metric:box_loss'];
    fed.feed.columnsChanged();
    await fed.until((one) => one.rows(3).length === 3);
  });

  it('tells the rows that a service keeps anew when it changes: other remedies may be due', async (t) => {
    const [kept, other] = many(2);
    const fed = new Fed(t, [{ ...kept!, status: 'Created', diagnosis: failing }, other!]);
    fed.service = service({ activity: 'paused' });
    fed.feed.serviceChanged(kept!.service.id);
    await fed.until(({ heard }) => heard.length > 2);
    const again = fed.heard.at(-1);
    assert.ok(again?.type === 'rows');
    assert.deepEqual(
      again.rows.map(({ executionId, diagnosis }) => [
        executionId,
        diagnosis?.remedies.includes('Resume Service'),
      ]),
      [[kept!.executionId, true]],
    );
  });

  it('says nothing more once it is ended', async (t) => {
    const [first] = many(1);
    const fed = new Fed(t, [first!]);
    fed.feed.dispose();
    fed.feed.changed(first!.executionId);
    await sleep(10);
    assert.equal(fed.heard.length, 2);
  });
});

it('B69 has a diagnosis where the backend gives one, and makes none up', () => {
  const of = (one: Run) =>
    tableRow({ run: one, receivedAt: 0 }, 0, {
      figures: [],
      showProject: false,
      service: () => undefined,
      slot: () => null,
    }).diagnosis;
  assert.deepEqual(of(run('Created', { diagnosis: failing })), {
    ...failing,
    remedies: remediesFor(run('Created'), failing, undefined),
  });
  for (const status of ['Pending', 'Success', 'Failed', 'Aborted', 'Terminated'] as const) {
    assert.equal(of(run(status)), null);
  }
});

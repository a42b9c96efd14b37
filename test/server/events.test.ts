/** What is kept and told where the database doesn't take everything. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProgressKeeper } from '../../src/server/progress.ts';
import { Database } from '../../src/server/store/database.ts';
import { EventLog } from '../../src/server/store/events.ts';
import { ExecutionStore } from '../../src/server/store/executions.ts';

const FULL = "BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END";

describe('The log of changes', () => {
  it('tells of a change once it is kept, and of the next one where it could not be', () => {
    const db = new Database(':memory:');
    const events = new EventLog(db);
    let told = 0;
    events.onChange(() => told++);
    db.transaction(() => {
      events.append('run', 'e-1');
      events.append('service', 's-1');
      assert.equal(told, 0);
    });
    assert.equal(told, 1);
    // Stands for a full disk: SQLite itself undoes the transaction.
    db.run(`CREATE TRIGGER full BEFORE INSERT ON history ${FULL}`);
    const insert =
      "INSERT INTO history (execution, at, attempt, status, cause) VALUES ('e-1', '', 1, '', '')";
    assert.throws(
      () =>
        db.transaction(() => {
          events.append('run', 'e-1');
          db.run(insert);
        }),
      /^Error: database or disk is full$/,
    );
    assert.deepEqual([told, events.head], [1, 2]);
    events.append('run', 'e-1');
    assert.equal(told, 2);
    db.close();
  });
});

describe('The progress of runs', () => {
  it('that cannot be kept now is kept later, the newest of each', async () => {
    const db = new Database(':memory:');
    const events = new EventLog(db);
    const warnings: string[] = [];
    const note = (message: string): void => void warnings.push(message);
    const log = { info: note, warn: note, error: note };
    const progress = new ProgressKeeper(new ExecutionStore(db, events), log);
    const add = (id: string): number =>
      db.run(
        `INSERT INTO executions (id, project, service, architecture, model_id, model_name, model_version, status, created_at, queued_at,
           submission, token) VALUES (?, '', 's-1', '', '', '', 1, 'In Progress', '', 0, '{}', '')`,
        id,
      );
    db.run(
      `INSERT INTO services (id, project, architecture, settings, health, created_at) VALUES ('s-1', '', '', '{}', '', '')`,
    );
    add('e-1');
    add('e-2');
    const report = (executionId: string, done: number) => ({
      executionId,
      attempt: 1,
      progress: { done, total: 9, unit: 'epoch' },
      summary: [],
    });
    const kept = (): unknown[] =>
      db.all('SELECT progress FROM executions ORDER BY id').map((row) => row.textOrNull('progress'));
    db.run(`CREATE TRIGGER full BEFORE UPDATE ON executions ${FULL}`);
    progress.keep([report('e-1', 1), report('e-2', 1)]);
    progress.keep([report('e-1', 2)]);
    assert.deepEqual(kept(), [null, null]);
    assert.match(warnings[1] ?? '', /^The progress of 2 runs can't be kept yet: .*full/);
    db.run('DROP TRIGGER full');
    await new Promise<void>((resolve) => void events.onChange(resolve));
    assert.deepEqual(
      kept().map((text) => (JSON.parse(String(text)) as { done: number }).done),
      [2, 1],
    );
    progress.end();
    db.close();
  });
});

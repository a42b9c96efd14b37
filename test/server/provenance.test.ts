import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it, type TestContext } from 'node:test';
import { followEvents } from '../../src/client/events.ts';
import type { Ran } from '../../src/contract/ran.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { datasetOf } from '../../src/server/provenance/dataset.ts';
import { codeOf, withoutCredentials } from '../../src/server/provenance/git.ts';
import { Database } from '../../src/server/store/database.ts';
import { MIGRATIONS } from '../../src/server/store/migrations.ts';
import { PYTHON, RealBackend } from './realBackend.ts';

const git = (folder: string, ...words: string[]): string =>
  execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...words], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trainyard-ran-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What a run ran, once it is as wanted: each change is told by an event. */
function ran(backend: RealBackend, run: Run, wanted: (ran: Ran) => boolean): Promise<Ran> {
  return new Promise((resolve, reject) => {
    let last: Ran | null = null;
    const look = async (): Promise<void> => {
      last = (await backend.detail(run)).ran;
      if (last === null || !wanted(last)) return;
      clearTimeout(deadline);
      following.stop();
      resolve(last);
    };
    const deadline = setTimeout(() => {
      following.stop();
      reject(new Error(`not as wanted in time: ${JSON.stringify(last)}\n${backend.output}`));
    }, 60_000);
    const following = followEvents(async () => backend.client, {
      onReady: () => void look().catch(reject),
      onEvent: (event) => {
        if (event.event === 'run' && event.data.executionId === run.executionId) void look().catch(reject);
      },
      onBroken: () => undefined,
    });
  });
}
const whole = (one: Ran): boolean => one.python !== null;

describe('What it ran', () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  it('of a folder without git everything but the code is kept', async () => {
    const run = await backend.train('def train(context): pass', { config: { lr: 0.1 } });
    const kept = await ran(backend, run, whole);
    assert.equal(kept.code, null);
    assert.deepEqual(kept.notes, []);
    assert.deepEqual(kept.config, { lr: 0.1 });
    assert.equal(kept.python?.executable, PYTHON);
    assert.match(kept.python.version, /^3\.\d+\.\d+/);
    assert.equal(kept.machine.host, hostname());
    assert.ok(kept.machine.cores >= 1 && kept.machine.memoryBytes > 0 && kept.machine.os !== '');
    assert.deepEqual(kept.machine.gpus, []);
  });

  it('the commit, its branch, where it came from, and what was changed since; a rerun has its own', async () => {
    const { project } = backend;
    git(project, 'init', '--quiet', '--initial-branch=trunk');
    git(project, 'remote', 'add', 'origin', 'https://me:hunter2@example.org/toy.git');
    await backend.write('.gitignore', 'ignored.py\n');
    await backend.write('net.py', 'width = 8\n');
    git(project, 'add', '.');
    git(project, 'commit', '--quiet', '--message=first');
    await backend.write('net.py', 'width = 16\n');
    await backend.write('ignored.py', '');
    await backend.write('new.py', '');
    await mkdir(path.join(project, 'pictures'));
    await writeFile(path.join(project, 'pictures', 'a.png'), 'abc');
    const run = await backend.client.call('submit', {
      body: {
        project,
        architecture: { id: 'git', command: ['true'], python: PYTHON, service: { instance: 'cpu' } },
        model: { name: 'git', dataset: 'pictures' },
        environment: { PATH: process.env['PATH'] ?? '', PASSWORD: 'hunter3' },
      },
    });
    const kept = await ran(backend, run, whole);
    const { code } = kept;
    assert.ok(code);
    assert.deepEqual(
      [code.commit, code.branch, code.remote],
      [git(project, 'rev-parse', 'HEAD'), 'trunk', 'https://example.org/toy.git'],
    );
    assert.match(code.patch ?? '', /-width = 8\n\+width = 16\n$/);
    assert.equal(code.patchBytes, Buffer.byteLength(code.patch ?? ''));
    assert.deepEqual(code.untracked, ['new.py']);
    assert.deepEqual(kept.dataset, { path: 'pictures', files: 1, bytes: 3, cut: false });
    assert.doesNotMatch(JSON.stringify(kept), /hunter/);
    // The difference leads from the commit to what ran.
    git(project, 'stash', '--quiet');
    execFileSync('git', ['apply'], { cwd: project, input: code.patch ?? '' });
    assert.equal(git(project, 'diff', '--shortstat'), '1 file changed, 1 insertion(+), 1 deletion(-)');
    const listed = await backend.client.call('listRuns', { query: { ran: 'true' } });
    const row = listed.runs.find((one) => one.executionId === run.executionId);
    assert.deepEqual(row?.ran, { ...kept, code: { ...code, patch: null } });

    git(project, 'commit', '--quiet', '--all', '--message=second');
    await backend.ended(run);
    await backend.client.call('rerun', { params: { id: run.executionId } });
    const again = await ran(backend, run, (one) => one.attempt === 2 && whole(one));
    assert.deepEqual([again.code?.commit, again.code?.patch], [git(project, 'rev-parse', 'HEAD'), '']);
  });

  it('packages are those of the environment that was made for it', async () => {
    await backend.write('requirements.txt', '# nothing but the environment itself\n');
    const run = await backend.train('import sys\ndef train(): print(sys.executable)', {
      requirements: 'requirements.txt',
    });
    const kept = await ran(backend, run, whole);
    await backend.ended(run);
    assert.equal((await backend.log(run)).trimEnd().split('\n').at(-1), kept.python?.executable);
    assert.ok(kept.python?.executable.startsWith(path.join(backend.home, 'environments')));
  });

  it('one that a dead backend had not looked at is looked at by the next', async () => {
    const run = await backend.train(
      'import time\ndef train(context):\n    while not context.should_stop: time.sleep(0.01)',
    );
    await backend.running(run);
    await backend.kill();
    const database = new DatabaseSync(path.join(backend.home, 'trainyard.db'));
    database.prepare('DELETE FROM provenance WHERE execution = ?').run(run.executionId);
    database.close();
    await backend.restart();
    assert.ok((await ran(backend, run, whole)).code);
    await backend.client.call('abort', { params: { id: run.executionId } });
    await backend.ended(run);
  });

  it('goes with its run, and leaves nothing in the database', async () => {
    const { runs } = await backend.client.call('listRuns', { query: {} });
    for (const run of runs)
      await backend.client.call('remove', { params: { id: run.executionId }, query: { files: 'delete' } });
    const database = new DatabaseSync(path.join(backend.home, 'trainyard.db'), { readOnly: true });
    const left = database
      .prepare('SELECT (SELECT COUNT(*) FROM provenance) + COUNT(*) AS n FROM texts')
      .get();
    database.close();
    assert.equal(left?.['n'], 0);
  });
});

describe('The state of a repository', () => {
  it('without a commit, all that is added is the difference', async (t) => {
    const folder = await folderFor(t);
    git(folder, 'init', '--quiet', '--initial-branch=trunk');
    await writeFile(path.join(folder, 'a.py'), 'a = 1\n');
    git(folder, 'add', '.');
    const { code, notes } = await codeOf(folder);
    assert.deepEqual([code?.commit, code?.branch, notes], [null, 'trunk', []]);
    assert.match(code?.patch ?? '', /\+a = 1\n$/);
  });

  it('a difference above 1 MiB is cut, and that is said; secrets by name are left out', async (t) => {
    const folder = await folderFor(t);
    git(folder, 'init', '--quiet');
    for (const name of ['a.txt', '.env', 'server.key']) await writeFile(path.join(folder, name), '');
    git(folder, 'add', '.');
    git(folder, 'commit', '--quiet', '--message=first');
    for (const name of ['.env', 'server.key']) await writeFile(path.join(folder, name), 'hush\n');
    assert.equal((await codeOf(folder)).code?.patch, '');
    await writeFile(path.join(folder, 'a.txt'), 'line\n'.repeat(400_000));
    const { code, notes } = await codeOf(folder);
    assert.deepEqual([code?.patchCut, code?.patchBytes], [true, 2 ** 20]);
    assert.match(notes.join(), /difference is cut/);
  });

  it('no program for differences or watching that the repository names is run', async (t) => {
    const folder = await folderFor(t);
    git(folder, 'init', '--quiet');
    await writeFile(path.join(folder, 'a.txt'), '1\n');
    await writeFile(path.join(folder, '.gitattributes'), '*.txt diff=evil\n');
    git(folder, 'add', '.');
    git(folder, 'commit', '--quiet', '--message=first');
    await writeFile(path.join(folder, 'a.txt'), '2\n');
    for (const name of ['diff.external', 'diff.evil.command', 'diff.evil.textconv', 'core.fsmonitor'])
      git(folder, 'config', name, `touch ${path.join(folder, 'ran')}; cat`);
    assert.match((await codeOf(folder)).code?.patch ?? '', /^-1\n\+2$/m);
    assert.equal(existsSync(path.join(folder, 'ran')), false);
  });

  const remotes: [remote: string, shown: string][] = [
    ['https://user:token@host/x.git?private_token=1', 'https://host/x.git'],
    ['https://TOKEN@host/x', 'https://host/x'],
    ['ssh://git:word@host:22/x', 'ssh://git@host:22/x'],
    ['git@host:a/b', 'git@host:a/b'],
    ['/srv/a@b/c', '/srv/a@b/c'],
    ['ext::sh -c secret', 'ext::'],
  ];
  for (const [remote, shown] of remotes)
    it(`${remote} is shown as ${shown}`, () => assert.equal(withoutCredentials(remote), shown));
});

describe('The size of a dataset', () => {
  it('links to files count, links to folders are not followed', async (t) => {
    const folder = await folderFor(t);
    await mkdir(path.join(folder, 'in', 'deep'), { recursive: true });
    await writeFile(path.join(folder, 'in', 'deep', 'a'), '12345');
    await symlink('deep/a', path.join(folder, 'in', 'b'));
    await symlink('..', path.join(folder, 'in', 'deep', 'loop'));
    await symlink('nowhere', path.join(folder, 'in', 'broken'));
    assert.deepEqual(await datasetOf(folder, 'in'), { path: 'in', files: 2, bytes: 10, cut: false });
    assert.deepEqual(await datasetOf(folder, 'none'), { path: 'none', files: null, bytes: null, cut: false });
    assert.equal((await datasetOf(folder, 'in', undefined, 0)).cut, true);
  });
});

describe('A database of an earlier version', () => {
  it('is copied before it is changed, and keeps what it has', async (t) => {
    const file = path.join(await folderFor(t), 'trainyard.db');
    const old = new DatabaseSync(file);
    old.exec(MIGRATIONS[0] ?? '');
    old.exec(`PRAGMA user_version = 1;
      INSERT INTO model_versions (project, name, last) VALUES ('/p', 'toy', 7)`);
    old.close();
    const db = new Database(file);
    assert.deepEqual(db.all('SELECT 1 FROM provenance'), []);
    assert.equal(db.get('SELECT last FROM model_versions')?.number('last'), 7);
    db.close();
    const backup = new DatabaseSync(`${file}.v1.bak`, { readOnly: true });
    assert.equal(backup.prepare('PRAGMA user_version').get()?.['user_version'], 1);
    assert.equal(backup.prepare('SELECT last FROM model_versions').get()?.['last'], 7);
    assert.throws(() => backup.prepare('SELECT 1 FROM provenance'), /no such table/);
    backup.close();
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before } from 'node:test';
import {
  chooseFromMenu,
  LONG,
  openWorkbench,
  storiesIn,
  THEMES_TRIED,
  until,
  type Workbench,
} from './harness/index.ts';
import { failedAtNothing, Page } from './pages.ts';
import { RUNS } from './runsTree.ts';
import { makeTrainingProject, OWN } from './trainings.ts';

// A model in two versions, and one that fails: each story goes on where the one before it ended.

const project = makeTrainingProject('model');
let workbench: Workbench;
const it = storiesIn(() => workbench);
const V1 = 'shapes-small v1';
const V2 = 'shapes-small v2';
const BAD = 'shapes-bad v1';

/** As the project's own, with what a detector leaves: a plot, a checkpoint; and with what people print. */
const TRAIN = `import base64, pathlib, time, warnings

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg=="


def step(config):
    if config.get("lr", 1) < 0:
        raise ValueError("lr must be above 0, not -1")


def train(context):
    here = pathlib.Path(__file__).parent
    out = pathlib.Path(context.output_dir)
    print("training", context.model["name"], "on \\033[32mgreen\\033[0m", flush=True)
    warnings.warn("the learning rate is high")
    step(context.config)
    for epoch in range(1, context.config["epochs"] + 1):
        while float((here / "until").read_text() or 0) < epoch:
            if context.should_stop:
                return
            time.sleep(0.02)
        print(f"\\r{epoch}0%|###", end="", flush=True)
        print(f"\\repoch {epoch} done", flush=True)
        for line in range(int((here / "say").read_text())):
            print("line", line + 1, flush=True)
        context.log(epoch=epoch, figures={"box_loss": {"train": 1 / epoch, "val": 1.1 / epoch}})
        context.progress(epoch, context.config["epochs"])
    (out / "curve.png").write_bytes(base64.b64decode(PICTURE))
    (out / "last.pt").write_bytes(b"weights")
    (out / "notes.md").write_text("# What it learnt\\n")
    context.artifact(out / "curve.png")
    context.checkpoint(out / "last.pt")
`;

function git(...words: string[]): void {
  const own = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  const done = spawnSync('git', [...own, ...words], { cwd: project.folder, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
}

before(async () => {
  project.write('train.py', TRAIN);
  project.write('.gitignore', 'until\nsay\n__pycache__\n');
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  project.write('say', '3000');
  project.allow(2);
  workbench = await openWorkbench({
    name: 'model',
    folder: project.folder,
    extension: OWN,
    env: { TRAINYARD_HOME: project.home },
    size: { width: 1500, height: 1000 },
  });
  await workbench.openContainer('Trainyard');
});

after(async () => {
  await workbench.close();
  project.end();
});

const v1 = (): Page => new Page(workbench, V1);
const v2 = (): Page => new Page(workbench, V2);
const bad = (): Page => new Page(workbench, BAD);

const status = async (page: Page): Promise<string> => (await page.find('.head .status')).innerText();
async function becomes(page: Page, wanted: string): Promise<void> {
  await until(`${page.title} to be ${wanted}`, async () => (await status(page)) === wanted, 60_000);
}
async function runId(name: string): Promise<{ executionId: string; modelId: string }> {
  const client = await project.client();
  const { runs } = await client.call('listRuns', { query: {} });
  const run = runs.find(({ model }) => `${model.name} v${model.version}` === name);
  assert.ok(run);
  return { executionId: run.executionId, modelId: run.model.id };
}

it('B3 opens by a click on the row, and says where the training stands', async () => {
  project.trainyard('train', 'shapes-small', '--set', 'epochs=3');
  await workbench.tree(RUNS).row(V1).waitFor(60_000);
  await workbench.openFrom(workbench.tree(RUNS).row(V1), V1);
  await v1().says(/epoch 2 of 3/);
  assert.equal(await status(v1()), 'In Progress');
  await v1().says(/This is the first version\./);
  await workbench.screenshot('running-overview');
});

it('B7 ticks', async () => {
  const took = async (): Promise<string> => (await v1().find('.facts span')).first().innerText();
  const first = await took();
  await until('the next second', async () => (await took()) !== first);
});

it('tells what it ran: commit, interpreter, machine', async () => {
  const head = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: project.folder, encoding: 'utf8' }).stdout;
  const said = await v1().says(/CPython 3/);
  assert.ok(said.includes(head.slice(0, 10)), said);
});

it('B42 shows the charts in a tab, and each epoch as it is done', async () => {
  await v1().openTab('Explore');
  const points = async (): Promise<string | null> =>
    (await v1().find('[data-figure="box_loss"]')).getAttribute('data-points');
  await until('two epochs', async () => (await points()) === '4');
  await workbench.screenshot('running-explore');
});

it('follows the log, and has of thousands of lines only those in sight', async () => {
  await v1().openTab('Logs');
  await v1().says(/line 3000/);
  assert.ok((await (await v1().find('.log-line')).count()) < 150);
  await (await v1().find('vscode-button:text-is("Go to Start")')).click();
  const first = await v1().says(/training shapes-small on green/);
  assert.match(first, /UserWarning: the learning rate is high/);
  assert.match(first, /epoch 1 done/);
  assert.doesNotMatch(first, /###/);
  project.allow(3);
  await becomes(v1(), 'Success');
  await v1().says(/training shapes-small on green/);
  await v1().press('Go to End');
  await v1().says(/This is its end\./);
  await workbench.screenshot('log');
});

it('searches the log, and opens the place in code that a line names', async () => {
  await (await v1().find('.log-search input[type=search]')).fill('userWARNING');
  await v1().says(/1 of 1/);
  await (await v1().find('.log-line.current .link')).first().click();
  await workbench.tab('train.py').waitFor();
  await until('the line of the warning', async () =>
    /Ln 15/.test(await workbench.page.locator('.statusbar').innerText()),
  );
});

it('shows the pictures that it left, and opens its files', async () => {
  await v1().openTab('Files');
  await v1().says(/last\.pt\s+Checkpoint/);
  const image = await v1().find('img');
  await until('the picture', async () =>
    image.evaluate((one: { naturalWidth?: number }) => one.naturalWidth === 2).catch(() => false),
  );
  await workbench.screenshot('finished-files');
  await v1().press('notes.md');
  await workbench.tab('notes.md').waitFor();
});

if (LONG) {
  it('is where it was after a reload of the window', async () => {
    await workbench.reload();
    await v1().says(/last\.pt\s+Checkpoint/);
    const image = await v1().find('img');
    await until('the picture', async () =>
      image.evaluate((one: { naturalWidth?: number }) => one.naturalWidth === 2).catch(() => false),
    );
  });
}

it('tells in what the next version differs, and shows what was uncommitted', async () => {
  project.write('train.py', `${TRAIN}# tried another way\n`);
  project.trainyard('train', 'shapes-small', '--set', 'epochs=9', '--set', 'lr=0.5');
  await workbench.openContainer('Trainyard');
  await workbench.tree(RUNS).row(V2).waitFor(60_000);
  await workbench.openFrom(workbench.tree(RUNS).row(V2), V2);
  const said = await v2().says(/Code uncommitted/);
  assert.match(said, /Configuration epochs\s+3\s+9/);
  assert.match(said, /Configuration lr\s+none\s+0\.5/);
  await workbench.screenshot('differs');
  await (await v2().find('dd button:has-text("of changes")')).click();
  await workbench.tab(`${V2}, uncommitted.diff`).waitFor();
  await until('the difference', async () =>
    /\+# tried another way/.test(
      (await workbench.page.locator('.part.editor .monaco-editor .view-lines').allInnerTexts())
        .join('\n')
        .replaceAll('\u00a0', ' '),
    ),
  );
});

it('B55 B56 copies the model’s id and the execution’s', async () => {
  const { executionId, modelId } = await runId(V2);
  await (await v2().find('[aria-label="Copy Model ID"]')).click();
  await until('the model id', async () => (await workbench.clipboard()) === modelId);
  await (await v2().find('vscode-button[aria-label="More Actions"]')).click();
  await chooseFromMenu(workbench.page, 'Copy Execution ID');
  await until('the execution id', async () => (await workbench.clipboard()) === executionId);
});

it('B9 leads to the page of its service', async () => {
  await (await v2().find('.facts .link')).click();
  await workbench.tab('mgmt-train-shapes').waitFor();
  await workbench.tab(V2).click();
});

it('B22 B57 aborts it', async () => {
  await v2().press('Abort');
  await until('a question or an end', async () => {
    if (await workbench.dialog.root.isVisible()) {
      await workbench.dialog.press('Abort Training');
      return true;
    }
    return (await status(v2())) === 'Terminated';
  });
  await becomes(v2(), 'Terminated');
});

it('B19 B20 leads from a failed run to its logs in one step, and on to the line that failed', async () => {
  project.trainyard('train', 'shapes-bad');
  await workbench.tree(RUNS).row(BAD).waitFor(60_000);
  await until('the failure', async () => (await workbench.tree(RUNS).row(BAD).icon()) === 'close', 60_000);
  await workbench.openFrom(workbench.tree(RUNS).row(BAD), BAD);
  await bad().says(/ValueError: lr must be above 0/);
  await bad().press('Show Logs');
  await bad().says(/Traceback[^]*in step[^]*ValueError: lr must be above 0, not -1/);
  await workbench.screenshot('failed-log');
  await (await bad().find('.log-line.error .link')).last().click();
  await until('the line that failed', async () =>
    /Ln 8\b/.test(await workbench.page.locator('.statusbar').innerText()),
  );
});

it('B23 runs it again, and keeps the log of each attempt', async () => {
  await workbench.tab(BAD).click();
  await bad().press('Rerun');
  await (await bad().find('select[aria-label=Attempt]:visible')).waitFor();
  await becomes(bad(), 'Failed');
  await (await bad().find('select[aria-label=Attempt]')).selectOption('1');
  await bad().says(/Traceback/);
});

if (LONG) {
  it('is accessible in every theme', async () => {
    for (const kind of THEMES_TRIED) {
      await workbench.setTheme(kind);
      for (const name of ['Overview', 'Logs', 'Files']) {
        await bad().openTab(name);
        await bad().isAccessible(`${kind}, ${name}`);
        await workbench.screenshot(`${kind}-${name}`);
      }
    }
  });
}

it('breaks no content security policy, and fails at nothing', () => {
  // A failed training is told as an error.
  failedAtNothing(workbench, new RegExp(`${BAD} failed`));
  return Promise.resolve();
});

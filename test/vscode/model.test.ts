import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import type { Locator } from 'playwright-core';
import {
  chooseFromMenu,
  LONG,
  openWorkbench,
  storiesIn,
  THEMES_TRIED,
  until,
  type Workbench,
} from './harness/index.ts';
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

const part = (title: string, selector: string): Promise<Locator> =>
  workbench.webview(title).locator(selector);
const text = (title: string, pattern: RegExp): Promise<string> =>
  workbench.webview(title).text(pattern, 30_000);
/** Where the page begins anew meanwhile, as it does to show pictures, it must be at this tab then. */
async function tab(title: string, name: string): Promise<void> {
  await (await part(title, `[role=tab]:text-is("${name}")`)).click();
  await until(`${title} to show its ${name}`, async () =>
    (await part(title, `[role=tab][aria-selected=true]:text-is("${name}")`)).isVisible(),
  );
}
async function press(title: string, name: string): Promise<void> {
  await (
    await part(title, `vscode-button:text-is("${name}"):visible, button:text-is("${name}"):visible`)
  )
    .first()
    .click();
}
const status = async (title: string): Promise<string> => (await part(title, '.head .status')).innerText();
async function becomes(title: string, wanted: string): Promise<void> {
  await until(`${title} to be ${wanted}`, async () => (await status(title)) === wanted, 60_000);
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
  await text(V1, /epoch 2 of 3/);
  assert.equal(await status(V1), 'In Progress');
  await text(V1, /This is the first version\./);
  await workbench.screenshot('running-overview');
});

it('B7 ticks', async () => {
  const took = async (): Promise<string> => (await part(V1, '.facts span')).first().innerText();
  const first = await took();
  await until('the next second', async () => (await took()) !== first);
});

it('tells what it ran: commit, interpreter, machine', async () => {
  const head = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: project.folder, encoding: 'utf8' }).stdout;
  const said = await text(V1, /CPython 3/);
  assert.ok(said.includes(head.slice(0, 10)), said);
});

it('B42 shows the charts in a tab, and each epoch as it is done', async () => {
  await tab(V1, 'Explore');
  const points = async (): Promise<string | null> =>
    (await part(V1, '[data-figure="box_loss"]')).getAttribute('data-points');
  await until('two epochs', async () => (await points()) === '4');
  await workbench.screenshot('running-explore');
});

it('follows the log, and has of thousands of lines only those in sight', async () => {
  await tab(V1, 'Logs');
  await text(V1, /line 3000/);
  assert.ok((await (await part(V1, '.log-line')).count()) < 150);
  await (await part(V1, 'vscode-button:text-is("Go to Start")')).click();
  const first = await text(V1, /training shapes-small on green/);
  assert.match(first, /UserWarning: the learning rate is high/);
  assert.match(first, /epoch 1 done/);
  assert.doesNotMatch(first, /###/);
  project.allow(3);
  await becomes(V1, 'Success');
  await text(V1, /training shapes-small on green/);
  await press(V1, 'Go to End');
  await text(V1, /This is its end\./);
  await workbench.screenshot('log');
});

it('searches the log, and opens the place in code that a line names', async () => {
  await (await part(V1, '.log-search input[type=search]')).fill('userWARNING');
  await text(V1, /1 of 1/);
  await (await part(V1, '.log-line.current .link')).first().click();
  await workbench.tab('train.py').waitFor();
  await until('the line of the warning', async () =>
    /Ln 15/.test(await workbench.page.locator('.statusbar').innerText()),
  );
});

it('shows the pictures that it left, and opens its files', async () => {
  await tab(V1, 'Files');
  await text(V1, /last\.pt\s+Checkpoint/);
  const image = await part(V1, 'img');
  await until('the picture', async () =>
    image.evaluate((one: { naturalWidth?: number }) => one.naturalWidth === 2).catch(() => false),
  );
  await workbench.screenshot('finished-files');
  await press(V1, 'notes.md');
  await workbench.tab('notes.md').waitFor();
});

if (LONG) {
  it('is where it was after a reload of the window', async () => {
    await workbench.reload();
    await text(V1, /last\.pt\s+Checkpoint/);
    const image = await part(V1, 'img');
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
  const said = await text(V2, /Code uncommitted/);
  assert.match(said, /Configuration epochs\s+3\s+9/);
  assert.match(said, /Configuration lr\s+none\s+0\.5/);
  await workbench.screenshot('differs');
  await (await part(V2, 'dd button:has-text("of changes")')).click();
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
  await (await part(V2, '[aria-label="Copy Model ID"]')).click();
  await until('the model id', async () => (await workbench.clipboard()) === modelId);
  await (await part(V2, 'vscode-button[aria-label="More Actions"]')).click();
  await chooseFromMenu(workbench.page, 'Copy Execution ID');
  await until('the execution id', async () => (await workbench.clipboard()) === executionId);
});

it('B9 leads to the page of its service', async () => {
  await (await part(V2, '.facts .link')).click();
  await workbench.tab('mgmt-train-shapes').waitFor();
  await workbench.tab(V2).click();
});

it('B22 B57 aborts it', async () => {
  await press(V2, 'Abort');
  await until('a question or an end', async () => {
    if (await workbench.dialog.root.isVisible()) {
      await workbench.dialog.press('Abort Training');
      return true;
    }
    return (await status(V2)) === 'Terminated';
  });
  await becomes(V2, 'Terminated');
});

it('B19 B20 leads from a failed run to its logs in one step, and on to the line that failed', async () => {
  project.trainyard('train', 'shapes-bad');
  await workbench.tree(RUNS).row(BAD).waitFor(60_000);
  await until('the failure', async () => (await workbench.tree(RUNS).row(BAD).icon()) === 'close', 60_000);
  await workbench.openFrom(workbench.tree(RUNS).row(BAD), BAD);
  await text(BAD, /ValueError: lr must be above 0/);
  await press(BAD, 'Show Logs');
  await text(BAD, /Traceback[^]*in step[^]*ValueError: lr must be above 0, not -1/);
  await workbench.screenshot('failed-log');
  await (await part(BAD, '.log-line.error .link')).last().click();
  await until('the line that failed', async () =>
    /Ln 8\b/.test(await workbench.page.locator('.statusbar').innerText()),
  );
});

it('B23 runs it again, and keeps the log of each attempt', async () => {
  await workbench.tab(BAD).click();
  await press(BAD, 'Rerun');
  await (await part(BAD, 'select[aria-label=Attempt]:visible')).waitFor();
  await becomes(BAD, 'Failed');
  await (await part(BAD, 'select[aria-label=Attempt]')).selectOption('1');
  await text(BAD, /Traceback/);
});

if (LONG) {
  it('is accessible in every theme', async () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    for (const kind of THEMES_TRIED) {
      await workbench.setTheme(kind);
      for (const name of ['Overview', 'Logs', 'Files']) {
        await tab(BAD, name);
        const frame = await workbench.webview(BAD).frame();
        await frame.evaluate(axe);
        const findings: unknown = await frame.evaluate(
          `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ' ' + node.target.join(' ') + ' ' + (node.any[0]?.message ?? ''))))`,
        );
        assert.deepEqual(findings, [], `${kind}, ${name}`);
        await workbench.screenshot(`${kind}-${name}`);
      }
    }
  });
}

it('breaks no content security policy, and fails at nothing', () => {
  assert.deepEqual(workbench.console.violations(), []);
  // A failed training is told as an error.
  const errors = workbench.console.errors().filter(({ text: said }) => !said.includes(`${BAD} failed`));
  assert.deepEqual(errors, []);
  assert.doesNotMatch(workbench.extensionLog('trainyard.trainyard', 'Trainyard'), /Model page (failed|said)/);
  return Promise.resolve();
});

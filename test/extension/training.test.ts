import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scriptNames } from '../../src/client/script.ts';
import { differingSettings } from '../../src/client/differingSettings.ts';
import { parseProject, placeIn, type ProjectFile } from '../../src/contract/project.ts';
import { ArchitectureId } from '../../src/contract/shapes.ts';
import { bestText, modelsOf, modelWords, versionsOf } from '../../src/extension/models/catalog.ts';
import { changesOf } from '../../src/extension/training/changes.ts';
import { lineOfFunction } from '../../src/extension/training/functions.ts';
import { latestText } from '../../src/extension/training/latest.ts';
import { launchConfiguration, programOf } from '../../src/extension/training/launch.ts';
import { projectAround, targetsInFile } from '../../src/extension/training/targets.ts';
import { DETECTOR, line, run, service, settings } from './runs.ts';

function projectFrom(text: string): ProjectFile {
  const parsed = parseProject(text);
  assert.ok(parsed.ok);
  return parsed.project;
}

const TEXT = `{
  "architectures": {
    "shapes": { "train": "lib/train.py:Trainer.fit", "service": { "env": { "A": "1" } } },
    "script": { "command": ["python3", "run.py", "--fast"] },
    "shell": { "command": ["make", "train"] }
  },
  "models": {
    "small": { "architecture": "shapes", "dataset": "data", "config": { "epochs": 3 } },
    "large": { "architecture": "shapes" },
    "plain": { "architecture": "script" },
    "other": { "architecture": "shell" }
  }
}`;
const loaded = { folder: '/real/p', file: '/work/p/trainyard.json', project: projectFrom(TEXT) };

describe('Changes to a configuration', () => {
  const config = { lr: 0.01, epochs: 12, name: 'x', flags: [1], deep: { a: 1 }, on: true, nothing: null };

  it('are JSON where it is JSON, else text, parted by spaces', () => {
    const { set, problem, warning } = changesOf(
      ' lr=2e-2  epochs=3 name="two words" flags=[1, 2] deep={"a": {"b": " }"}} on=false nothing=7 ',
      config,
    );
    assert.deepEqual([problem, warning], [null, null]);
    assert.deepEqual(set, {
      lr: 0.02,
      epochs: 3,
      name: 'two words',
      flags: [1, 2],
      deep: { a: { b: ' }' } },
      on: false,
      nothing: 7,
    });
  });

  it('leave text text, whatever it looks like', () =>
    assert.deepEqual(changesOf('name=007', config).set, { name: '007' }));

  it('are none where nothing is typed', () =>
    assert.deepEqual(changesOf('  ', config), { set: {}, problem: null, warning: null }));

  const wrong: [text: string, problem: RegExp][] = [
    ['lr', /^Write key=value, such as lr=0\.02, not “lr”\.$/],
    ['=3', /^Write key=value/],
    ['lr=', /^lr has no value/],
    ['lr=fast', /^lr is a number \(0\.01\), and fast isn't\.$/],
    ['epochs="3"', /^epochs is a number/],
    ['on=1', /^on is true or false/],
    ['flags=1', /^flags is a list \(\[1\]\)/],
    ['deep=[1]', /^deep is an object/],
    ['flags=[1', /^flags is a list/],
  ];
  for (const [text, problem] of wrong) {
    it(`refuse ${text}`, () => assert.match(changesOf(text, config).problem ?? '', problem));
  }

  it('warn of a key that the configuration does not have, and take it', () => {
    const { set, problem, warning } = changesOf('leraning=1', { lr: 1, epochs: 2 });
    assert.deepEqual([set, problem], [{ leraning: 1 }, null]);
    assert.match(warning ?? '', /^The configuration has no leraning; it has lr, epochs\./);
  });
});

describe('A script that no project names', () => {
  it('is called by its path, as an id allows', () => {
    assert.deepEqual(scriptNames('train.py', null), { architecture: 'train', model: 'train' });
    assert.deepEqual(scriptNames('jobs/a/train.py', null), {
      architecture: 'jobs.a.train',
      model: 'jobs/a/train',
    });
  });

  it('shares its id with no other script', () => {
    const files = [
      'a/b.py',
      'a.b.py',
      'my train.py',
      'my-train.py',
      'my_train.py',
      '训练.py',
      '训炼.py',
      '_a.py',
      `${'long/'.repeat(30)}a.py`,
      `${'long/'.repeat(31)}a.py`,
    ];
    const ids = files.map((file) => scriptNames(file, null).architecture);
    assert.equal(new Set(ids).size, files.length, ids.join());
    for (const id of ids) assert.ok(ArchitectureId.safeParse(id).success, id);
  });

  it('takes no name from what the project has', () => {
    const { architecture, model } = scriptNames('shapes.py', loaded.project);
    assert.match(architecture, /^shapes-[0-9a-f]{8}$/);
    assert.equal(model, 'shapes');
    assert.equal(scriptNames('small.py', loaded.project).model, 'small.py');
  });
});

describe('The line of a train function', () => {
  const text = `import x

class Trainer(Base):
    def fit(self): pass

    class Inner: pass

    async def run(
        self,
    ):
        def fit(): pass

def train(context):
    def inner(): pass

class Other:
    def save(self): pass
if x:
    def train(context, lr): pass
async def later(context): pass
`;
  const lines: [name: string, line: number | null][] = [
    ['train', 12],
    ['later', 19],
    ['inner', null],
    ['Trainer.run', 7],
    ['Trainer.save', null],
    ['Other.save', 16],
    ['fit', null],
    ['x', null],
  ];
  for (const [name, wanted] of lines) {
    it(`is ${wanted === null ? 'unknown' : `line ${wanted + 1}`} of ${name}`, () =>
      assert.equal(lineOfFunction(text, name), wanted));
  }
});

describe('What a file stands for', () => {
  it('is every model whose train function is in it, by the path by which the project was found', () => {
    const models = (file: string): string[] => targetsInFile([loaded], file).map(({ model }) => model);
    assert.deepEqual(models('/work/p/lib/train.py'), ['small', 'large']);
    assert.deepEqual(models('/work/p/train.py'), []);
  });

  it('belongs to the nearest project upward', () => {
    const inner = { ...loaded, folder: '/real/p/inner' };
    assert.equal(projectAround([loaded, inner], '/real/p/inner/a.py'), inner);
    assert.equal(projectAround([loaded, inner], '/real/p/a.py'), loaded);
    assert.equal(projectAround([loaded, inner], '/real/pp/a.py'), null);
  });

  it('has its place in the file', () => {
    assert.equal(placeIn(TEXT, ['architectures', 'shapes', 'train']).line, 3);
    assert.equal(placeIn(TEXT, ['models', 'small']).line, 8);
    assert.equal(placeIn(TEXT, ['models', 'gone']).line, 7);
    assert.deepEqual(placeIn('', ['models']), { offset: 0, length: 0, line: 1, column: 1 });
  });
});

describe('The models of a project', () => {
  it('stand under their architecture, in the order of the file', () =>
    assert.deepEqual(modelsOf(loaded.project, 'shapes'), ['small', 'large']));

  const version = (n: number, best: number, name = 'small') =>
    run('Success', {
      project: '/real/p',
      model: { id: `m${n}`, name, version: n },
      summary: [line('mAP50(B)', 'val', best, best, 1)],
    });

  it('have their versions, the newest first', () => {
    const versions = versionsOf([version(1, 0.1), version(3, 0.3), version(2, 0.2), version(1, 1, 'large')]);
    assert.deepEqual(
      versions.get('/real/p\nsmall')?.map(({ model }) => model.version),
      [3, 2, 1],
    );
  });

  it('tell the best version by the direction of the main figure', () => {
    const runs = [version(3, 0.2), version(2, 0.4), version(1, 0.3)];
    assert.equal(bestText(runs, {}), 'best mAP50 0.4 (v2)');
    assert.equal(bestText(runs, { 'mAP50(B)': { better: 'lower' } }), 'best mAP50 0.2 (v3)');
    assert.equal(modelWords(runs, {}), 'best mAP50 0.4 (v2) · 3 versions');
    assert.equal(modelWords([run('Pending')], {}), '1 version');
    assert.equal(modelWords([], {}), 'not trained yet');
  });

  it('tell how the latest stands', () => {
    assert.equal(latestText(run('Success', { summary: DETECTOR }), {}), 'latest: Success, mAP50-95 0.613');
    const running = run('In Progress', { progress: { done: 1, total: 4, unit: 'epoch' } });
    assert.equal(latestText(running, {}), 'latest: In Progress, 25%');
    assert.equal(latestText(run('Failed', { reason: 'ValueError' }), {}), 'latest: Failed');
  });
});

describe('Settings that differ from the file', () => {
  it('are named with both values', () => {
    const found = differingSettings(service(), { autoscaling: 2, memory: '8GB', gpus: 1 });
    assert.deepEqual(found?.names, ['autoscaling', 'memory']);
    assert.equal(
      found?.said,
      "mgmt-train-shapes is set otherwise than trainyard.json says: autoscaling 1 (file: 2), memory none (file: 8GB). The service's settings count",
    );
  });
  it('are none where the file says the same, or nothing', () => {
    assert.equal(differingSettings(service({ settings: settings({ gpus: 2 }) }), { gpus: 2 }), null);
    assert.equal(differingSettings(service(), undefined), null);
  });
});

describe('What is launched under the debugger', () => {
  const launch = (model: string) => {
    const program = programOf(loaded, model, 4, '/tmp/d/output');
    assert.ok(program.kind !== 'none');
    return {
      program,
      configuration: launchConfiguration({
        program,
        name: model,
        folder: loaded.folder,
        python: '/usr/bin/python3',
        runner: '/ext/dist/runner',
        specFile: '/tmp/d/spec.json',
        env: { A: '1' },
        pythonPath: '/own',
      }),
    };
  };

  it('is the train function, with the context of the version that a training would make', () => {
    const { program, configuration } = launch('small');
    assert.deepEqual(program, {
      kind: 'train',
      spec: {
        project: '/real/p',
        train: 'lib/train.py:Trainer.fit',
        dataset: 'data',
        config: { epochs: 3 },
        model: { id: 'debug', name: 'small', version: 4 },
        executionId: 'debug',
        attempt: 1,
        outputDir: '/tmp/d/output',
      },
    });
    assert.deepEqual(configuration, {
      type: 'debugpy',
      request: 'launch',
      name: 'Debug small',
      program: '/ext/dist/runner/trainyard_debug.py',
      args: ['/tmp/d/spec.json'],
      cwd: '/real/p',
      python: ['/usr/bin/python3'],
      console: 'integratedTerminal',
      env: { A: '1', PYTHONPATH: '/ext/dist/runner:/own' },
      justMyCode: true,
      rules: [{ path: '/ext/dist/runner/**', include: false }],
    });
  });

  it('is the script of a command that is Python', () => {
    const { configuration } = launch('plain');
    assert.deepEqual([configuration['program'], configuration['args']], ['/real/p/run.py', ['--fast']]);
  });

  it('is nothing of any other program, and says so', () => {
    const program = programOf(loaded, 'other', 1, '/tmp/d/output');
    assert.ok(program.kind === 'none');
    assert.match(program.why, /^shell runs make, which isn't Python/);
  });
});

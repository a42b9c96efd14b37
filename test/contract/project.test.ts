import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseProject } from '../../src/contract/project.ts';
import { projectSchema } from '../../src/contract/projectSchema.ts';

const GOOD = `{
  // the one thing that can be trained
  "architectures": { "shapes": { "train": "train.py:train", "service": { "instance": "cpu" } } },
  "models": { "shapes-small": { "architecture": "shapes", "config": { "epochs": 12 } }, },
}`;

function problemsOf(text: string): string[] {
  const parsed = parseProject(text);
  return parsed.ok ? [] : parsed.problems.map((one) => `${one.line}:${one.column} ${one.message}`);
}

describe('trainyard.json', () => {
  it('may have comments and trailing commas', () => {
    const parsed = parseProject(GOOD);
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.project.models['shapes-small']?.config, { epochs: 12 });
  });

  it('says where it is broken', () => {
    assert.deepEqual(problemsOf(''), ['1:1 the file is empty']);
    assert.match(problemsOf('{\n  "architectures": {}\n  "models": {}\n}')[0] ?? '', /^3:3 comma expected/);
    assert.match(problemsOf('[]')[0] ?? '', /^1:1 /);
  });

  it('names the field, at its place', () => {
    assert.match(
      problemsOf(GOOD.replace('"cpu"', '"tpu"'))[0] ?? '',
      /^3:\d+ architectures\.shapes\.service\.instance: /,
    );
    assert.match(
      problemsOf(GOOD.replace('train.py:train', 'train.py'))[0] ?? '',
      /shapes\.train: write "file\.py:function"/,
    );
    assert.match(
      problemsOf(GOOD.replace('"config"', '"confg"'))[0] ?? '',
      /^4:\d+ models\.shapes-small: .*confg/,
    );
    assert.match(
      problemsOf(GOOD.replace('"train": "train.py:train", ', ''))[0] ?? '',
      /architectures\.shapes: give either "train".*or "command"/,
    );
  });

  it('says what is missing, and what is of another kind', () => {
    assert.deepEqual(problemsOf('{ "models": {} }'), ['1:1 architectures: is missing']);
    assert.deepEqual(problemsOf('{ "architectures": {}, "models": 3 }'), [
      '1:34 models: expected record, received number',
    ]);
  });

  it('knows an architecture that is not there', () => {
    assert.deepEqual(problemsOf(GOOD.replace('"architecture": "shapes"', '"architecture": "shape"')), [
      '4:49 models.shapes-small: there is no architecture "shape"; there is "shapes"',
    ]);
  });

  it('may bring charts: specifications, or paths of such', () => {
    const parsed = parseProject(
      GOOD.replace('"models"', '"charts": [{ "mark": "line" }, "charts/a.vl.json"], "models"'),
    );
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.project.charts, [{ mark: 'line' }, 'charts/a.vl.json']);
    assert.deepEqual(problemsOf(GOOD.replace('"models"', '"charts": [{}, "a.csv"], "models"')), [
      '4:18 charts.1: write a Vega-Lite specification, or the path of one, such as "charts/overfit.vl.json"',
    ]);
  });

  it('has a schema for the editor, derived from the same', () => {
    const schema = projectSchema() as { properties: Record<string, unknown>; required: string[] };
    assert.deepEqual(Object.keys(schema.properties), [
      '$schema',
      'architectures',
      'figures',
      'charts',
      'models',
    ]);
    assert.deepEqual(schema.required, ['architectures', 'models']);
  });
});

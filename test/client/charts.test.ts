/** The charts that a project brings, from its files. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { chartProblems, loadCharts } from '../../src/client/charts.ts';
import { loadProject } from '../../src/client/project.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'trainyard-charts-'));
after(() => rmSync(folder, { recursive: true }));
const write = (file: string, text: string): void => writeFileSync(path.join(folder, file), text);
mkdirSync(path.join(folder, 'charts'));
write(
  'charts/overfit.vl.json',
  '{\n  // with comments, as trainyard.json itself\n  "title": { "text": ["Over", "fit"] }, "mark": "line"\n}',
);
write('charts/plain.vl.json', '{ "mark": "bar" }');
write('charts/comma.vl.json', '{\n  "mark": "line"\n  "data": {}\n}');
write('charts/list.json', '[]');
const text = `{
  "architectures": {},
  "charts": [
    { "title": "Inline", "mark": "point" },
    { "mark": "point" },
    "charts/overfit.vl.json",
    "charts/plain.vl.json",
    "charts/comma.vl.json",
    "charts/lost.vl.json",
    "charts/list.json"
  ],
  "models": {}
}`;
write('trainyard.json', text);

describe('The charts of a project', () => {
  it('are specifications, in trainyard.json or in files beside it, called by their titles', async () => {
    const charts = await loadCharts(await loadProject(folder));
    assert.deepEqual(
      charts
        .slice(0, 4)
        .map(({ title, drawn }) => [title, 'specification' in drawn && drawn.specification['mark']]),
      [
        ['Inline', 'point'],
        ['Chart 2', 'point'],
        ['Over fit', 'line'],
        ['plain', 'bar'],
      ],
    );
    assert.equal(charts[0]?.file, null);
    assert.equal(path.basename(charts[2]?.file ?? ''), 'overfit.vl.json');
  });

  it("that can't be read say where, and what to do", async () => {
    const charts = await loadCharts(await loadProject(folder));
    assert.deepEqual(
      charts.slice(4).map(({ title, drawn }) => [title, 'problem' in drawn && drawn.problem]),
      [
        ['comma', 'charts/comma.vl.json:3: comma expected'],
        ['lost', 'There is no file charts/lost.vl.json. Write it, or correct its path in trainyard.json.'],
        ['list', 'charts/list.json:1: a specification is an object'],
      ],
    );
  });

  it('are marked in trainyard.json, as it is typed and as it is on disk', async () => {
    const file = path.join(folder, 'trainyard.json');
    const places = (await chartProblems(file, null)).map(({ line, column, length, message }) => [
      line,
      column,
      length,
      message.slice(0, 12),
    ]);
    assert.deepEqual(places, [
      [8, 5, 22, 'charts.4: ch'],
      [9, 5, 21, 'charts.5: Th'],
      [10, 5, 18, 'charts.6: ch'],
    ]);
    assert.deepEqual(await chartProblems(file, text.replaceAll(/"charts\/(comma|lost|list).*/g, '')), []);
  });
});

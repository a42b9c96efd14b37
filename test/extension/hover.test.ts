import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Run } from '../../src/contract/shapes.ts';
import { escapeText, hoverOf } from '../../src/extension/runs/hover.ts';
import { DETECTOR, failing, paused, run } from './runs.ts';

const NOW = 1_000_000;
const hover = (one: Run, showProject = false): string =>
  hoverOf({ run: one, receivedAt: NOW }, NOW, { showProject, when: (iso) => `at ${iso.slice(11, 19)}` });

describe('The hover of a run', () => {
  it('B3 tells all that a row has no room for, and leads to the page of the model', () => {
    const one = run('In Progress', {
      executionId: 'e-1',
      model: { id: 'm-1', name: 'shapes-small', version: 1 },
      progress: { done: 7, total: 12, unit: 'epoch' },
      summary: DETECTOR,
    });
    const text = hover(one);
    for (const part of [
      String.raw`**[shapes\-small v1](command:trainyard.showModel?%5B%22e-1%22%5D)** &nbsp; $(sync) In Progress`,
      '| Progress &nbsp; | 58% · 7/12 epochs |',
      '| Duration &nbsp; | 1m 04s |',
      String.raw`| Best &nbsp; | mAP50\-95\(B\) 0.613, epoch 6 |`,
      '| Created &nbsp; | at 02:00:00 |',
      '| Started &nbsp; | at 02:00:01 |',
      String.raw`| Service &nbsp; | [mgmt\-train\-shapes](command:trainyard.showServiceExecutions?%5B%22s-1%22%5D) |`,
      '| Model ID &nbsp; | `m-1` |',
      '| Execution ID &nbsp; | `e-1` |',
      '[Explore Metrics](command:trainyard.exploreMetrics?%5B%22e-1%22%5D)',
      '[Show Logs](command:trainyard.showLogs?%5B%22e-1%22%5D)',
    ]) {
      assert.ok(text.includes(part), `${part} isn't in\n${text}`);
    }
    assert.doesNotMatch(text, /Ended|Attempt|Project/);
  });

  it('names the project where there are several, and the attempt from the second on', () => {
    const text = hover(run('Rerun', { attempt: 2 }), true);
    assert.match(text, /\| Project &nbsp; \| \/work\/shapes \|/);
    assert.match(text, /\| Attempt &nbsp; \| 2 \|/);
  });

  it('B65 gives the details of a diagnosis, and not the reason that says the same', () => {
    const text = hover(run('Created', { diagnosis: failing, reason: 'it fails' }));
    assert.match(text, /\$\(error\) \*\*CrashLoop\*\* since at 02:00:30: .*failed to start.*Read the log/);
    assert.doesNotMatch(text, /it fails/);
  });

  it('B66 B67 B68 has in the details the link to the executions of the service', () => {
    for (const diagnosis of [failing, paused]) {
      const text = hover(run('Created', { diagnosis }));
      assert.match(
        text,
        /\n\n\[Show Service Executions\]\(command:trainyard\.showServiceExecutions\?%5B%22s-1%22%5D\)\n\n/,
      );
    }
  });

  it('lets nothing that a training says become a link or markup', () => {
    const evil = '[click](command:workbench.action.quit) **bold** <b> `code` $(alert)\nnext';
    const text = hover(run('Failed', { reason: evil }));
    assert.ok(text.includes(escapeText(evil)));
    assert.doesNotMatch(text, /\]\(command:workbench/);
    assert.ok(escapeText(evil).startsWith(String.raw`\[click\]\(command:`));
    assert.ok(escapeText(evil).endsWith('  \nnext'));
  });
});

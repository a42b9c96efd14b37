import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Service } from '../../src/contract/shapes.ts';
import { serviceHover } from '../../src/extension/services/hover.ts';
import { serviceItem, standingOf, STANDING_ICONS } from '../../src/extension/services/item.ts';
import { queuesOf } from '../../src/extension/services/queue.ts';
import { failing, paused, run, service, settings } from './runs.ts';

const bad = { health: 'failing', diagnosis: failing } as const;
const idle = { activity: 'paused', diagnosis: paused } as const;

describe('The row of a service', () => {
  const described: [what: string, changes: Partial<Service>, description: string][] = [
    [
      'B37 B38 one that was just made',
      { health: 'unproven', settings: settings() },
      '0 of 1 busy · GPU · unproven',
    ],
    [
      'B40 what is at work, what starts, and what waits',
      { replicas: { busy: 2, starting: 1, max: 4 }, queued: 3 },
      '3 of 4 busy · GPU · 3 queued · healthy',
    ],
    ['its GPUs', { settings: settings({ gpus: 4 }) }, '0 of 1 busy · 4 GPUs · healthy'],
    ['the CPU', { settings: settings({ instance: 'cpu' }) }, '0 of 1 busy · CPU · healthy'],
    ['B59 a fault, first', { ...bad, queued: 2 }, 'failing (CrashLoop) · 0 of 1 busy · GPU · 2 queued'],
    ['B60 a pause, first', idle, 'paused · 0 of 1 busy · GPU'],
    [
      'a fault before a pause',
      { ...bad, activity: 'paused' },
      'failing (CrashLoop) · paused · 0 of 1 busy · GPU',
    ],
  ];
  for (const [what, changes, description] of described) {
    it(`describes ${what}`, () =>
      assert.equal(serviceItem(service(changes), false, null).description, description));
  }

  it('B30 has its name, and the project beside it where several are shown', () => {
    const item = serviceItem(service(), false, 'shapes');
    assert.equal(item.label, 'mgmt-train-shapes');
    assert.equal(item.description, 'shapes · 0 of 1 busy · GPU · healthy');
    assert.equal(item.spoken, 'mgmt-train-shapes, shapes, 0 of 1 busy, GPU, healthy');
  });

  it('has an icon for each way to stand, no two alike in shape or in colour', () => {
    const icons = Object.values(STANDING_ICONS);
    assert.equal(new Set(icons.map(({ id }) => id)).size, 4);
    assert.equal(new Set(icons.map(({ color }) => color)).size, 4);
    assert.equal(standingOf(service({ ...bad, activity: 'paused' })), 'failing');
    assert.equal(standingOf(service(idle)), 'paused');
    assert.equal(standingOf(service({ health: 'unproven' })), 'unproven');
  });

  it('tells what can be done', () => {
    const words = (changes: Partial<Service>, scalable = false): string =>
      serviceItem(service(changes), scalable, null).contextValue;
    assert.equal(words({}), ';service;active;');
    assert.equal(words({}, true), ';service;active;scalable;');
    assert.equal(words(idle), ';service;paused;');
    assert.equal(words({ ...bad, activity: 'paused' }), ';service;paused;failing;');
  });
});

describe('The queue of a service', () => {
  const at = (second: number): string => `2025-11-24T02:00:0${second}.000Z`;

  it('has what runs first, then what waits, each in the order of the queue', () => {
    const runs = [
      run('Rerun', { executionId: 'again', createdAt: at(0), queuedAt: at(9) }),
      run('Pending', { executionId: 'second', queuedAt: at(4) }),
      run('Success'),
      run('Pending', { executionId: 'first', queuedAt: at(3) }),
      run('In Progress', { executionId: 'younger', queuedAt: at(2) }),
      run('In Progress', { executionId: 'older', queuedAt: at(1) }),
      run('Terminated'),
    ];
    const queue = queuesOf(runs).get('s-1');
    assert.deepEqual(
      queue?.map(({ executionId }) => executionId),
      ['older', 'younger', 'first', 'second', 'again'],
    );
  });

  it('B28 B29 is its own', () => {
    const other = { service: { id: 's-2', name: 'mgmt-train-other' } };
    const queues = queuesOf([run('Pending'), run('Pending', other), run('Pending'), run('Failed', other)]);
    assert.deepEqual([queues.get('s-1')?.length, queues.get('s-2')?.length], [2, 1]);
  });
});

describe('The hover of a service', () => {
  const hover = (changes: Partial<Service>, showProject = false): string =>
    serviceHover(service(changes), { showProject, when: (iso) => `<${iso}>` });

  it('B36 tells its settings, and leads to its page', () => {
    const text = hover({
      settings: settings({ memory: '8GB', autoscaling: 2, env: { HF_TOKEN: 'hf_secret' } }),
    });
    for (const part of [
      '| Memory &nbsp; | 8GB |',
      '| Auto\\-scaling &nbsp; | 2 |',
      '| Environment &nbsp; | HF\\_TOKEN |',
    ])
      assert.ok(text.replaceAll('Auto-scaling', 'Auto\\-scaling').includes(part), `${part} in ${text}`);
    assert.ok(!text.includes('hf_secret'), 'no value of the environment');
    assert.match(text, /command:trainyard\.showService\?%5B%22s-1%22%5D/);
    assert.match(text, /command:trainyard\.configureService\?/);
    assert.ok(!text.includes('Project'));
    assert.match(hover({}, true), /\| Project &nbsp; \| \/work\/shapes \|/);
  });

  it('B65 tells what is wrong, since when, and what to do', () => {
    const text = hover(bad);
    assert.match(
      text,
      /\$\(error\) \*\*CrashLoop\*\* since <2025-11-24T02:00:30\.000Z>: .*3 times.*Read the log/,
    );
    assert.match(hover(idle), /\$\(warning\) \*\*Paused\*\* since/);
  });
});

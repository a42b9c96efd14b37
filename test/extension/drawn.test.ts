import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Service } from '../../src/contract/shapes.ts';
import { Drawn } from '../../src/extension/runs/drawn.ts';
import { serviceItem } from '../../src/extension/services/item.ts';
import { paused, service } from './runs.ts';

describe('Rows that VS Code has', () => {
  const services = new Map<string, Service>();
  const tell = (one: Service): unknown => services.set(one.id, one);
  const drawn = new Drawn<string>((id) => {
    const one = services.get(id);
    return one === undefined ? '' : JSON.stringify(serviceItem(one, false, null));
  });

  it('are left as they are while nothing that they show changes', () => {
    tell(service({ id: 's-1', replicas: { busy: 0, starting: 1, max: 1 } }));
    tell(service({ id: 's-2' }));
    drawn.note('s-1');
    drawn.note('s-2');
    assert.deepEqual(drawn.stale(), []);
    // What starts has its replica, so once it runs the row says the same.
    tell(service({ id: 's-1', replicas: { busy: 1, starting: 0, max: 1 } }));
    assert.deepEqual(drawn.stale(), []);
  });

  it('are drawn anew where they say something else, until VS Code has asked for them', () => {
    tell(service({ id: 's-1', activity: 'paused', diagnosis: paused }));
    assert.deepEqual(drawn.stale(), ['s-1']);
    assert.deepEqual(
      drawn.stale((id) => id !== 's-1'),
      [],
    );
    assert.deepEqual(drawn.stale(), ['s-1']);
    drawn.note('s-1');
    assert.deepEqual(drawn.stale(), []);
  });

  it('that VS Code never asked for, or asks for anew anyway, are not among them', () => {
    tell(service({ id: 's-3', queued: 1 }));
    assert.deepEqual(drawn.stale(), []);
    tell(service({ id: 's-2', queued: 1 }));
    drawn.clear();
    assert.deepEqual(drawn.stale(), []);
  });
});

/** Runs of earlier that MLflow keeps: made by its own client, read by it, and compared with what was imported of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { placeOf } from '../../../src/contract/loggedKeys.ts';
import { run as runProgram } from '../../../src/dev/run.ts';
import type { RealBackend } from '../../server/realBackend.ts';

const SCRIPT = path.join(import.meta.dirname, 'earlier.py');

/** What MLflow reads of a run; values as Python writes them. */
const Earlier = z.object({
  id: z.string(),
  name: z.string(),
  experiment: z.string(),
  status: z.enum(['RUNNING', 'FINISHED', 'FAILED', 'KILLED']),
  began: z.number(),
  ended: z.number().nullable(),
  params: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), z.array(z.tuple([z.number(), z.string(), z.number()]))),
});

const STATUSES = { RUNNING: 'Aborted', FINISHED: 'Success', FAILED: 'Failed', KILLED: 'Terminated' } as const;

/** How many runs it makes that aren't deleted. */
export const RUNS = 4;

/** Logs runs to a store by this Python's MLflow; resolves to what that reads of them then. */
export async function runsOfEarlier(python: string, uri: string, folder: string): Promise<unknown> {
  const file = path.join(folder, 'read.json');
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    MLFLOW_TRACKING_URI: uri,
    MLFLOW_DISABLE_TELEMETRY: 'true',
  };
  await runProgram(python, [SCRIPT, 'make'], { cwd: folder, env });
  await runProgram(python, [SCRIPT, 'read', file], { cwd: folder, env });
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Whether the runs that are here are what MLflow reads of them. */
export async function assertAsMlflowReads(backend: RealBackend, read: unknown): Promise<void> {
  const earlier = z.array(Earlier).length(RUNS).parse(read);
  const { runs } = await backend.client.call('listRuns', { query: {} });
  assert.deepEqual(
    runs.map(({ model }) => model.name).toSorted(),
    earlier.map(({ name }) => name).toSorted(),
  );
  for (const theirs of earlier) {
    const ours = runs.find(({ model }) => model.name === theirs.name);
    assert.ok(ours);
    assert.deepEqual([ours.origin, ours.status], ['imported', STATUSES[theirs.status]]);
    assert.equal(ours.createdAt, new Date(theirs.began).toISOString());
    if (theirs.ended !== null) assert.equal(ours.endedAt, new Date(theirs.ended).toISOString());
    const { mlflow } = await backend.detail(ours);
    assert.ok(mlflow);
    const { parent, nested, ...logged } = mlflow;
    const { experiment, params, tags } = theirs;
    assert.deepEqual(logged, { experiment, params, tags });
    const within = earlier.find(({ id }) => id === tags['mlflow.parentRunId']);
    assert.equal(parent?.name, within?.name);
    const inside = earlier.filter((one) => one.tags['mlflow.parentRunId'] === theirs.id);
    assert.deepEqual(nested.map(({ name }) => name).toSorted(), inside.map(({ name }) => name).toSorted());
    const found = await samplesOf(backend, ours.executionId);
    for (const [key, points] of Object.entries(theirs.metrics)) {
      const { figure, legend } = placeOf(key);
      const expected = points.map(([step, value, time]) => [step, numberOf(value), time].join(' '));
      assert.deepEqual(found.get(`${figure} ${legend}`)?.toSorted(), expected.toSorted(), key);
    }
    assert.equal(found.size, Object.keys(theirs.metrics).length);
  }
}

/** Every sample of a run, by figure and legend: its step, value and time. */
async function samplesOf(backend: RealBackend, executionId: string): Promise<Map<string, string[]>> {
  const query = { executions: executionId, format: 'csv' } as const;
  const stream = await backend.client.open('exportMetrics', { query });
  const text = Buffer.concat((await stream.toArray()) as Uint8Array[]).toString();
  const found = new Map<string, string[]>();
  for (const line of text.trim().split('\n').slice(1)) {
    const [, , , , figure, legend, , step, time, y] = line.split(',');
    const key = `${figure} ${legend}`;
    const sample = [step, Number(y), time].join(' ');
    found.set(key, [...(found.get(key) ?? []), sample]);
  }
  return found;
}

/** MLflow's database keeps the largest number in place of infinity. */
function numberOf(text: string): number {
  const value = Number(text.replace('inf', 'Infinity'));
  return Math.abs(value) === Number.MAX_VALUE ? Math.sign(value) * Infinity : value;
}

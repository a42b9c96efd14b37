/** What metrics cost in a backend that runs, in a process of its own: for who reports over HTTP, and for a training that logs. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import * as z from 'zod';
import { readServerFile } from '../../../src/client/backend.ts';
import { RealBackend } from '../../server/realBackend.ts';
import { tell } from '../tell.ts';
import { BATCH, body } from './points.ts';

const BATCHES = 120;
const POINTS = BATCHES * BATCH;

/** Points that are acknowledged, and so durable, by how many send them at a time; and what the backend holds of them. */
export async function overHttp(): Promise<void> {
  const bodies = Array.from({ length: BATCHES }, (_, batch) => body(batch));
  for (const writers of [1, 8]) {
    await withBackend(async (backend) => {
      const runs: string[] = [];
      for (let i = 0; i < writers; i++) {
        const run = await backend.train('def train():\n    pass');
        await backend.ended(run);
        runs.push(run.executionId);
      }
      const send = await senderTo(backend);
      const before = await memoryOf(backend.pid);
      const started = performance.now();
      await Promise.all(
        runs.map(async (run, writer) => {
          // Each waits for the answer to its batch before it sends the next, as a runner does.
          for (const bytes of bodies.filter((_, i) => i % writers === writer)) await send(run, bytes);
        }),
      );
      const took = performance.now() - started;
      const what = `points a second over HTTP, durable, ${writers} writer(s)`;
      tell(what, (POINTS / took) * 1000, '', 400_000, 'more');
      const after = await memoryOf(backend.pid);
      tell(
        `  the backend's memory after ${(POINTS / 1e6).toFixed(1)} million live points`,
        after / 2 ** 20,
        ' MiB',
      );
      tell('  of which they added', (after - before) / 2 ** 20, ' MiB');
    });
  }
}

/** What a `log` call takes in a training that does nothing else, so that its reporter is never done. */
export async function inTraining(): Promise<void> {
  const Times = z.record(z.string(), z.object({ median: z.number(), most: z.number() }));
  await withBackend(async (backend) => {
    const run = await backend.train(LOGGING);
    await backend.ended(run);
    const told = JSON.parse(await readFile(path.join(backend.project, 'times.json'), 'utf8')) as unknown;
    for (const [what, { median, most }] of Object.entries(Times.parse(told))) {
      tell(`one log call in a training, of ${what}, median`, median, ' µs', 20);
      tell('  the slowest of 20,000', most, ' µs');
    }
  });
}

const LOGGING = `
import json, time

def measured(log):
    times = []
    for step in range(20000):
        began = time.perf_counter_ns()
        log(step)
        times.append((time.perf_counter_ns() - began) / 1000)
    times.sort()
    return {"median": times[len(times) // 2], "most": times[-1]}

def train(context):
    losses = {name: {"train": 0.61, "val": 0.66} for name in ("box_loss", "cls_loss", "dfl_loss")}
    scores = {name: {"val": 0.42} for name in ("mAP50(B)", "mAP50-95(B)", "precision(B)", "recall(B)", "learning_rate")}
    times = {
        "one value": measured(lambda step: context.log(step=step, loss=0.1234)),
        "11 values": measured(lambda step: context.log(epoch=1, step=step, figures={**losses, **scores})),
    }
    with open("times.json", "w") as file:
        json.dump(times, file)
`;

async function withBackend(use: (backend: RealBackend) => Promise<void>): Promise<void> {
  const backend = await RealBackend.start();
  try {
    await use(backend);
  } finally {
    await backend.end();
  }
}

/** Sends a batch, and resolves once it is acknowledged. */
async function senderTo(backend: RealBackend): Promise<(run: string, bytes: Uint8Array) => Promise<void>> {
  const server = await readServerFile(backend.home);
  if (server === null) throw new Error('the backend has told no address');
  const agent = new http.Agent({ keepAlive: true });
  return async (run, bytes) => {
    const request = http.request(`${server.url}/api/v1/executions/${run}/samples`, {
      agent,
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    });
    request.end(bytes);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    await once(response, 'end');
    if (response.statusCode !== 200) throw new Error(`a batch was answered with ${response.statusCode}`);
  };
}

/** Bytes of it that are in memory (Linux). */
async function memoryOf(pid: number): Promise<number> {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

/** The machine that a training runs on. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import type { RanMachine } from '../../contract/ran.ts';

let known: Promise<Omit<RanMachine, 'gpus'>> | null = null;

/** @param gpus the GPUs that the training was given, by id; @param there all of the machine's */
export async function machineOf(
  gpus: readonly string[],
  there: readonly { id: string; name: string }[],
): Promise<RanMachine> {
  known ??= describe();
  const names = new Map(there.map((gpu) => [gpu.id, gpu.name]));
  return { ...(await known), gpus: gpus.map((id) => ({ id, name: names.get(id) ?? 'GPU' })) };
}

/** What doesn't change while a backend runs. */
async function describe(): Promise<Omit<RanMachine, 'gpus'>> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const distribution = /^PRETTY_NAME="?(.*?)"?$/m.exec(release)?.[1];
  const system = `${os.type()} ${os.release()} ${os.arch()}`;
  const limit = process.constrainedMemory();
  return {
    host: os.hostname(),
    os: distribution === undefined ? system : `${distribution}, ${system}`,
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    // A container may have less than the machine.
    memoryBytes: limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem(),
  };
}

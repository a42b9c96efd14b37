/**
 * Artifacts are files in the output folder of the execution, so that they show among its files and go with it. A path from outside never
 * leads out of that folder, not over a symbolic link either.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, opendir, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import type { Backend } from '../backend.ts';
import { invalid, MlflowError } from './errors.ts';
import type { Known } from './runs.ts';

export interface Listed {
  path: string;
  is_dir: boolean;
  file_size?: number;
}

/** The parts of a path below a run. Throws `MlflowError` where it leads elsewhere. */
export function partsOf(text: string): string[] {
  const parts = text.split('/').filter((part, i, all) => part !== '' || (i > 0 && i < all.length - 1));
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..' || /[\\\0]/.test(part))
      throw invalid(`Invalid path: ${text}`);
  }
  return parts;
}

export class Artifacts {
  readonly #backend: Pick<Backend, 'engine' | 'metrics'>;

  constructor(backend: Pick<Backend, 'engine' | 'metrics'>) {
    this.#backend = backend;
  }

  /** The output folders of a run's attempts, the latest first. */
  #roots({ record }: Known): string[] {
    return Array.from({ length: record.attempt }, (_, i) =>
      this.#backend.engine.outputDir(record.id, record.attempt - i),
    );
  }

  /** Keeps what streams in, whole or not at all. */
  async put(run: Known, parts: readonly string[], body: WebStream<Uint8Array> | null): Promise<void> {
    if (parts.length === 0) throw invalid('An artifact needs a name.');
    const { record } = run;
    const root = this.#backend.engine.outputDir(record.id, record.attempt);
    const target = path.join(root, ...parts);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    await within(root, path.dirname(target));
    const half = `${target}.${randomUUID()}.part`;
    try {
      await pipeline(
        body === null ? Readable.from([]) : Readable.fromWeb(body),
        createWriteStream(half, { mode: 0o600 }),
      );
      await rename(half, target);
    } catch (error) {
      await rm(half, { force: true });
      throw error;
    }
    const files = [{ kind: 'artifact' as const, path: target, time: Date.now() }];
    const batch = `mlflow.${randomUUID()}:0`;
    await this.#backend.metrics.report(record.id, { attempt: record.attempt, batch, samples: [], files }, {});
  }

  /** The file in the latest attempt that has it. */
  async get(
    run: Known,
    parts: readonly string[],
  ): Promise<{ size: number; body: ReadableStream<Uint8Array> }> {
    for (const root of this.#roots(run)) {
      const place = path.join(root, ...parts);
      const found = await stat(place).catch(() => null);
      if (found?.isFile() !== true) continue;
      await within(root, place);
      return {
        size: found.size,
        body: Readable.toWeb(createReadStream(place)) as ReadableStream<Uint8Array>,
      };
    }
    throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${parts.join('/')}'`);
  }

  /** What is in a folder, by name; the latest attempt's where several have the same. */
  async list(run: Known, parts: readonly string[]): Promise<Listed[]> {
    const found = new Map<string, Listed>();
    for (const root of this.#roots(run)) {
      const folder = path.join(root, ...parts);
      if ((await stat(folder).catch(() => null))?.isDirectory() !== true) continue;
      await within(root, folder);
      for await (const entry of await opendir(folder)) {
        if (found.has(entry.name) || entry.name.endsWith('.part')) continue;
        const size = entry.isFile() ? (await stat(path.join(folder, entry.name))).size : undefined;
        const listed = { path: entry.name, is_dir: entry.isDirectory() };
        if (listed.is_dir || size !== undefined)
          found.set(entry.name, size === undefined ? listed : { ...listed, file_size: size });
      }
    }
    return [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Takes a file or a folder away, in every attempt. */
  async remove(run: Known, parts: readonly string[]): Promise<void> {
    if (parts.length === 0) throw invalid('An artifact needs a name.');
    for (const root of this.#roots(run)) {
      const place = path.join(root, ...parts);
      if ((await stat(place).catch(() => null)) === null) continue;
      await within(root, place);
      await rm(place, { recursive: true });
    }
  }
}

/** Throws where a place is, in truth, outside of the root. */
async function within(root: string, place: string): Promise<void> {
  const [realRoot, real] = await Promise.all([realpath(root), realpath(place)]);
  if (real !== realRoot && !real.startsWith(realRoot + path.sep))
    throw invalid('Invalid path: it leads elsewhere');
}

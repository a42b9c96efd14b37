/** Samples of runs, into a file: whole, or not at all. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { namesText } from '../contract/queryWords.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../contract/shapes.ts';
import type { Client } from './api.ts';

export interface Export {
  executionIds: readonly string[];
  /** Left out, all. */
  figures?: readonly string[] | undefined;
  /** As in a query; left out, all. */
  attempt?: string | undefined;
  format: ExportFormat;
}

export const openExport = (client: Client, asked: Export, signal?: AbortSignal) =>
  client.open('exportMetrics', {
    query: {
      executions: asked.executionIds.join(','),
      figures: asked.figures === undefined ? undefined : namesText(asked.figures),
      attempt: asked.attempt,
      format: asked.format,
    },
    ...(signal === undefined ? {} : { signal }),
  });

/**
 * Writes a file, which takes the place of one that is there once it is whole. Resolves with its bytes; where it fails or is called off,
 * it rejects, and nothing is left of it.
 * @param onBytes told how many are written, again and again
 */
export async function exportInto(
  file: string,
  client: Client,
  asked: Export,
  options: { signal?: AbortSignal; onBytes?: (bytes: number) => void } = {},
): Promise<number> {
  const { signal, onBytes } = options;
  const half = `${file}.half`;
  let bytes = 0;
  const counter = new Transform({
    transform(part: Uint8Array, _encoding, done) {
      bytes += part.byteLength;
      onBytes?.(bytes);
      done(null, part);
    },
  });
  const stream = await openExport(client, asked, signal);
  try {
    await pipeline(stream, counter, createWriteStream(half), signal === undefined ? {} : { signal });
    await rename(half, file);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
  return bytes;
}

/** The format that a file's name asks for, or null. */
export const formatOf = (file: string): ExportFormat | null =>
  EXPORT_FORMATS.find((format) => file.toLowerCase().endsWith(`.${format}`)) ?? null;

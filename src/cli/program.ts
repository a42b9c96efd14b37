/** Where this program's parts lie: bundled into `trainyard.mjs`, with `metrics.mjs` and the runner beside it; or as sources. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Program } from '../client/backend.ts';

/** Set by the build; in sources the version stands in package.json. */
declare const TRAINYARD_VERSION: string | undefined;

const bundled = typeof TRAINYARD_VERSION === 'string';

export const VERSION: string = bundled
  ? TRAINYARD_VERSION
  : (
      JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
        version: string;
      }
    ).version;

export const runner = new URL(bundled ? './runner/' : '../runner/', import.meta.url);
export const metricsWorker = new URL(
  bundled ? './metrics.mjs' : '../server/metrics/worker.ts',
  import.meta.url,
);

/** What a command starts a backend from. */
export async function program(): Promise<Program> {
  return {
    folder: fileURLToPath(new URL(bundled ? './' : '../../dist/', import.meta.url)),
    version: VERSION,
  };
}

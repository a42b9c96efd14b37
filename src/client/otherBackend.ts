/** A backend that somebody else started: reached by its address, opened by its token, never started or ended from here. */
import { PROTOCOL } from '../contract/routes.ts';
import { CallError, createClient, type Client } from './api.ts';

/** What a person writes as an address, as the address of a backend: "127.0.0.1:7777" -> "http://127.0.0.1:7777"; null where it is none. */
export function backendUrl(text: string): string | null {
  const written = text.trim();
  try {
    const url = new URL(/^https?:\/\//i.test(written) ? written : `http://${written}`);
    const bare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
    return bare && url.hostname !== '' ? url.origin : null;
  } catch {
    return null;
  }
}

/** Whether a backend that fits answers there; no token is needed. Rejects with `CallError` (`unreachable`, `version`). */
export async function assertFits(url: string, version: string): Promise<void> {
  const client = createClient({ url, token: '' });
  const health = await client.call('health', { signal: AbortSignal.timeout(5_000) }).catch(() => {
    throw new CallError(
      'unreachable',
      null,
      `No Trainyard backend answers at ${url}.`,
      'Start one there with `trainyard serve`; one on another machine is reached through a forwarded port (ssh -L).',
    );
  });
  if (health.protocol === PROTOCOL) return;
  throw new CallError(
    'version',
    null,
    `The backend at ${url} is Trainyard ${health.version}, which doesn't fit this ${version}.`,
    `Update the older of the two.`,
  );
}

/** A client of the backend at `url`. Rejects with `CallError` (`unreachable`, `version`, `no-token`). */
export async function otherBackend(url: string, token: string, version: string): Promise<Client> {
  await assertFits(url, version);
  const client = createClient({ url, token });
  try {
    await client.call('listRuns', { query: { limit: 1 } });
  } catch (error) {
    if (!(error instanceof CallError && error.code === 'no-token')) throw error;
    throw new CallError(
      'no-token',
      401,
      `The backend at ${url} doesn't take this token.`,
      'Run “Connect to Backend…” with the token of server.json in its home.',
    );
  }
  return client;
}

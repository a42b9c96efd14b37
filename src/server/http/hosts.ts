/** Where the backend listens, and under which names it answers: whom a Host header may call it. Pure. */
import { isIP } from 'node:net';

/** This machine alone can reach it: all of 127.0.0.0/8, ::1, and the name that means them. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** Every address of this machine. */
const isEverywhere = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** The URL for who is on this machine. */
export function urlFrom(host: string, port: number): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${bracketed(reached)}:${port}`;
}

/**
 * The Host headers that are answered, such as "127.0.0.1:4321". A page that rebinds its own name to this machine sends another.
 * @param host where it listens, as its owner named it
 * @param machine the machine's own name, and the addresses of its network interfaces
 */
export function hostHeaders(
  host: string,
  port: number,
  machine: { name: string; addresses: readonly string[] },
): ReadonlySet<string> {
  const names = [host, '127.0.0.1', 'localhost', '::1'];
  if (!isLoopback(host)) names.push(machine.name, machine.name.split('.')[0] ?? '');
  if (isEverywhere(host)) names.push(...machine.addresses);
  return new Set(
    names
      .filter((name) => name !== '' && !isEverywhere(name))
      .map((name) => `${bracketed(name.toLowerCase())}:${port}`),
  );
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, oneAtATime } from './cache.ts';
import { find, run, type Log } from './run.ts';

/**
 * Installs Debian (or Ubuntu) packages where apt and the right to use it are there.
 * Rejects with what a person has to install where they aren't, or where apt fails.
 */
export async function installDebianPackages(packages: readonly string[], log: Log): Promise<void> {
  const wish = packages.join(' ');
  const before = await administrator();
  if (find('apt-get') === null)
    throw new Error(`Needed on this machine: ${wish}. There is no apt-get to install them with.`);
  if (before === null)
    throw new Error(`Needed on this machine: ${wish}. As administrator: apt-get install ${wish}`);

  await oneAtATime('apt', log, async () => {
    log(`Installing ${wish} by apt-get ...`);
    // A folder of its own: container images empty the usual one whenever `apt-get update` runs anywhere.
    const archives = join(CACHE, 'apt');
    mkdirSync(join(archives, 'partial'), { recursive: true });
    const options = ['-qq', '-o', 'DPkg::Lock::Timeout=900', '-o', `Dir::Cache::archives=${archives}`];
    const aptGet = (...args: string[]): Promise<string> => {
      const [program = 'apt-get', ...rest] = [...before, 'apt-get', ...options, ...args];
      return run(program, rest, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    };
    await aptGet('update');
    await aptGet('install', '-y', '--no-install-recommends', ...packages);
    await aptGet('clean');
  });
}

/** What stands before a command that needs an administrator's rights: nothing, sudo, or null where we have none. */
async function administrator(): Promise<string[] | null> {
  if (process.getuid?.() === 0) return [];
  if (find('sudo') === null) return null;
  // `-E` hands DEBIAN_FRONTEND on; `-n` fails instead of asking for a password.
  return run('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n', '-E'],
    () => null,
  );
}

/** `trainyard`: the backend and the command line, one program. Its metric store's thread is this program too. */
import { isMetricsWorker, runMetricsWorker } from '../server/metrics/thread.ts';
import { commands, USAGE } from './commands.ts';
import { explain } from './say.ts';
import { UsageError } from './words.ts';

async function main(): Promise<void> {
  const [name, ...rest] = process.argv.slice(2);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(USAGE);
    return;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new UsageError(`There is no command "${name}".`);
  process.exitCode = await command(rest);
}

if (isMetricsWorker()) {
  runMetricsWorker();
} else {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A reader that went away (`trainyard runs | head`) is no failure.
      if (stream === process.stdout && error.code === 'EPIPE') process.exit();
      // A backend stays where the disk that its log is on is full.
      const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
      if (!full || process.argv[2] !== 'serve') throw error;
    });
  }
  main().catch((error: unknown) => {
    process.stderr.write(explain(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  });
}

/** `trainyard`: the backend and the command line, one program. */
import { commands, USAGE, UsageError } from './commands.ts';
import { explain } from './say.ts';

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

// A reader that went away (`trainyard runs | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
main().catch((error: unknown) => {
  process.stderr.write(explain(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
});

/** The words of a command line, understood. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { STATUSES, type Status } from '../contract/status.ts';

/** Words that make no sense; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(`${message}\nRun \`trainyard help\` for what there is.`);
  }
}

export function parsed<const O extends NonNullable<ParseArgsConfig['options']>>(words: string[], options: O) {
  try {
    return parseArgs({ args: words, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

type Plain = string | number | boolean | null;

/** "lr=0.02" -> ["lr", 0.02]: JSON where it is JSON, else text. */
export function setting(text: string): [string, Plain | Plain[] | Record<string, Plain>] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`A setting is key=value, not "${text}".`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value) as Plain];
  } catch {
    return [text.slice(0, at), value];
  }
}

/** "in-progress", "in progress" and "In Progress" are the same. */
export function statusNamed(word: string): Status {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  const found = STATUSES.find((status) => plain(status) === plain(word));
  if (found === undefined)
    throw new UsageError(`There is no status "${word}"; there are ${STATUSES.join(', ')}.`);
  return found;
}

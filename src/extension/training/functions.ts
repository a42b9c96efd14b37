/** Finds train functions in the text of a Python file. Pure. */

/**
 * The line, from 0, where `name` ("train" or "Trainer.fit") is defined; null where no definition of it can be seen: Python can bind a
 * name in other ways, too. Of several definitions the last counts, as for Python.
 */
export function lineOfFunction(text: string, name: string): number | null {
  const [owner, method] = name.includes('.') ? name.split('.', 2) : [null, name];
  const lines = text.split('\n');
  let found: number | null = null;
  let inOwner = false;
  for (const [i, line] of lines.entries()) {
    const [, indent = '', kind, defined] =
      /^([ \t]*)(def|class|async[ \t]+def)[ \t]+([A-Za-z_]\w*)/.exec(line) ?? [];
    if (/^[^\s#)\]}]/.test(line)) inOwner = owner !== null && kind === 'class' && defined === owner;
    if (kind === undefined || kind === 'class' || defined !== method) continue;
    if (owner === null ? indent === '' : inOwner && indent !== '') found = i;
  }
  return found;
}

/** The environment that goes along with a training. Pure. */

/** What a process that submits has, less what belongs to the editor it runs in, and to us. */
export function environmentToSend(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|TRAINYARD_)/.test(entry[0]),
    ),
  );
}

/**
 * The walls between the rooms: what each may import. Types count too; a parser finds them, and every relative import is followed to
 * the file that it names.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

interface Room {
  folder: string;
  /** Folders that it may import from, beside itself. */
  rooms: readonly string[];
  /** Node's own modules; a list names the only ones. */
  node: boolean;
  vscode: boolean;
}

/** A file belongs to the first room whose folder holds it. */
export const ROOMS: readonly Room[] = [
  { folder: 'src/contract', rooms: [], node: false, vscode: false },
  { folder: 'src/client', rooms: ['src/contract'], node: true, vscode: false },
  { folder: 'src/server', rooms: ['src/contract'], node: true, vscode: false },
  { folder: 'src/cli', rooms: ['src/contract', 'src/client', 'src/server'], node: true, vscode: false },
  { folder: 'src/extension', rooms: ['src/contract', 'src/client'], node: true, vscode: true },
  { folder: 'src/dev', rooms: ['src/contract', 'src/client'], node: true, vscode: false },
  { folder: 'webview', rooms: ['src/contract'], node: false, vscode: false },
];

/** The component toolkit can be exchanged, since one folder alone knows it. */
const TOOLKIT = { name: '@vscode/webview-ui-toolkit', folder: 'webview/ui' };

export interface Breach {
  file: string;
  line: number;
  imports: string;
  why: string;
}

/** Reads every source below `root`. Throws where a room has no file: a check that reads nothing proves nothing. */
export function checkWalls(root: string): { files: number; breaches: Breach[] } {
  const breaches: Breach[] = [];
  let files = 0;
  for (const room of ROOMS) {
    const sources = existsSync(path.join(root, room.folder))
      ? readdirSync(path.join(root, room.folder), { recursive: true, encoding: 'utf8' })
          .filter((name) => /\.[cm]?[jt]s$/.test(name))
          .map((name) => path.posix.join(room.folder, name.replaceAll(path.sep, '/')))
      : [];
    if (sources.length === 0)
      throw new Error(`The walls were not checked: ${room.folder} has no source in ${root}.`);
    for (const file of sources) {
      files++;
      const text = readFileSync(path.join(root, file), 'utf8');
      for (const { specifier, offset } of importsOf(file, text)) {
        const why = breach(room, file, specifier);
        if (why !== null)
          breaches.push({ file, line: text.slice(0, offset).split('\n').length, imports: specifier, why });
      }
    }
  }
  return { files, breaches };
}

function importsOf(file: string, text: string): { specifier: string; offset: number }[] {
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} can't be parsed: ${errors[0]?.message}`);
  const found = [
    ...module.staticImports.map((one) => one.moduleRequest),
    ...module.staticExports.flatMap((one) => one.entries.map((entry) => entry.moduleRequest)),
  ].flatMap((request) => (request === null ? [] : [{ specifier: request.value, offset: request.start }]));
  for (const { moduleRequest } of module.dynamicImports) {
    const quoted = /^['"`](.*)['"`]$/.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[1];
    if (quoted !== undefined) found.push({ specifier: quoted, offset: moduleRequest.start });
  }
  return found;
}

/** Why this import may not be, or null where it may. */
function breach(room: Room, file: string, specifier: string): string | null {
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier);
    const inside = (folder: string): boolean => target.startsWith(`${folder}/`);
    if (inside(room.folder) || room.rooms.some(inside)) return null;
    return `${room.folder} may import from ${[room.folder, ...room.rooms].join(', ')}`;
  }
  if (specifier === 'vscode') return room.vscode ? null : `${room.folder} doesn't know VS Code`;
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
    return room.node ? null : `${room.folder} runs without Node`;
  }
  if (specifier.startsWith(TOOLKIT.name) && !file.startsWith(`${TOOLKIT.folder}/`)) {
    return `${TOOLKIT.folder} alone knows the component toolkit`;
  }
  return null;
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEditorServer, type EditorServer } from '../../src/dev/browserEditor.ts';
import { findDesktopVSCode, openDesktopVSCode } from '../../src/dev/desktop.ts';
import { obtainEditor } from '../../src/dev/editor.ts';
import { until } from './harness/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'trainyard-editors-'));
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
const log = (line: string): void => void process.stdout.write(`${line}\n`);

const answers = (url: string): Promise<boolean> =>
  fetch(url, { redirect: 'manual' }).then(Boolean, () => false);

test('the editor server answers on the loopback interface alone, and only who has its key', async (t) => {
  const server = await start('alone');
  t.after(() => server.close());
  const url = new URL(server.url);
  assert.equal((await fetch(url, { redirect: 'manual' })).status, 302);
  url.searchParams.set('tkn', 'guessed');
  assert.equal((await fetch(url)).status, 403);
  url.searchParams.delete('tkn');
  assert.equal((await fetch(url)).status, 403);
  for (const address of otherAddresses()) {
    assert.equal(await answers(`http://${address}:${server.port}/`), false, `it answers at ${address}`);
  }
});

test('the editor server ends when it is closed', async () => {
  const server = await start('closed');
  assert.equal(await answers(server.url), true);
  await server.close();
  assert.equal(await answers(server.url), false);
});

test('the editor server ends when whoever opened it is killed', async () => {
  const program = `
    import { openEditorServer } from ${JSON.stringify(join(import.meta.dirname, '../../src/dev/browserEditor.ts'))};
    import { obtainEditor } from ${JSON.stringify(join(import.meta.dirname, '../../src/dev/editor.ts'))};
    const editor = await obtainEditor({ log: () => {} });
    const server = await openEditorServer({ editor, folder: ${JSON.stringify(folder)}, dataDir: ${JSON.stringify(join(folder, 'killed'))} });
    console.log(server.url);
    await server.exited;`;
  const opener = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program]);
  let said = '';
  opener.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const url = await until('the address', () => /http\S+/.exec(said)?.[0]);
  assert.equal(await answers(url), true);
  opener.kill('SIGKILL');
  await until('the server to end', async () => !(await answers(url)));
});

test('a desktop VS Code is found by what stands behind its command, opened and ended', async (t) => {
  if (process.platform !== 'linux')
    return t.diagnostic('Tried on Linux: elsewhere programs have other places.');
  const app = join(folder, 'app');
  const path = join(folder, 'path');
  for (const each of [join(app, 'bin'), path]) mkdirSync(each, { recursive: true });
  // What is installed as `code` is a script beside which the program lies.
  for (const each of [join(app, 'bin', 'code'), join(app, 'code')]) {
    writeFileSync(each, '#!/bin/sh\nfor each in "$@"; do echo "<$each>"; done\nexec sleep 60\n');
    chmodSync(each, 0o755);
  }
  symlinkSync(join(app, 'bin', 'code'), join(path, 'code'));

  const env = { PATH: `${path}:/usr/bin`, DISPLAY: ':99' };
  assert.deepEqual(findDesktopVSCode(env), { executable: join(app, 'code') });
  assert.match(JSON.stringify(findDesktopVSCode({ PATH: env.PATH })), /no display/);

  const dataDir = join(folder, 'desktop');
  const opened = await openDesktopVSCode({
    executable: join(app, 'code'),
    folder,
    extensionPath: app,
    dataDir,
  });
  await until('its arguments', () => opened.output().includes('--new-window'));
  const lines = opened.output().split('\n');
  assert.equal(lines[0], `<${folder}>`);
  assert.ok(lines.includes(`<--extensionDevelopmentPath=${app}>`));
  assert.ok(lines.includes(`<--user-data-dir=${dataDir}>`));
  await opened.close();
});

async function start(name: string): Promise<EditorServer> {
  const editor = await obtainEditor({ log });
  return openEditorServer({ editor, folder, dataDir: join(folder, name) });
}

function otherAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.filter((each) => !each.internal && each.family === 'IPv4').map((each) => each.address);
}

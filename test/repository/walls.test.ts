import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkWalls, ROOMS } from '../../src/dev/walls.ts';

describe('The walls between the rooms', () => {
  it('stand', () => {
    const { files, breaches } = checkWalls(path.resolve(import.meta.dirname, '../..'));
    assert.deepEqual(breaches, []);
    assert.ok(files > ROOMS.length);
  });

  describe('are seen to fall', () => {
    let root = '';
    const plant = (file: string, text: string): Promise<void> => writeFile(path.join(root, file), text);

    before(async () => {
      root = await mkdtemp(path.join(tmpdir(), 'trainyard-walls-'));
      for (const room of ROOMS) {
        await mkdir(path.join(root, room.folder), { recursive: true });
        await plant(`${room.folder}/sound.ts`, 'export const sound = 1;\n');
      }
    });
    after(() => rm(root, { recursive: true }));

    const wrong: [room: string, imports: string][] = [
      ['src/contract', 'node:fs'],
      ['src/contract', '../server/sound.ts'],
      ['src/client', '../server/sound.ts'],
      ['src/client', 'vscode'],
      ['src/server', 'vscode'],
      ['src/server', '../extension/sound.ts'],
      ['src/server', '../client/sound.ts'],
      ['src/cli', '../extension/sound.ts'],
      ['src/extension', '../server/sound.ts'],
      ['src/dev', '../extension/sound.ts'],
      ['webview', 'node:path'],
      ['webview', 'fs'],
      ['webview', 'vscode'],
      ['webview', '../src/extension/sound.ts'],
      ['webview', '@vscode/webview-ui-toolkit'],
    ];
    for (const [room, imports] of wrong) {
      for (const statement of [
        `import { a } from '${imports}';`,
        `import type { A } from '${imports}';`,
        `export * from '${imports}';`,
        `await import('${imports}');`,
      ]) {
        it(`${room}: ${statement}`, async () => {
          await plant(`${room}/wrong.ts`, `\n${statement}\n`);
          const { breaches } = checkWalls(root);
          await rm(path.join(root, room, 'wrong.ts'));
          assert.deepEqual(
            breaches.map(({ file, line, imports: found }) => ({ file, line, found })),
            [{ file: `${room}/wrong.ts`, line: 2, found: imports }],
          );
        });
      }
    }

    it('a room without a file is no proof', async () => {
      await rm(path.join(root, 'webview/sound.ts'));
      assert.throws(() => checkWalls(root), /webview has no source/);
      await plant('webview/sound.ts', 'export const sound = 1;\n');
    });
  });
});

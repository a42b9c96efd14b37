import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';

/** `npm run test:long` trains to the end; its start and its interruption are in every run. */
const LONG = process.env['TRAINYARD_TEST_LONG'] === '1';
const root = path.resolve(import.meta.dirname, '../..');

/** `npm start -- --headless`, behind its first step (which installs). */
async function start(
  onOutput: (out: string, interrupt: () => void) => void,
): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [path.join(root, 'src/dev/start.ts'), '--headless'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout
    .setEncoding('utf8')
    .on('data', (text: string) => onOutput((out += text), () => child.kill('SIGINT')));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

/** Processes that belong to the home that `npm start` uses; one that has just been told to end has a moment for it. */
function left(): string {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const found = belonging();
    if (found === '' || performance.now() > deadline) return found;
  }
}

function belonging(): string {
  const home = path.join(root, '.cache', 'start', 'home');
  return spawnSync('sh', ['-c', `grep -lz "^TRAINYARD_HOME=${home}$" /proc/[0-9]*/environ 2>/dev/null`], {
    encoding: 'utf8',
  }).stdout;
}

describe('npm start -- --headless', () => {
  if (LONG) {
    it('trains the example to mAP50 above 0.8, says so, and leaves nothing running', async () => {
      const { code, out } = await start(() => undefined);
      assert.equal(code, 0, out);
      assert.match(out, /shapes-small v\d+ {2}Success {2}█+ {2}12\/12 epoch/);
      const map = Number(/^mAP50\(B\) is (\d\.\d+), at best/m.exec(out)?.[1]);
      assert.ok(map > 0.8, out);
      assert.match(out, /^Its files are in .*output\.$/m);
      assert.equal(left(), '');
    });
  }

  it('ends all that it started when it is interrupted', async () => {
    const { code, out } = await start((said, interrupt) => {
      if (said.includes('1/12 epoch')) interrupt();
    });
    assert.equal(code, 130, out);
    assert.equal(left(), '');
  });
});

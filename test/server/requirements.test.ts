import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { requirementsText } from '../../src/server/requirements.ts';

describe('A requirements file', () => {
  let folder = '';
  const write = (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text);
  const text = (name: string): Promise<string> => requirementsText(path.join(folder, name));
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trainyard-requirements-'));
    await mkdir(path.join(folder, 'more'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is taken as it is', async () => {
    await write(
      'plain.txt',
      'numpy>=1.22\n# a comment\n-e .\n--index-url https://example.org/simple\n-r https://example.org/r.txt\n',
    );
    assert.equal(
      await text('plain.txt'),
      'numpy>=1.22\n# a comment\n-e .\n--index-url https://example.org/simple\n-r https://example.org/r.txt\n',
    );
  });

  it('has in it what it includes, from where that lies; constraints by their place', async () => {
    await write('outer.txt', 'a\n-r more/inner.txt\n--requirement=more/other.txt\nz');
    await write('more/inner.txt', 'b\n-c limits.txt\n-r other.txt');
    await write('more/other.txt', 'c');
    assert.equal(await text('outer.txt'), `a\nb\n-c ${path.join(folder, 'more/limits.txt')}\nc\nc\nz`);
  });

  it('may go in a circle', async () => {
    await write('one.txt', 'a\n-r two.txt');
    await write('two.txt', 'b\n-r one.txt');
    assert.equal(await text('one.txt'), 'a\nb\n');
  });

  it('that is not there is refused, with the one that wants it', async () => {
    await assert.rejects(text('nowhere.txt'), {
      status: 422,
      message: /no requirements file .*nowhere\.txt\.$/,
    });
    await write('wants.txt', '-r gone.txt');
    await assert.rejects(text('wants.txt'), { message: /gone\.txt, which .*wants\.txt includes\.$/ });
  });
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { nameOf, pictureFolders } from '../../src/extension/model/shownFiles.ts';

it('A file is called as it is found from the output folder or the project', () => {
  for (const [path, name] of [
    ['plots/curve.png', 'plots/curve.png'],
    ['/home/ada/shapes/runs/detect/train/results.png', 'runs/detect/train/results.png'],
    ['/home/ada/shapes-old/results.png', '/home/ada/shapes-old/results.png'],
    ['/data/..hidden.png', '/data/..hidden.png'],
  ] as const)
    assert.equal(nameOf({ path }, '/home/ada/shapes'), name);
});

it('Pictures are served from the output folders and from those where pictures lie, never from a whole disk', () => {
  const files = ['/b/2.png', 'plots/1.png', '/a/1.JPG', '/a/3.webp', '/whole.png', '/c/last.pt'];
  const attempts = [{ outputDir: '/out/1' }, { outputDir: '/out/2' }];
  assert.deepEqual(
    pictureFolders(
      files.map((path) => ({ path })),
      attempts,
    ),
    ['/out/1', '/out/2', '/a', '/b'],
  );
  const many = Array.from({ length: 50 }, (_, i) => ({ path: `/many/${i}/p.png` }));
  assert.equal(pictureFolders(many, attempts).length, 22);
});

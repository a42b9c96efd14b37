/** A file system of its own, in memory, that can really be full. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** @param size as mount(8) takes it: "8m" */
export function mount(folder: string, size: string): boolean {
  mkdirSync(folder, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'trainyard-test', folder]).status === 0;
}

export function unmount(folder: string): void {
  assert.equal(spawnSync('umount', [folder]).status, 0);
}

/** Why a test that needs one can't run here, or false. */
export const cannotMount: string | false = ((): string | false => {
  const probe = mkdtempSync(path.join(tmpdir(), 'trainyard-mount-'));
  try {
    if (!mount(probe, '1m')) return 'no file system can be mounted here';
    unmount(probe);
    return false;
  } finally {
    rmSync(probe, { recursive: true });
  }
})();

/** How a database gets to the present schema, and what is kept of it as it was. */
import { closeSync, openSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/**
 * Brings `db` to the schema of all `migrations`, in one transaction; `user_version` counts those applied. A file that holds something is
 * copied to `<file>.v<version>.bak` first. Throws, changing nothing, where a newer Trainyard wrote it or the disk has no room.
 */
export function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  const done = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (done > migrations.length) {
    throw new Error(
      `A newer Trainyard wrote it (schema ${done}, this one knows ${migrations.length}). Update Trainyard.`,
    );
  }
  if (done === migrations.length) return;
  const file = db.location();
  if (done > 0 && file !== null) backUp(db, `${file}.v${done}.bak`);
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const migration of migrations.slice(done)) db.exec(migration);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    // A full disk undoes it by itself.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function backUp(db: DatabaseSync, file: string): void {
  // One that broke off may have left its part; and as the database itself, it is its owner's alone.
  rmSync(file, { force: true });
  closeSync(openSync(file, 'wx', 0o600));
  try {
    db.exec(`VACUUM INTO '${file.replaceAll("'", "''")}'`);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/** The disk space of a database: what removals free is given back, a few pages at a time, so that nothing waits long for it. */
import type { DatabaseSync } from 'node:sqlite';

/** One step moves so many pages of 4 KiB: some milliseconds. */
const STEP_PAGES = 256;
const BETWEEN_STEPS_MS = 20;
/** Removals that follow each other are cleaned up after together. */
const GATHER_MS = 200;
const INCREMENTAL = 2;

export class Space {
  readonly #db: DatabaseSync;
  #timer: NodeJS.Timeout | null = null;

  /** To be made before the first table is: a file's pages can be moved only where it was made for that. */
  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  }

  /** Makes a file over that was not made for it. That takes as long as copying it; without it freed pages are only used again. */
  convert(): void {
    if (this.#number('auto_vacuum') !== INCREMENTAL)
      this.#db.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM');
  }

  /** Gives back what is free, soon. */
  free(): void {
    this.#timer ??= setTimeout(() => this.#step(), GATHER_MS).unref();
  }

  #step(): void {
    this.#timer = null;
    try {
      if (this.#number('freelist_count') > 0) {
        this.#db.exec(`PRAGMA incremental_vacuum(${STEP_PAGES})`);
        this.#timer = setTimeout(() => this.#step(), BETWEEN_STEPS_MS).unref();
      } else {
        // The file itself gets shorter when its log is written back.
        this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      }
    } catch {
      // On a full disk nothing can be moved. Free pages are used again all the same, and the next removal begins anew.
    }
  }

  #number(pragma: string): number {
    return Number(this.#db.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

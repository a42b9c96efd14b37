/** Training services as they are kept: one a project and architecture. */
import * as z from 'zod';
import { changedSettings } from '../../contract/settings.ts';
import {
  Diagnosis,
  HAPPENING_KINDS,
  Settings,
  type ServiceHappening,
  type SettingsChange,
} from '../../contract/shapes.ts';
import { ORIGINS, type Origin } from '../../contract/status.ts';
import type { Database, Row } from './database.ts';
import type { EventLog } from './events.ts';
import { newId } from './ids.ts';
import { happenings, type Happening } from './serviceHistory.ts';

export interface ServiceRecord {
  id: string;
  project: string;
  architecture: string;
  /** Of the runs that it gathers: what isn't trained here needs no service, and has one that dispatches nothing and is in no list. */
  origin: Origin;
  name: string;
  settings: Settings;
  /** Since when it is paused, or null where it is active. */
  pausedAt: string | null;
  health: 'unproven' | 'healthy' | 'failing';
  /** Failed starts in a row. */
  failures: number;
  /** Why it fails; null unless failing. */
  diagnosis: Diagnosis | null;
  /** Milliseconds since 1970: not before then is the next try made. */
  retryAt: number | null;
  /** That its engine can't be reached, while that is so: found out anew by each backend, and not part of what is kept. */
  unreachable: Diagnosis | null;
}

const OriginName = z.enum(ORIGINS);

/** So much of a service's history is kept. */
const KEPT_HAPPENINGS = 1000;

export class ServiceStore {
  readonly #db: Database;
  readonly #events: EventLog;
  /** By engine. */
  readonly #unreachable = new Map<string, Diagnosis>();

  constructor(db: Database, events: EventLog) {
    this.#db = db;
    this.#events = events;
  }

  get(id: string): ServiceRecord | null {
    const row = this.#db.get('SELECT * FROM services WHERE id = ?', id);
    return row === null ? null : this.#record(row);
  }

  find(project: string, architecture: string): ServiceRecord | null {
    const row = this.#db.get(
      'SELECT * FROM services WHERE project = ? AND architecture = ?',
      project,
      architecture,
    );
    return row === null ? null : this.#record(row);
  }

  list(project?: string): ServiceRecord[] {
    const rows =
      project === undefined
        ? this.#db.all(`SELECT * FROM services WHERE origin = 'trained' ORDER BY created_at`)
        : this.#db.all(
            `SELECT * FROM services WHERE origin = 'trained' AND project = ? ORDER BY created_at`,
            project,
          );
    return rows.map((row) => this.#record(row));
  }

  /** Made by the first training of an architecture, with what the project file says of it. */
  create(project: string, architecture: string, settings: SettingsChange, now: string): ServiceRecord {
    const id = newId('s');
    return this.#db.transaction(() => {
      this.#db.run(
        `INSERT INTO services (id, project, architecture, settings, health, created_at) VALUES (?, ?, ?, ?, 'unproven', ?)`,
        id,
        project,
        architecture,
        JSON.stringify(changedSettings(Settings.parse({}), settings)),
        now,
      );
      this.#note(id, [{ kind: 'made', message: 'Made by the first training of its architecture.' }]);
      this.#events.append('service', id);
      const made = this.get(id);
      if (made === null) throw new Error(`service ${id} was not kept`);
      return made;
    });
  }

  /** What gathers a project's runs of an origin other than `trained`; made where there is none. An architecture's id has no parentheses. */
  gathering(project: string, origin: Exclude<Origin, 'trained'>, now: string): ServiceRecord {
    const architecture = `(${origin})`;
    const found = this.find(project, architecture);
    if (found !== null) return found;
    this.#db.run(
      `INSERT INTO services (id, project, architecture, settings, health, created_at, origin) VALUES (?, ?, ?, ?, 'unproven', ?, ?)`,
      newId('s'),
      project,
      architecture,
      JSON.stringify(Settings.parse({})),
      now,
      origin,
    );
    const made = this.find(project, architecture);
    if (made === null) throw new Error(`the service of ${project}'s ${origin} runs was not kept`);
    return made;
  }

  /**
   * Writes what may change of a service, and what happened to it. Its unfinished runs show its diagnosis, so they changed with it.
   * @param asked what the user did that leaves no trace in the record itself
   */
  update(service: ServiceRecord, asked: readonly Happening[] = []): void {
    this.#db.transaction(() => {
      const before = this.get(service.id);
      if (before === null) return;
      this.#db.run(
        `UPDATE services SET settings = ?, paused_at = ?, health = ?, failures = ?, diagnosis = ?, retry_at = ? WHERE id = ?`,
        JSON.stringify(service.settings),
        service.pausedAt,
        service.health,
        service.failures,
        service.diagnosis === null ? null : JSON.stringify(service.diagnosis),
        service.retryAt,
        service.id,
      );
      this.#note(service.id, [...asked, ...happenings(before, service)]);
      this.#tell(service.id);
    });
  }

  /** Whether this engine couldn't be reached when it was last asked. */
  unreachable(engine: string): boolean {
    return this.#unreachable.has(engine);
  }

  /** Notes whether an engine can be reached: null, or why not. True where that is news. */
  noteReach(engine: string, why: string | null): boolean {
    const before = this.#unreachable.get(engine);
    if ((before?.message ?? null) === why) return false;
    if (why === null) this.#unreachable.delete(engine);
    else {
      this.#unreachable.set(engine, {
        severity: 'error',
        code: 'EngineUnreachable',
        message: why,
        hint: 'What runs goes on. It is tried again every few seconds, and clears by itself.',
        since: before?.since ?? new Date().toISOString(),
      });
    }
    this.#db.transaction(() => {
      for (const { id, settings } of this.list()) {
        if (settings.engine !== engine) continue;
        if (why === null)
          this.#note(id, [{ kind: 'healthy', message: `The engine "${engine}" answers again.` }]);
        else if (before === undefined)
          this.#note(id, [{ kind: 'failing', message: `EngineUnreachable: ${why}` }]);
        this.#tell(id);
      }
    });
    return true;
  }

  /** The newest first. */
  history(id: string): ServiceHappening[] {
    return this.#db
      .all('SELECT * FROM service_history WHERE service = ? ORDER BY rowid DESC', id)
      .map((row) => ({
        at: row.text('at'),
        kind: kindOf(row.text('kind')),
        message: row.text('message'),
      }));
  }

  #note(id: string, what: readonly Happening[]): void {
    for (const { kind, message } of what) {
      this.#db.run(
        'INSERT INTO service_history (service, at, kind, message) VALUES (?, ?, ?, ?)',
        id,
        new Date().toISOString(),
        kind,
        message,
      );
    }
    if (what.length === 0) return;
    this.#db.run(
      `DELETE FROM service_history WHERE service = ? AND rowid <=
         (SELECT rowid FROM service_history WHERE service = ? ORDER BY rowid DESC LIMIT 1 OFFSET ?)`,
      id,
      id,
      KEPT_HAPPENINGS,
    );
  }

  #tell(id: string): void {
    this.#events.append('service', id);
    const shown = this.#db.all(
      `SELECT id FROM executions WHERE service = ? AND status IN ('Created', 'In Progress', 'Rerun')`,
      id,
    );
    for (const row of shown) this.#events.append('run', row.text('id'));
  }

  #record(row: Row): ServiceRecord {
    const health = row.text('health');
    if (health !== 'unproven' && health !== 'healthy' && health !== 'failing')
      throw new TypeError(`health ${health}`);
    const diagnosis = row.textOrNull('diagnosis');
    const architecture = row.text('architecture');
    const settings = Settings.parse(JSON.parse(row.text('settings')));
    const origin = OriginName.parse(row.text('origin'));
    return {
      id: row.text('id'),
      project: row.text('project'),
      architecture,
      origin,
      name: { trained: `mgmt-train-${architecture}`, mlflow: 'MLflow', imported: 'Imported' }[origin],
      settings,
      pausedAt: row.textOrNull('paused_at'),
      health,
      failures: row.number('failures'),
      diagnosis: diagnosis === null ? null : Diagnosis.parse(JSON.parse(diagnosis)),
      retryAt: row.numberOrNull('retry_at'),
      unreachable: origin === 'trained' ? (this.#unreachable.get(settings.engine) ?? null) : null,
    };
  }
}

function kindOf(text: string): ServiceHappening['kind'] {
  const found = HAPPENING_KINDS.find((kind) => kind === text);
  if (found === undefined) throw new TypeError(`no such kind of happening: ${text}`);
  return found;
}

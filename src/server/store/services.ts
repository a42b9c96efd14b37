/** Training services as they are kept: one a project and architecture. */
import { Diagnosis, Settings, type SettingsChange } from '../../contract/shapes.ts';
import type { Database, Row } from './database.ts';
import type { EventLog } from './events.ts';
import { newId } from './ids.ts';

export interface ServiceRecord {
  id: string;
  project: string;
  architecture: string;
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
}

export class ServiceStore {
  readonly #db: Database;
  readonly #events: EventLog;

  constructor(db: Database, events: EventLog) {
    this.#db = db;
    this.#events = events;
  }

  get(id: string): ServiceRecord | null {
    const row = this.#db.get('SELECT * FROM services WHERE id = ?', id);
    return row === null ? null : record(row);
  }

  find(project: string, architecture: string): ServiceRecord | null {
    const row = this.#db.get(
      'SELECT * FROM services WHERE project = ? AND architecture = ?',
      project,
      architecture,
    );
    return row === null ? null : record(row);
  }

  list(project?: string): ServiceRecord[] {
    const rows =
      project === undefined
        ? this.#db.all('SELECT * FROM services ORDER BY created_at')
        : this.#db.all('SELECT * FROM services WHERE project = ? ORDER BY created_at', project);
    return rows.map(record);
  }

  /** Made by the first training of an architecture, with what the project file says of it. */
  create(project: string, architecture: string, settings: SettingsChange, now: string): ServiceRecord {
    const id = newId('s');
    this.#db.run(
      `INSERT INTO services (id, project, architecture, settings, health, created_at) VALUES (?, ?, ?, ?, 'unproven', ?)`,
      id,
      project,
      architecture,
      JSON.stringify(Settings.parse(settings)),
      now,
    );
    this.#events.append('service', id);
    const made = this.get(id);
    if (made === null) throw new Error(`service ${id} was not kept`);
    return made;
  }

  /** Writes what may change of a service. Its unfinished runs show its diagnosis, so they changed with it. */
  update(service: ServiceRecord): void {
    this.#db.transaction(() => {
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
      this.#events.append('service', service.id);
      const shown = this.#db.all(
        `SELECT id FROM executions WHERE service = ? AND status IN ('Created', 'In Progress', 'Rerun')`,
        service.id,
      );
      for (const row of shown) this.#events.append('run', row.text('id'));
    });
  }
}

function record(row: Row): ServiceRecord {
  const health = row.text('health');
  if (health !== 'unproven' && health !== 'healthy' && health !== 'failing')
    throw new TypeError(`health ${health}`);
  const diagnosis = row.textOrNull('diagnosis');
  const architecture = row.text('architecture');
  return {
    id: row.text('id'),
    project: row.text('project'),
    architecture,
    name: `mgmt-train-${architecture}`,
    settings: Settings.parse(JSON.parse(row.text('settings'))),
    pausedAt: row.textOrNull('paused_at'),
    health,
    failures: row.number('failures'),
    diagnosis: diagnosis === null ? null : Diagnosis.parse(JSON.parse(diagnosis)),
    retryAt: row.numberOrNull('retry_at'),
  };
}

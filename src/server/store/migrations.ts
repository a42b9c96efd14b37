/** The tables of the main database, as they came to be. */

/** Each entry brings the schema one version further; `user_version` counts those applied. Entries never change. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE services (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    architecture TEXT NOT NULL,
    settings TEXT NOT NULL,
    paused_at TEXT,
    health TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    diagnosis TEXT,
    retry_at INTEGER,
    created_at TEXT NOT NULL,
    UNIQUE (project, architecture)
  ) STRICT;

  -- Outlives the removal of a version: version numbers are never used again.
  CREATE TABLE model_versions (
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (project, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE executions (
    rowid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    service TEXT NOT NULL REFERENCES services (id),
    architecture TEXT NOT NULL,
    model_id TEXT NOT NULL,
    model_name TEXT NOT NULL,
    model_version INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    stopping INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 1,
    -- The attempt at which the user last asked (train or rerun): attempts are counted from there.
    asked_attempt INTEGER NOT NULL DEFAULT 1,
    -- Starts of this attempt so far; while \`active\`, the last one was handed to the engine and isn't settled.
    start INTEGER NOT NULL DEFAULT 0,
    active INTEGER NOT NULL DEFAULT 0,
    gpus TEXT NOT NULL DEFAULT '[]',
    created_at TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    progress TEXT,
    summary TEXT NOT NULL DEFAULT '[]',
    submission TEXT NOT NULL,
    requirements TEXT,
    -- The submitter's environment, gone once the execution is over.
    environment TEXT,
    token TEXT NOT NULL,
    idempotency_key TEXT UNIQUE
  ) STRICT;
  CREATE INDEX executions_by_creation ON executions (created_at, rowid);
  CREATE INDEX executions_by_service ON executions (service, status);
  CREATE INDEX executions_live ON executions (queued_at, rowid)
    WHERE status IN ('Created', 'Pending', 'In Progress', 'Rerun');

  CREATE TABLE history (
    execution TEXT NOT NULL,
    at TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    status TEXT NOT NULL,
    cause TEXT NOT NULL,
    reason TEXT
  ) STRICT;
  CREATE INDEX history_by_execution ON history (execution);

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_subject ON events (subject, kind);
  `,
  `
  -- Long texts, kept once however many executions have the same; named by their SHA-256.
  CREATE TABLE texts (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- What each attempt ran, as the contract's Ran says it, less its long texts.
  CREATE TABLE provenance (
    execution TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    ran TEXT NOT NULL,
    patch TEXT REFERENCES texts (hash),
    packages TEXT REFERENCES texts (hash),
    PRIMARY KEY (execution, attempt)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX provenance_by_patch ON provenance (patch);
  CREATE INDEX provenance_by_packages ON provenance (packages);
  `,
  `
  -- What happened to each service, for people.
  CREATE TABLE service_history (
    service TEXT NOT NULL REFERENCES services (id),
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL
  ) STRICT;
  CREATE INDEX service_history_by_service ON service_history (service);
  `,
  `
  -- What a search looks through: \`sought\` of what a person may look for.
  ALTER TABLE executions ADD COLUMN sought TEXT NOT NULL DEFAULT '';
  UPDATE executions SET sought = sought(model_name, model_id, id, architecture);
  -- Of the body that came with the idempotency key.
  ALTER TABLE executions ADD COLUMN body_digest TEXT;

  -- Rows are wide. A list follows the index of its sort, which has all that filters ask for, and reads the rows that it shows.
  DROP INDEX executions_by_creation;
  CREATE INDEX executions_by_creation ON executions (created_at, rowid, service, status, sought);
  CREATE INDEX executions_by_name ON executions (model_name, rowid, service, status, sought);
  CREATE INDEX executions_by_status ON executions (status, rowid, service, sought);
  CREATE INDEX executions_active ON executions (service, status) WHERE active = 1;

  -- How many there are: kept, since counting looks at each.
  CREATE TABLE counts (
    service TEXT NOT NULL,
    status TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (service, status)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO counts SELECT service, status, COUNT(*) FROM executions GROUP BY service, status;
  CREATE TRIGGER count_made AFTER INSERT ON executions BEGIN
    INSERT INTO counts VALUES (new.service, new.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
  END;
  CREATE TRIGGER count_moved AFTER UPDATE OF status ON executions WHEN old.status <> new.status BEGIN
    UPDATE counts SET n = n - 1 WHERE service = old.service AND status = old.status;
    INSERT INTO counts VALUES (new.service, new.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
  END;
  CREATE TRIGGER count_removed AFTER DELETE ON executions BEGIN
    UPDATE counts SET n = n - 1 WHERE service = old.service AND status = old.status;
  END;
  `,
  `
  -- Where runs came from; what wasn't trained here is gathered, a project, in a service that dispatches nothing.
  ALTER TABLE executions ADD COLUMN origin TEXT NOT NULL DEFAULT 'trained';
  ALTER TABLE services ADD COLUMN origin TEXT NOT NULL DEFAULT 'trained';
  CREATE INDEX executions_by_token ON executions (token);

  -- What is logged through MLflow beside figures. Times are milliseconds since 1970, as MLflow has them.
  CREATE TABLE mlflow_experiments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  INSERT INTO mlflow_experiments (id, name, created, updated)
    SELECT 0, 'Default', now, now FROM (SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now);
  CREATE TABLE mlflow_experiment_tags (
    experiment INTEGER NOT NULL REFERENCES mlflow_experiments (id),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (experiment, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mlflow_runs (
    execution TEXT PRIMARY KEY REFERENCES executions (id) ON DELETE CASCADE,
    experiment INTEGER NOT NULL REFERENCES mlflow_experiments (id),
    name TEXT NOT NULL,
    user TEXT NOT NULL,
    -- What its program said last; the execution's own status is the truth once that is over.
    status TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    end_time INTEGER,
    deleted INTEGER NOT NULL DEFAULT 0,
    -- The training whose program made it; null where it was made from outside.
    made_by TEXT,
    -- Of a training: the attempt whose program took it as its run.
    opened INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mlflow_runs_by_experiment ON mlflow_runs (experiment);
  CREATE INDEX mlflow_runs_by_maker ON mlflow_runs (made_by) WHERE made_by IS NOT NULL;
  CREATE TABLE mlflow_params (
    execution TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    PRIMARY KEY (execution, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mlflow_tags (
    execution TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (execution, key)
  ) STRICT, WITHOUT ROWID;
  -- The line of each logged name: several names may ask for the same.
  CREATE TABLE mlflow_keys (
    execution TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    figure TEXT NOT NULL,
    legend TEXT NOT NULL,
    PRIMARY KEY (execution, key),
    UNIQUE (execution, figure, legend)
  ) STRICT, WITHOUT ROWID;
  -- Datasets and models that went into a run or came out of it, as JSON.
  CREATE TABLE mlflow_links (
    execution TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    link TEXT NOT NULL,
    PRIMARY KEY (execution, kind, subject)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mlflow_models (
    id TEXT PRIMARY KEY,
    execution TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
    experiment INTEGER NOT NULL REFERENCES mlflow_experiments (id),
    model TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mlflow_models_by_execution ON mlflow_models (execution);

  -- What was imported, by what it is where it came from: the same again isn't kept twice.
  CREATE TABLE imports (
    identity TEXT PRIMARY KEY,
    execution TEXT NOT NULL UNIQUE REFERENCES executions (id) ON DELETE CASCADE,
    -- Of its content; null until all of it is kept.
    digest TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What MLflow's client deleted, and may restore: in no list, unless something of it runs.
  CREATE INDEX mlflow_runs_deleted ON mlflow_runs (execution) WHERE deleted = 1;
  CREATE VIEW hidden AS
    SELECT ours.rowid AS rowid, id, service, ours.status AS status, sought
    FROM mlflow_runs INDEXED BY mlflow_runs_deleted JOIN executions AS ours ON id = execution
    WHERE deleted = 1 AND (origin <> 'trained' OR ours.status IN ('Success', 'Failed', 'Aborted', 'Terminated'));
  `,
  `
  CREATE INDEX mlflow_nested ON mlflow_tags (value) WHERE key = 'mlflow.parentRunId';
  `,
  `
  -- Where it lay, and when it was imported last; null of what came before that was noted.
  ALTER TABLE imports ADD COLUMN place TEXT;
  ALTER TABLE imports ADD COLUMN at TEXT;
  `,
];

/** What a table of runs and its host say to each other: the Training Table, and the executions of a service. */
import * as z from 'zod';
import { Figure, StatusName } from '../shapes.ts';
import { ORIGINS } from '../status.ts';
import { DiagnosisRemedy, ShownDiagnosis } from './diagnosis.ts';
import { Heard, type CallTable } from './page.ts';

/** The columns that are there unless somebody chose others. `trainyard.table.columns` holds such names. */
export const COLUMNS = ['name', 'createdAt', 'status', 'progress', 'duration', 'service'] as const;
/** Those that can be added, beside `metric:<figure>` and `config:<key>`. */
export const MORE_COLUMNS = ['attempt', 'host'] as const;

export const ColumnId = z.union([
  z.enum(COLUMNS),
  z.enum(MORE_COLUMNS),
  z.templateLiteral(['metric:', z.string().min(1)]),
  z.templateLiteral(['config:', z.string().min(1)]),
]);
export type ColumnId = z.output<typeof ColumnId>;

/** A row as the table shows it: what can be said by the host is said already, what ticks or sorts stays a number. */
export const TableRow = z.object({
  executionId: z.string(),
  modelId: z.string(),
  name: z.string(),
  version: z.int(),
  architecture: z.string(),
  /** The colour that is its own in the comparison that shows it: a place that counts on past the end of a palette. */
  slot: z.int().nullable(),
  /** The folder, where several projects are shown. */
  project: z.string().nullable(),
  createdAt: z.string(),
  status: StatusName,
  stopping: z.boolean(),
  reason: z.string().nullable(),
  /** `share` of 1, null where the end is unknown. */
  progress: z.object({ share: z.number().nullable(), text: z.string() }).nullable(),
  /** As of the message that brings it; what is In Progress goes on from there. */
  durationMs: z.number().nullable(),
  /** null where no service trained it. */
  service: z.object({ id: z.string(), name: z.string() }).nullable(),
  origin: z.enum(ORIGINS),
  attempt: z.int(),
  /** The figures that columns show, by their names. */
  metrics: z.record(z.string(), Figure),
  diagnosis: ShownDiagnosis.nullable(),
});
export type TableRow = z.output<typeof TableRow>;

export const Sort = z.object({ column: ColumnId, descending: z.boolean() });
export type Sort = z.output<typeof Sort>;

/** What a person made of the table, remembered for the next one: widths in pixels by column. */
export const Layout = z.object({ widths: z.record(z.string(), z.number()), sort: Sort });
export type Layout = z.output<typeof Layout>;

export const ToTable = z.discriminatedUnion('type', [
  /** Begins anew: what came before is void. Rows follow, the newest first, by messages of `rows`. */
  z.object({ type: z.literal('begin'), columns: z.array(ColumnId), layout: Layout.nullable() }),
  /** Rows that came or changed, and ids of those that went. `complete`: the list of runs is known whole. */
  z.object({
    type: z.literal('rows'),
    rows: z.array(TableRow),
    gone: z.array(z.string()),
    complete: z.boolean(),
  }),
  /** The settings' columns changed. Rows with other metrics follow. */
  z.object({ type: z.literal('columns'), columns: z.array(ColumnId) }),
]);
export type ToTable = z.output<typeof ToTable>;

/** What can be done with runs, by their commands. Each asks where a question is due, and tells what went wrong. */
export const RUN_ACTIONS = [
  'showModel',
  'exploreMetrics',
  'exportMetrics',
  'showLogs',
  'rerunTraining',
  'abortTraining',
  'removeTraining',
] as const;

/** What of a run isn't in the list of runs. Values are in words. */
export const RowDetail = z.object({
  executionId: z.string(),
  host: z.string().nullable(),
  config: z.record(z.string(), z.string()),
});
export type RowDetail = z.output<typeof RowDetail>;

export const tableCalls = {
  run: {
    ask: z.object({ action: z.enum(RUN_ACTIONS), executionIds: z.array(z.string()).min(1) }),
    reply: Heard,
  },
  remedy: { ask: z.object({ executionId: z.string(), remedy: DiagnosisRemedy }), reply: Heard },
  train: { ask: z.null(), reply: Heard },
  showService: { ask: z.object({ serviceId: z.string() }), reply: Heard },
  /** Lets a person choose columns from a list, that of these runs' configurations included. */
  chooseColumns: { ask: z.object({ executionIds: z.array(z.string()) }), reply: Heard },
  /** Of what is in sight, where a column shows it. Runs that are gone are left out. */
  details: {
    ask: z.object({ executionIds: z.array(z.string()).max(200) }),
    reply: z.object({ details: z.array(RowDetail) }),
  },
  remember: { ask: Layout, reply: Heard },
} as const satisfies CallTable;

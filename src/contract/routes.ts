/**
 * The HTTP interface as one table. Handlers (`server/http`), the client (`client/api.ts`) and the OpenAPI document
 * (`openapi.ts`) are derived from it.
 */
import * as z from 'zod';
import {
  AttemptFiles,
  Compute,
  EXPORT_FORMATS,
  Exported,
  Health,
  MetricsQuery,
  OutputFile,
  Ran,
  Run,
  RerunAsked,
  RunDetail,
  SampleBatch,
  Series,
  Service,
  ServiceHappening,
  SettingsChange,
  StatusName,
  Submission,
} from './shapes.ts';
import { Import, Imported } from './imports.ts';
import { Age, Prune, Pruned, Storage } from './storage.ts';
import { flagWord, listWord, namesWord, numberWord } from './queryWords.ts';

export const API = '/api/v1';
/** Raised when an old client could no longer read a new backend's answers, or the other way round. */
export const PROTOCOL = 1;

const MIB = 2 ** 20;
/** How large a body may be where its route doesn't say more. */
export const MOST_BYTES = MIB;
/** With a submitter's environment, which is as large as its system lets it be: 2 MiB on Linux, more where somebody raised it. */
const ENVIRONMENT_BYTES = 16 * MIB;

/** Who may call: anybody, the holder of the home's token, or an execution with its own token (for itself alone). */
type Access = 'anyone' | 'user' | 'execution';

interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`; a parameter stands in braces. */
  path: string;
  summary: string;
  access: Access;
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType;
  /** How large the body may be; `MOST_BYTES` unless it is said. */
  mostBytes?: number;
  /** The status of success, and its JSON body, or its media type where it is a stream: the one, or that of each `format`. */
  status: 200 | 201 | 204;
  reply?: z.ZodType;
  stream?: 'text/event-stream' | 'text/plain' | Readonly<Record<string, 'text/csv' | 'application/json'>>;
  /** Failures beyond 400 (malformed), 401 (no token), 413, 431 and 503, which any call may meet. */
  errors: readonly (404 | 409 | 422)[];
}

const route = <const R extends Route>(r: R): R => r;

export const execution = z.object({ id: z.string().meta({ description: 'an execution id' }) });
export const service = z.object({ id: z.string().meta({ description: 'a service id' }) });

export const SORTS = ['createdAt', '-createdAt', 'name', '-name', 'status', '-status'] as const;

const runsQuery = z.object({
  project: z.string().optional(),
  status: listWord(StatusName).optional(),
  search: z.string().max(200).optional(),
  sort: z.enum(SORTS).default('-createdAt'),
  limit: numberWord(z.int().min(1).max(1000)).default(100),
  cursor: z.string().max(1000).optional(),
  /** With what each ran, less its uncommitted difference. */
  ran: flagWord.default(false),
});
const runsPage = z.object({
  runs: z.array(Run.extend({ ran: Ran.nullable().optional() })),
  next: z.string().nullable(),
  counts: z.record(StatusName, z.int()),
});

export const routes = {
  health: route({
    method: 'GET',
    path: '/health',
    summary: 'Is a backend there, and does it fit?',
    access: 'anyone',
    status: 200,
    reply: Health,
    errors: [],
  }),
  openapi: route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This interface, as an OpenAPI 3.1 document.',
    access: 'anyone',
    status: 200,
    reply: z.record(z.string(), z.json()),
    errors: [],
  }),
  stopBackend: route({
    method: 'POST',
    path: '/stop',
    summary: 'Ends the backend. Trainings go on; the next backend takes them up.',
    access: 'user',
    status: 204,
    errors: [],
  }),
  events: route({
    method: 'GET',
    path: '/events',
    summary: 'Every change, as it happens; resumes from Last-Event-ID.',
    access: 'user',
    headers: z.object({ 'last-event-id': numberWord(z.int().min(0)).optional() }),
    status: 200,
    stream: 'text/event-stream',
    errors: [],
  }),
  submit: route({
    method: 'POST',
    path: '/executions',
    summary: 'Trains a model: a new version and its first execution.',
    access: 'user',
    headers: z.object({ 'idempotency-key': z.string().min(1).max(200).optional() }),
    body: Submission,
    mostBytes: ENVIRONMENT_BYTES,
    status: 201,
    reply: Run,
    errors: [409, 422],
  }),
  listRuns: route({
    method: 'GET',
    path: '/runs',
    summary: 'Runs, newest first unless sorted otherwise, with counts by status.',
    access: 'user',
    query: runsQuery,
    status: 200,
    reply: runsPage,
    errors: [],
  }),
  getRun: route({
    method: 'GET',
    path: '/runs/{id}',
    summary: 'One run, with its configuration and history.',
    access: 'user',
    params: execution,
    status: 200,
    reply: RunDetail,
    errors: [404],
  }),
  abort: route({
    method: 'POST',
    path: '/executions/{id}/abort',
    summary: 'Stops a training; Terminated once nothing of it is left.',
    access: 'user',
    params: execution,
    status: 200,
    reply: Run,
    errors: [404, 409],
  }),
  rerun: route({
    method: 'POST',
    path: '/executions/{id}/rerun',
    summary: 'Runs an ended execution again, as its next attempt.',
    access: 'user',
    params: execution,
    body: RerunAsked.optional(),
    mostBytes: ENVIRONMENT_BYTES,
    status: 200,
    reply: Run,
    errors: [404, 409],
  }),
  remove: route({
    method: 'DELETE',
    path: '/executions/{id}',
    summary: 'Takes an ended run out of the list.',
    access: 'user',
    params: execution,
    query: z.object({ files: z.enum(['keep', 'delete']).default('keep') }),
    status: 204,
    errors: [404, 409],
  }),
  logs: route({
    method: 'GET',
    path: '/executions/{id}/logs',
    summary: 'What a training printed, from a byte offset on, or the end of it.',
    access: 'user',
    params: execution,
    query: z.object({
      attempt: numberWord(z.int().min(1)).optional(),
      offset: numberWord(z.int().min(0)).default(0),
      /** At most so many bytes of what is there by now, the last. */
      tail: numberWord(z.int().min(0)).optional(),
      follow: flagWord.default(false),
    }),
    status: 200,
    stream: 'text/plain',
    errors: [404],
  }),
  attempts: route({
    method: 'GET',
    path: '/executions/{id}/attempts',
    summary: 'Where the files of each attempt are, and how long its log is.',
    access: 'user',
    params: execution,
    status: 200,
    reply: z.object({ attempts: z.array(AttemptFiles) }),
    errors: [404],
  }),
  files: route({
    method: 'GET',
    path: '/executions/{id}/files',
    summary:
      'Checkpoints, artifacts and what else the attempts left in their output folders, the newest first.',
    access: 'user',
    params: execution,
    status: 200,
    /** `cut`: there are more. */
    reply: z.object({ files: z.array(OutputFile), cut: z.boolean() }),
    errors: [404],
  }),
  report: route({
    method: 'POST',
    path: '/executions/{id}/samples',
    summary: 'A batch of samples; the same batch again is harmless.',
    access: 'execution',
    params: execution,
    body: SampleBatch,
    // 100,000 samples with names as long as names may be.
    mostBytes: 64 * MIB,
    status: 200,
    reply: z.object({ accepted: z.int(), repeated: z.boolean() }),
    errors: [404, 409],
  }),
  queryMetrics: route({
    method: 'POST',
    path: '/metrics/query',
    summary: 'Lines for charts, reduced to the points asked for.',
    access: 'user',
    body: MetricsQuery,
    status: 200,
    reply: z.object({ series: z.array(Series) }),
    errors: [404],
  }),
  exportMetrics: route({
    method: 'GET',
    path: '/metrics/export',
    summary: 'Every sample of executions, as it was kept.',
    access: 'user',
    query: z.object({
      executions: listWord(z.string()).pipe(z.array(z.string()).max(1000)),
      /** Left out, all. */
      figures: namesWord(z.string().max(200), 1000).optional(),
      /** Left out, all. */
      attempt: numberWord(z.int().min(1)).optional(),
      format: z.enum(EXPORT_FORMATS).default('csv'),
    }),
    status: 200,
    stream: { csv: 'text/csv', json: 'application/json' },
    reply: Exported,
    errors: [404],
  }),
  listServices: route({
    method: 'GET',
    path: '/services',
    summary: 'Training services.',
    access: 'user',
    query: z.object({ project: z.string().optional() }),
    status: 200,
    reply: z.object({ services: z.array(Service) }),
    errors: [],
  }),
  getService: route({
    method: 'GET',
    path: '/services/{id}',
    summary: 'One training service.',
    access: 'user',
    params: service,
    status: 200,
    reply: Service,
    errors: [404],
  }),
  serviceExecutions: route({
    method: 'GET',
    path: '/services/{id}/executions',
    summary: 'The executions of a service, as /runs lists them.',
    access: 'user',
    params: service,
    query: runsQuery.omit({ project: true }),
    status: 200,
    reply: runsPage,
    errors: [404],
  }),
  serviceHistory: route({
    method: 'GET',
    path: '/services/{id}/history',
    summary: 'What happened to a service, newest first.',
    access: 'user',
    params: service,
    status: 200,
    reply: z.object({ history: z.array(ServiceHappening) }),
    errors: [404],
  }),
  changeService: route({
    method: 'PATCH',
    path: '/services/{id}',
    summary: 'Changes settings; a failing service tries again at once.',
    access: 'user',
    params: service,
    body: z.strictObject({ settings: SettingsChange }),
    status: 200,
    reply: Service,
    errors: [404, 422],
  }),
  pauseService: route({
    method: 'POST',
    path: '/services/{id}/pause',
    summary: 'Starts nothing more; what runs goes on.',
    access: 'user',
    params: service,
    status: 200,
    reply: Service,
    errors: [404],
  }),
  resumeService: route({
    method: 'POST',
    path: '/services/{id}/resume',
    summary: 'Takes up the queue again.',
    access: 'user',
    params: service,
    status: 200,
    reply: Service,
    errors: [404],
  }),
  retryService: route({
    method: 'POST',
    path: '/services/{id}/retry',
    summary: 'Ends the back-off and tries to start now.',
    access: 'user',
    params: service,
    status: 200,
    reply: Service,
    errors: [404],
  }),
  compute: route({
    method: 'GET',
    path: '/compute',
    summary: 'What there is to train on, and who holds it.',
    access: 'user',
    status: 200,
    reply: Compute,
    errors: [],
  }),
  importRuns: route({
    method: 'POST',
    path: '/imports',
    summary: 'Brings in runs that were made without Trainyard. The same again imports nothing twice.',
    access: 'user',
    body: Import,
    status: 200,
    reply: Imported,
    errors: [422],
  }),
  storage: route({
    method: 'GET',
    path: '/storage',
    summary: 'What environments, logs and checkpoints take, and how much of it a prune would free.',
    access: 'user',
    query: z.object({ olderThanSeconds: numberWord(Age).default(0) }),
    status: 200,
    reply: Storage,
    errors: [],
  }),
  prune: route({
    method: 'POST',
    path: '/storage/prune',
    summary: 'Frees what is chosen; nothing of runs that are not over, no environment in use.',
    access: 'user',
    body: Prune,
    status: 200,
    reply: Pruned,
    errors: [],
  }),
} as const;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

type Part<R, K extends string, Mode extends 'input' | 'output'> = R extends {
  [P in K]: infer S extends z.ZodType;
}
  ? Mode extends 'input'
    ? z.input<S>
    : z.output<S>
  : undefined;

/** What a handler is given, parsed. */
export interface Received<N extends RouteName> {
  params: Part<Routes[N], 'params', 'output'>;
  query: Part<Routes[N], 'query', 'output'>;
  headers: Part<Routes[N], 'headers', 'output'>;
  body: Part<Routes[N], 'body', 'output'>;
}

/** What a client hands in. */
export interface Asked<N extends RouteName> {
  params: Part<Routes[N], 'params', 'input'>;
  query: Part<Routes[N], 'query', 'input'>;
  headers: Part<Routes[N], 'headers', 'input'>;
  body: Part<Routes[N], 'body', 'input'>;
}

export type Reply<N extends RouteName> = Part<Routes[N], 'reply', 'output'>;

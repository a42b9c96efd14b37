/**
 * The HTTP interface, derived from the contract's table: who may call, what is parsed, how a refusal looks. What a route does stands
 * in `handlers.ts`.
 */
import { Hono } from 'hono';
import * as z from 'zod';
import {
  API,
  MOST_BYTES,
  routes,
  type Received,
  type Reply,
  type RouteName,
  type Routes,
} from '../../contract/routes.ts';
import type { Log } from '../log.ts';
import { asDiskFull, Refusal } from '../refusal.ts';
import { bodyOf, jsonOf } from './body.ts';
import { same } from './tokens.ts';

/** A batch of samples is checked in the metric store's own thread, column by column: its handler gets the bytes. */
type Body<N extends RouteName> = N extends 'report' ? { body: Uint8Array } : object;
/** Lines for charts are written as JSON in that thread too. */
type Answer<N extends RouteName> = N extends 'queryMetrics'
  ? Uint8Array<ArrayBuffer>
  : Routes[N] extends { stream: unknown }
    ? ReadableStream<Uint8Array>
    : Reply<N>;
export type Handlers = {
  [N in RouteName]: (received: Omit<Received<N>, keyof Body<N>> & Body<N>) => Answer<N> | Promise<Answer<N>>;
};

export interface Doors {
  /** The home's token: opens everything. */
  token: string;
  /** An execution's own token, or null where there is no such execution. */
  executionToken(id: string): string | null;
  /** Host headers that are answered, such as "127.0.0.1:4321": a page that rebinds its name to this machine is not. */
  hosts: () => ReadonlySet<string>;
  handlers: Handlers;
  /** Other interfaces to the same stores, each below a path of its own; they say themselves whom they let in. */
  facades: readonly { path: string; app: Hono }[];
  /** Called at each request. */
  onRequest: () => void;
  log: Log;
}

type LooseHandler = (received: Record<string, unknown>) => unknown;
interface LooseRoute {
  method: string;
  path: string;
  access: 'anyone' | 'user' | 'execution';
  params?: z.ZodType;
  query?: z.ZodType;
  headers?: z.ZodType;
  body?: z.ZodType;
  mostBytes?: number;
  status: 200 | 201 | 204;
  stream?: string | Readonly<Record<string, string>>;
}

export function createApp(doors: Doors): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    doors.onRequest();
    const host = c.req.header('host') ?? '';
    if (!doors.hosts().has(host.toLowerCase()))
      throw new Refusal(400, 'wrong-host', `This backend isn't ${host === '' ? 'nameless' : host}.`);
    await next();
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
  });

  for (const [name, definition] of Object.entries(routes)) {
    const route: LooseRoute = definition;
    // The table gives each handler the type of its own route; here they are all called alike, on what the schemas parsed.
    const handler = doors.handlers[name as RouteName] as LooseHandler;
    app.on(route.method, pathOf(route), async (c) => {
      admit(doors, route.access, c.req.header('authorization'), c.req.param('id'));
      const params = parse('path', route.params, c.req.param());
      const query = parse('query', route.query, joined(c.req.queries()));
      const headers = parse('headers', route.headers, c.req.header());
      let body: unknown;
      if (route.body !== undefined) {
        const bytes = await bodyOf(c.req.raw, route.mostBytes ?? MOST_BYTES);
        body =
          name === 'report'
            ? bytes
            : parse('body', route.body, bytes.byteLength === 0 ? undefined : jsonOf(bytes));
      }
      const answer = await handler({ params, query, headers, body });
      if (route.stream !== undefined) {
        const type = streamType(route.stream, query);
        const charset = type === 'text/plain' || type === 'text/csv' ? '; charset=utf-8' : '';
        const stream = answer as ReadableStream<Uint8Array>;
        // Who asks for the head alone would never read it, nor end it.
        if (c.req.method === 'HEAD') await stream.cancel();
        const head = { 'content-type': type + charset };
        return c.req.method === 'HEAD' ? c.body(null, 200, head) : c.body(stream, 200, head);
      }
      if (answer instanceof Uint8Array) {
        return c.body(answer as Uint8Array<ArrayBuffer>, route.status as 200, {
          'content-type': 'application/json',
        });
      }
      return route.status === 204 ? c.body(null, 204) : c.json(answer as object, route.status);
    });
  }

  for (const { path, app: facade } of doors.facades) app.route(path, facade);

  for (const [path, methods] of methodsByPath()) {
    app.all(path, (c) => {
      c.header('allow', methods.join(', '));
      throw new Refusal(
        405,
        'no-such-method',
        `${c.req.path} can't be asked with ${c.req.method}.`,
        `It knows ${methods.join(', ')}.`,
      );
    });
  }
  app.notFound((c) =>
    c.json(
      {
        error: {
          code: 'no-such-route',
          message: `There is no ${c.req.method} ${c.req.path}.`,
          hint: `GET ${API}/openapi.json lists what there is.`,
        },
      },
      404,
    ),
  );
  app.onError((error, c) => {
    const refusal = error instanceof Refusal ? error : asDiskFull(error);
    if (refusal !== null) {
      const { code, message, hint } = refusal;
      return c.json({ error: { code, message, ...(hint === undefined ? {} : { hint }) } }, refusal.status);
    }
    doors.log.error(`${c.req.method} ${c.req.path} failed`, error);
    return c.json(
      {
        error: {
          code: 'failed',
          message: 'The backend failed at this; nothing was changed.',
          hint: 'Its log, backend.log in the home, tells why.',
        },
      },
      503,
    );
  });
  return app;
}

/** The media type of a stream, which may depend on the format asked for. */
function streamType(stream: NonNullable<LooseRoute['stream']>, query: unknown): string {
  if (typeof stream === 'string') return stream;
  const { format } = z.object({ format: z.string() }).parse(query);
  const type = stream[format];
  if (type === undefined) throw new Error(`no media type for ${format}`);
  return type;
}

const pathOf = (route: LooseRoute): string => API + route.path.replace(/\{(\w+)\}/g, ':$1');

function methodsByPath(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const route of Object.values<LooseRoute>(routes)) {
    const methods = found.get(pathOf(route)) ?? [];
    methods.push(...(route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
    found.set(pathOf(route), methods);
  }
  return found;
}

function admit(
  doors: Doors,
  access: LooseRoute['access'],
  header: string | undefined,
  id: string | undefined,
): void {
  if (access === 'anyone') return;
  const given = /^Bearer (.+)$/.exec(header ?? '')?.[1];
  if (given !== undefined) {
    if (same(given, doors.token)) return;
    const own = access === 'execution' && id !== undefined ? doors.executionToken(id) : null;
    if (own !== null && same(given, own)) return;
  }
  throw new Refusal(
    401,
    'no-token',
    'This needs the token.',
    'It stands in server.json in the home; send it as "Authorization: Bearer ...".',
  );
}

function parse(place: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = [place === 'body' ? null : place, ...(issue?.path ?? [])]
    .filter((part) => part !== null)
    .join('.');
  throw new Refusal(
    400,
    'malformed',
    `${where === '' ? 'The body' : where}: ${issue?.message ?? 'not understood'}.`,
  );
}

/** A parameter given twice is read as a list with commas. */
function joined(queries: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(queries).map(([key, values]) => [key, values.join(',')]));
}

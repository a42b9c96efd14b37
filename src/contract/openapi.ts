/** The table of routes as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1). Its schemas are JSON Schema 2020-12. */
import * as z from 'zod';
import { API, execution, MOST_BYTES, routes, service, type RouteName } from './routes.ts';
import { ApiError } from './shapes.ts';

const FAILURES = {
  400: 'Malformed: the message names the field.',
  401: 'No token, or not the right one.',
  404: 'There is no such thing.',
  409: 'Not in this state.',
  413: 'The body is too large.',
  422: 'Understood, and refused.',
  429: 'Too many at once.',
  431: 'The address and the headers are too long.',
  503: 'The backend is ending, or a part of it failed.',
} as const;

/** Where an answer names an execution or a service, as a JSON Pointer: other routes lead on from there. */
const NAMED: { [N in RouteName]?: { execution?: string; service?: string } } = {
  submit: { execution: '/executionId', service: '/service/id' },
  getRun: { execution: '/executionId', service: '/service/id' },
  listRuns: { execution: '/runs/0/executionId', service: '/runs/0/service/id' },
  listServices: { service: '/services/0/id' },
  serviceExecutions: { execution: '/runs/0/executionId' },
};

/** @param version the backend's own */
export function openApi(version: string): Record<string, z.core.util.JSONType> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries(routes)) {
    const parts: Parameters = route;
    const failures = [
      400,
      ...(route.access === 'anyone' ? [] : [401 as const]),
      ...route.errors,
      413,
      431,
      503,
    ] as const;
    const operation = {
      operationId: name,
      summary: route.summary,
      ...(route.access === 'anyone' ? { security: [] } : {}),
      parameters: [
        ...parameters('path', parts.params),
        ...parameters('query', parts.query),
        ...parameters('header', parts.headers),
      ],
      ...(parts.body === undefined
        ? {}
        : {
            requestBody: {
              required: !parts.body.safeParse(undefined).success,
              description: `At most ${(parts.mostBytes ?? MOST_BYTES) / 2 ** 20} MiB.`,
              content: { 'application/json': { schema: schema(parts.body, 'input') } },
            },
          }),
      responses: {
        [route.status]: {
          description: route.summary,
          ...(parts.reply === undefined && parts.stream === undefined ? {} : content(parts)),
          ...links(NAMED[name as RouteName] ?? {}),
        },
        ...Object.fromEntries(
          failures.map((status) => [
            status,
            {
              description: FAILURES[status as keyof typeof FAILURES],
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
            },
          ]),
        ),
      },
    };
    (paths[API + route.path] ??= {})[route.method.toLowerCase()] = operation;
  }
  const document = {
    openapi: '3.1.1',
    info: { title: 'Trainyard', version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas: { Error: schema(ApiError, 'output') },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
  return z.record(z.string(), z.json()).parse(document);
}

interface Parameters {
  access: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType;
  mostBytes?: number;
  reply?: z.ZodType;
  stream?: string | Readonly<Record<string, string>>;
}

/** What success answers with, by media type. */
function content({ reply, stream = 'application/json' }: Parameters): object {
  const types = typeof stream === 'string' ? [stream] : Object.values(stream);
  const told = (type: string): unknown =>
    type === 'application/json' && reply !== undefined ? schema(reply, 'output') : { type: 'string' };
  return { content: Object.fromEntries(types.map((type) => [type, { schema: told(type) }])) };
}

function parameters(place: 'path' | 'query' | 'header', shape: z.ZodObject | undefined): object[] {
  if (shape === undefined) return [];
  return Object.entries(shape.shape).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !z.safeParse(field, undefined).success,
    // On the wire all is text; told is what it is read as, a list with commas between.
    schema: schema(field as z.ZodType, 'output'),
    ...(place === 'query' ? { explode: false } : {}),
  }));
}

function links(named: { execution?: string; service?: string }): { links?: object } {
  const found: [name: string, link: object][] = [];
  for (const [name, route] of Object.entries(routes)) {
    const { params }: Parameters = route;
    const place = params === execution ? named.execution : params === service ? named.service : undefined;
    if (place === undefined) continue;
    found.push([name, { operationId: name, parameters: { id: `$response.body#${place}` } }]);
  }
  return found.length === 0 ? {} : { links: Object.fromEntries(found) };
}

/** Inlined whole: the shapes are few, and none is recursive but free JSON, which is told as "any value". */
function schema(type: z.ZodType, io: 'input' | 'output'): unknown {
  const { $schema: _schema, $defs: _defs, ...json } = z.toJSONSchema(type, { io, unrepresentable: 'any' });
  return withoutReferences(json);
}

function withoutReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutReferences);
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value) return {};
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutReferences(part)]));
}

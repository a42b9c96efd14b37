/** The HTTP client, derived from the table of routes. Answers are parsed: what a caller gets is what the contract says. */
import axios, { AxiosError, type AxiosInstance, type AxiosResponse } from 'axios';
import type { Readable } from 'node:stream';
import { API, routes, type Asked, type Reply, type RouteName } from '../contract/routes.ts';
import { ApiError } from '../contract/shapes.ts';

/** Where a backend is and what opens it; as `<home>/server.json` has it. */
export interface Address {
  url: string;
  token: string;
}

/** What the backend answered, in its own words, or that it didn't. */
export class CallError extends Error {
  override readonly name = 'CallError';
  /** `unreachable` where nothing answered; else the code of the backend's error. */
  readonly code: string;
  readonly status: number | null;
  readonly hint: string | null;

  constructor(code: string, status: number | null, message: string, hint: string | null) {
    super(message);
    this.code = code;
    this.status = status;
    this.hint = hint;
  }

  get unreachable(): boolean {
    return this.code === 'unreachable';
  }
}

type Defined<T> = { [K in keyof T as T[K] extends undefined ? never : K]: T[K] };
/** What is handed in for a route: only the parts that it has, and those that may be empty may be left out. */
type Ask<N extends RouteName> = {
  [K in keyof Defined<Asked<N>> as object extends Defined<Asked<N>>[K] ? never : K]: Defined<Asked<N>>[K];
} & {
  [K in keyof Defined<Asked<N>> as object extends Defined<Asked<N>>[K] ? K : never]?: Defined<Asked<N>>[K];
} & { signal?: AbortSignal };

export interface Client {
  readonly address: Address;
  /** Calls a route that answers with JSON. Rejects with `CallError`. Deadline: 30 s. */
  call<N extends RouteName>(name: N, ask: Ask<N>): Promise<Reply<N>>;
  /** Opens a route that streams; the deadline holds for the first answer. */
  open<N extends 'events' | 'logs' | 'exportMetrics'>(name: N, ask: Ask<N>): Promise<Readable>;
}

interface LooseAsk {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  headers?: Record<string, unknown>;
  body?: unknown;
  signal?: AbortSignal;
}

export function createClient(address: Address): Client {
  const http: AxiosInstance = axios.create({
    baseURL: address.url + API,
    // Loopback never meets a company proxy.
    proxy: false,
    maxRedirects: 0,
    maxBodyLength: Infinity,
    headers: { authorization: `Bearer ${address.token}` },
    validateStatus: null,
  });

  async function send(name: RouteName, ask: LooseAsk, stream: boolean): Promise<AxiosResponse<unknown>> {
    const route = routes[name];
    const path = route.path.replace(/\{(\w+)\}/g, (_, key: string) =>
      encodeURIComponent(String(ask.params?.[key])),
    );
    const slow = new AbortController();
    const deadline = setTimeout(() => slow.abort(), 30_000);
    try {
      return await http.request<unknown>({
        method: route.method,
        url: path,
        params: Object.fromEntries(
          Object.entries(ask.query ?? {}).filter(([, value]) => value !== undefined),
        ),
        headers: Object.fromEntries(
          Object.entries(ask.headers ?? {}).map(([key, value]) => [key, String(value)]),
        ),
        ...(ask.body === undefined ? {} : { data: ask.body }),
        responseType: stream ? 'stream' : 'json',
        signal: ask.signal === undefined ? slow.signal : AbortSignal.any([ask.signal, slow.signal]),
      });
    } catch (error) {
      if (ask.signal?.aborted === true) throw error;
      const why = error instanceof AxiosError ? (error.code ?? error.message) : String(error);
      throw new CallError(
        'unreachable',
        null,
        `The backend at ${address.url} doesn't answer (${why}).`,
        'Restart it.',
      );
    } finally {
      clearTimeout(deadline);
    }
  }

  return {
    address,
    async call(name, ask) {
      const answer = await send(name, ask, false);
      if (answer.status >= 400) throw refusal(answer.status, answer.data);
      const route = routes[name];
      // The one place where a parsed answer gets the type that its route derives: the schema just checked it.
      return ('reply' in route ? route.reply.parse(answer.data) : undefined) as Reply<typeof name>;
    },
    async open(name, ask) {
      const answer = await send(name, ask, true);
      const stream = answer.data as Readable;
      if (answer.status >= 400) throw refusal(answer.status, JSON.parse(await textOf(stream)));
      return stream;
    },
  };
}

function refusal(status: number, body: unknown): CallError {
  const parsed = ApiError.safeParse(body);
  if (!parsed.success) return new CallError('unexpected', status, `The backend answered ${status}.`, null);
  const { code, message, hint } = parsed.data.error;
  return new CallError(code, status, message, hint ?? null);
}

async function textOf(stream: Readable): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts).toString('utf8');
}

/**
 * The event stream, `GET /api/v1/events`. Each event has a sequence number as its `id`; a client that comes back with
 * `Last-Event-ID` gets what changed since, each thing once and as it is now. Where the log no longer reaches back that far the first
 * event is `reset`: list everything again.
 */
import * as z from 'zod';
import { Run, Service } from './shapes.ts';

export const Event = z.discriminatedUnion('event', [
  /** Sent first on every connection: the stream stands, and is at this number. */
  z.object({ event: z.literal('ready'), data: z.object({ seq: z.int() }) }),
  z.object({ event: z.literal('reset'), data: z.object({ seq: z.int() }) }),
  z.object({ event: z.literal('run'), data: Run }),
  z.object({ event: z.literal('service'), data: Service }),
  z.object({ event: z.literal('removed'), data: z.object({ executionId: z.string() }) }),
]);
export type Event = z.output<typeof Event>;

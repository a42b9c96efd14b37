/** The host of a service's page, and what the page keeps for itself. */
import * as z from 'zod';
import { serviceCalls, ServiceSubject, ServiceTab, ToService } from '../../src/contract/pages/service.ts';
import { Settings } from '../../src/contract/shapes.ts';
import { connectHost, type Host } from '../host.ts';
import { TableOwn } from '../table/table.ts';

const Typed = z.union([z.string(), z.boolean(), z.array(z.tuple([z.string(), z.string()]))]);

export const Own = z.object({
  tab: ServiceTab,
  table: TableOwn,
  /** Settings that were typed and not saved. */
  draft: z.array(z.tuple([Settings.keyof(), Typed])),
});
export type Own = z.output<typeof Own>;

export type ServiceHost = Host<ServiceSubject, ToService, Own, typeof serviceCalls>;

export const connectService = (): ServiceHost =>
  connectHost({ subject: ServiceSubject, hears: ToService, own: Own, calls: serviceCalls });

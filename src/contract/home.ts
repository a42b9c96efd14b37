import * as z from 'zod';

/** `<home>/server.json`, mode 0600, there while a backend runs. */
export const ServerFile = z.object({
  url: z.string(),
  token: z.string(),
  pid: z.int(),
  version: z.string(),
  host: z.string(),
});
export type ServerFile = z.output<typeof ServerFile>;

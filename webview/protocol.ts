/** The panel's end of the conversation with its host: what comes in is parsed, what goes out is typed. */
// First of all: it says how schemas are made.
// oxlint-disable-next-line import/no-unassigned-import
import './jitless.ts';
import * as z from 'zod';
import { FromExplore, ToExplore } from '../src/contract/panel.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const Extent = z.tuple([z.number(), z.number()]);

/** What outlives a reload of the window. The host needs `executionIds` alone. */
const Saved = z.object({
  executionIds: z.array(z.string()).min(1),
  /** Windows on x by what x counts, and on y by figure. */
  windows: z.record(z.string(), Extent).default({}),
  heights: z.record(z.string(), Extent).default({}),
  scroll: z.number().default(0),
});
export type Saved = z.output<typeof Saved>;

export interface Host {
  post(message: FromExplore): void;
  saved(): Saved | null;
  save(state: Saved): void;
}

/** Can be called once in the life of a page. Speaks up for itself: `hear` gets no message before `ready` went out. */
export function connectHost(hear: (message: ToExplore) => void): Host {
  const api = acquireVsCodeApi();
  // VS Code's own function of this name: it has one receiver.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  const post = (message: FromExplore): void => api.postMessage(message);
  addEventListener('message', (event: MessageEvent<unknown>) => {
    const parsed = ToExplore.safeParse(event.data);
    if (parsed.success) hear(parsed.data);
    else post({ type: 'failed', message: `A message could not be read: ${z.prettifyError(parsed.error)}` });
  });
  return {
    post,
    saved: () => Saved.safeParse(api.getState()).data ?? null,
    save: (state) => api.setState(state),
  };
}

/** As the host writes them into the page. */
export const executionIdsOf = (attribute: string | undefined): string[] =>
  z.array(z.string()).parse(JSON.parse(attribute ?? '[]'));

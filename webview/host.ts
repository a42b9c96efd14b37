/** A page's end of the conversation with its host: what comes in is parsed, what goes out is typed, every call ends. */
// First of all: it says how schemas are made.
// oxlint-disable-next-line import/no-unassigned-import
import './jitless.ts';
import * as l10n from '@vscode/l10n';
import * as z from 'zod';
import {
  Kept,
  ToAnyPage,
  type Ask,
  type CallTable,
  type FromPage,
  type Remedy,
  type Reply,
  type Trouble,
} from '../src/contract/pages/page.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** Longer than any call of the host's own may take. */
const DEADLINE_MS = 45_000;

export interface HostParts<Subject, To, Own, Calls extends CallTable> {
  subject: z.ZodType<Subject>;
  hears: z.ZodType<To>;
  /** What the page keeps for itself over a reload. */
  own: z.ZodType<Own>;
  calls: Calls;
}

export interface Host<Subject, To, Own, Calls extends CallTable> {
  /** As the host wrote it into the page. */
  readonly subject: Subject;
  saved(): Own | null;
  save(own: Own): void;
  /** Rejects with words for a person. */
  call<N extends keyof Calls & string>(name: N, ask: Ask<Calls, N>): Promise<Reply<Calls, N>>;
  remedy(remedy: Remedy): void;
  /** Something of the page itself broke; the log has it. */
  failed(error: unknown): void;
  /** From now on the page hears its host. Called once, when it is able to. */
  begin(hear: (message: To | Trouble) => void): void;
}

/** Can be called once in the life of a page. */
export function connectHost<Subject, To, Own, Calls extends CallTable>(
  parts: HostParts<Subject, To, Own, Calls>,
): Host<Subject, To, Own, Calls> {
  const api = acquireVsCodeApi();
  // VS Code's own function of this name: it has one receiver.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  const post = (message: FromPage): void => api.postMessage(message);
  const failed = (error: unknown): void =>
    post({
      type: 'failed',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  const subject = parts.subject.parse(JSON.parse(document.body.dataset['subject'] ?? 'null'));
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let calls = 0;

  type Outcome = Extract<ToAnyPage, { type: 'answer' }>['outcome'];

  function take(data: unknown, hear: (message: To | Trouble) => void): void {
    const common = ToAnyPage.safeParse(data);
    if (common.success) {
      if (common.data.type === 'trouble') return hear(common.data);
      return waiting.get(common.data.id)?.(common.data.outcome);
    }
    const own = parts.hears.safeParse(data);
    if (own.success) hear(own.data);
    else failed(`A message could not be read: ${z.prettifyError(own.error)}`);
  }

  const host: Host<Subject, To, Own, Calls> = {
    subject,
    saved: () => parts.own.safeParse(Kept.safeParse(api.getState()).data?.own).data ?? null,
    save: (own) => api.setState({ subject, own }),
    call: (name, ask) =>
      new Promise((resolve, reject) => {
        const id = ++calls;
        const late = setTimeout(() => {
          settle({
            err: { message: l10n.t('The editor did not answer in time. Try again; the log may tell why.') },
          });
        }, DEADLINE_MS);
        const settle = (outcome: Outcome): void => {
          clearTimeout(late);
          waiting.delete(id);
          if ('err' in outcome) return reject(new Error(outcome.err.message));
          const reply = parts.calls[name]?.reply.safeParse(outcome.ok);
          if (reply?.success === true) resolve(reply.data as Reply<Calls, typeof name>);
          else reject(new Error(`The answer to "${name}" could not be read.`));
        };
        waiting.set(id, settle);
        post({ type: 'call', id, name, ask });
      }),
    remedy: (remedy) => post({ type: 'remedy', remedy }),
    failed,
    begin: (hear) => {
      addEventListener('message', (event: MessageEvent<unknown>) => take(event.data, hear));
      post({ type: 'ready' });
    },
  };
  addEventListener('error', (event) => failed(event.error ?? event.message));
  addEventListener('unhandledrejection', (event) => failed(event.reason));
  return host;
}

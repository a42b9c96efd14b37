/** What a person is told of, once each, and of nothing that was so before the window opened. Pure. */
import type { FigureHints } from '../../contract/figures.ts';
import type { Run, Service } from '../../contract/shapes.ts';
import { duration, figureText, mainLine, nameOf, shortFigure } from '../../client/words.ts';
import type { CommandId } from '../commands/list.ts';
import type { Silent } from './silence.ts';

/** The keys of the setting `trainyard.notifications`. */
export const NOTICE_KINDS = ['failed', 'aborted', 'service', 'done', 'silent'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** From here on an end is news to whoever has gone on with something else, in milliseconds. */
const LONG_MS = 5 * 60_000;

export interface Notice {
  kind: NoticeKind;
  /** What it is about: "shapes-small v3". */
  name: string;
  text: string;
  actions: { command: CommandId; argument: string }[];
}

export class Notices {
  /** ISO 8601. */
  readonly #openedAt: string;
  /** Attempts whose end was told of. */
  readonly #told = new Set<string>();
  /** Services that fail, told of or not. */
  readonly #failing = new Set<string>();

  constructor(openedAt: Date) {
    this.#openedAt = openedAt.toISOString();
  }

  ofRun(run: Run, hints: FigureHints): Notice | null {
    if (run.endedAt === null || run.endedAt <= this.#openedAt) return null;
    const notice = endOf(run, hints);
    const key = `${run.executionId}/${run.attempt}`;
    if (notice === null || this.#told.has(key)) return null;
    this.#told.add(key);
    return notice;
  }

  /** A service that goes on failing, for whatever reasons, is one piece of news. */
  ofService(service: Service): Notice | null {
    const { id, name, diagnosis } = service;
    if (service.health !== 'failing' || diagnosis === null) {
      this.#failing.delete(id);
      return null;
    }
    if (this.#failing.has(id)) return null;
    this.#failing.add(id);
    if (diagnosis.since <= this.#openedAt) return null;
    return {
      kind: 'service',
      name,
      text: `${name} can't train (${diagnosis.code}). ${firstLine(diagnosis.message)}`,
      actions: [
        { command: 'trainyard.showServiceExecutions', argument: id },
        { command: 'trainyard.retryNow', argument: id },
      ],
    };
  }
}

function endOf(run: Run, hints: FigureHints): Notice | null {
  const name = nameOf(run);
  const argument = run.executionId;
  const why = run.reason === null ? '.' : `: ${firstLine(run.reason)}`;
  const afterTrouble: Notice['actions'] = [
    { command: 'trainyard.showLogs', argument },
    { command: 'trainyard.rerunTraining', argument },
  ];
  if (run.status === 'Failed')
    return { kind: 'failed', name, text: `${name} failed${why}`, actions: afterTrouble };
  if (run.status === 'Aborted')
    return { kind: 'aborted', name, text: `${name} stopped unexpectedly${why}`, actions: afterTrouble };
  if (run.status !== 'Success' || (run.durationMs ?? 0) < LONG_MS) return null;
  const best = mainLine(run, hints);
  const metric = best === null ? '' : `: ${shortFigure(best.figure)} ${figureText(best.best ?? best.last)}`;
  return {
    kind: 'done',
    name,
    text: `${name} is done after ${duration(run.durationMs ?? 0)}${metric}.`,
    actions: [{ command: 'trainyard.exploreMetrics', argument }],
  };
}

export function silentNotice({ run, quietMs, usualMs }: Silent): Notice {
  const name = nameOf(run);
  const usual = usualMs < 1000 ? 'every second or more often' : `every ${duration(usualMs)}`;
  return {
    kind: 'silent',
    name,
    text: `${name} has logged nothing for ${duration(quietMs)}; it usually does ${usual}.`,
    actions: [
      { command: 'trainyard.showLogs', argument: run.executionId },
      { command: 'trainyard.abortTraining', argument: run.executionId },
    ],
  };
}

const TOGETHER: Readonly<Record<NoticeKind, string>> = {
  failed: 'trainings failed',
  aborted: 'trainings stopped unexpectedly',
  service: "services can't train",
  done: 'trainings are done',
  silent: 'trainings have fallen silent',
};

/** A message: without actions it is about several things, and the view tells which. */
export type Message = Omit<Notice, 'name'>;

/** What came at once, as few messages: of each kind one, which names up to three. */
export function gather(notices: readonly Notice[]): Message[] {
  return NOTICE_KINDS.flatMap((kind): Message[] => {
    const own = notices.filter((notice) => notice.kind === kind);
    const [only] = own;
    if (only === undefined) return [];
    if (own.length === 1) return [{ kind, text: only.text, actions: only.actions }];
    const names = own.slice(0, 3).map(({ name }) => name);
    const more = own.length > names.length ? ` and ${own.length - names.length} more` : '';
    return [{ kind, text: `${own.length} ${TOGETHER[kind]}: ${names.join(', ')}${more}.`, actions: [] }];
  });
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

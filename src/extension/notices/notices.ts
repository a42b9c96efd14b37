/** What a person is told of, once each, and of nothing that was so before the window opened. Pure. */
import * as l10n from '@vscode/l10n';
import { actionsFor } from '../../contract/status.ts';
import type { FigureHints } from '../../contract/figures.ts';
import type { Diagnosis, Run, Service } from '../../contract/shapes.ts';
import { duration, figureText, mainLine, nameOf, shortFigure } from '../../client/words.ts';
import type { DiagnosisRemedy } from '../../contract/pages/diagnosis.ts';
import type { CommandId } from '../commands/list.ts';
import { dialogRemedies, remediesFor } from '../runs/remedies.ts';
import type { Silent } from './silence.ts';

/** The keys of the setting `trainyard.notifications`. */
export const NOTICE_KINDS = ['failed', 'aborted', 'service', 'done', 'silent'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** From here on an end is news to whoever has gone on with something else, in milliseconds. */
const LONG_MS = 5 * 60_000;

/** What a button does: a command on a run, or a remedy for a service. */
export type NoticeAction =
  { command: CommandId; argument: string } | { remedy: DiagnosisRemedy; serviceId: string };

/** A message has room for so many buttons. */
const BUTTONS = 2;

export interface Notice {
  kind: NoticeKind;
  /** What it is about: "shapes-small v3". */
  name: string;
  text: string;
  actions: NoticeAction[];
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
      text: `${l10n.t("{0} can't train ({1}).", name, diagnosis.code)} ${firstLine(diagnosis.message)}`,
      actions: mainRemedies(service, diagnosis).map((remedy) => ({ remedy, serviceId: id })),
    };
  }
}

/** The likeliest, and the one that leads on. */
function mainRemedies(service: Service, diagnosis: Diagnosis): DiagnosisRemedy[] {
  const remedies = dialogRemedies(remediesFor(null, diagnosis, service));
  return [...remedies.slice(0, BUTTONS - 1), ...remedies.slice(-1)];
}

function endOf(run: Run, hints: FigureHints): Notice | null {
  const name = nameOf(run);
  const argument = run.executionId;
  const why = run.reason === null ? null : firstLine(run.reason);
  const afterTrouble: Notice['actions'] = [
    ...(run.origin === 'trained' ? [{ command: 'trainyard.showLogs' as const, argument }] : []),
    ...(actionsFor(run).rerun ? [{ command: 'trainyard.rerunTraining' as const, argument }] : []),
    ...(run.origin === 'trained' ? [] : [{ command: 'trainyard.showModel' as const, argument }]),
  ];
  if (run.status === 'Failed') {
    const text = why === null ? l10n.t('{0} failed.', name) : l10n.t('{0} failed: {1}', name, why);
    return { kind: 'failed', name, text, actions: afterTrouble };
  }
  if (run.status === 'Aborted') {
    const text =
      why === null
        ? l10n.t('{0} stopped unexpectedly.', name)
        : l10n.t('{0} stopped unexpectedly: {1}', name, why);
    return { kind: 'aborted', name, text, actions: afterTrouble };
  }
  if (run.status !== 'Success' || (run.durationMs ?? 0) < LONG_MS) return null;
  const best = mainLine(run, hints);
  const metric = best === null ? null : `${shortFigure(best.figure)} ${figureText(best.best ?? best.last)}`;
  const took = duration(run.durationMs ?? 0);
  return {
    kind: 'done',
    name,
    text:
      metric === null
        ? l10n.t('{0} is done after {1}.', name, took)
        : l10n.t('{0} is done after {1}: {2}.', name, took, metric),
    actions: [{ command: 'trainyard.exploreMetrics', argument }],
  };
}

export function silentNotice({ run, quietMs, usualMs }: Silent): Notice {
  const name = nameOf(run);
  const quiet = duration(quietMs);
  return {
    kind: 'silent',
    name,
    text:
      usualMs < 1000
        ? l10n.t('{0} has logged nothing for {1}; it usually does every second or more often.', name, quiet)
        : l10n.t(
            '{0} has logged nothing for {1}; it usually does every {2}.',
            name,
            quiet,
            duration(usualMs),
          ),
    actions: [
      {
        command: run.origin === 'trained' ? 'trainyard.showLogs' : 'trainyard.exploreMetrics',
        argument: run.executionId,
      },
      ...(actionsFor(run).abort
        ? [{ command: 'trainyard.abortTraining' as const, argument: run.executionId }]
        : []),
    ],
  };
}

function together(kind: NoticeKind, n: number, names: string): string {
  switch (kind) {
    case 'failed':
      return l10n.t('{0} trainings failed: {1}.', n, names);
    case 'aborted':
      return l10n.t('{0} trainings stopped unexpectedly: {1}.', n, names);
    case 'service':
      return l10n.t("{0} services can't train: {1}.", n, names);
    case 'done':
      return l10n.t('{0} trainings are done: {1}.', n, names);
    case 'silent':
      return l10n.t('{0} trainings have fallen silent: {1}.', n, names);
    default:
      return kind satisfies never;
  }
}

/** A message: without actions it is about several things, and the view tells which. */
export type Message = Omit<Notice, 'name'>;

/** What came at once, as few messages: of each kind one, which names up to three. */
export function gather(notices: readonly Notice[]): Message[] {
  return NOTICE_KINDS.flatMap((kind): Message[] => {
    const own = notices.filter((notice) => notice.kind === kind);
    const [only] = own;
    if (only === undefined) return [];
    if (own.length === 1) return [{ kind, text: only.text, actions: only.actions }];
    const first = own.slice(0, 3).map(({ name }) => name);
    const more = own.length - first.length;
    const names = more > 0 ? l10n.t('{0} and {1} more', first.join(', '), more) : first.join(', ');
    return [{ kind, text: together(kind, own.length, names), actions: [] }];
  });
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** The tab Overview: what the version differs in from the one before, what it ran, where it ran, and what happened to it. */
import type { Difference, ToModel } from '../../src/contract/pages/model.ts';
import type { Ran } from '../../src/contract/ran.ts';
import type { RunDetail } from '../../src/contract/shapes.ts';
import { isOver } from '../../src/contract/status.ts';
import { bytesText } from '../../src/contract/words.ts';
import { ring } from '../ui/controls.ts';
import { element } from '../ui/dom.ts';
import { link } from '../ui/link.ts';
import { statusClass, statusIcon } from '../ui/status.ts';
import { exactTimeText, sentence, timeText } from '../ui/words.ts';

type Told = Extract<ToModel, { type: 'overview' }>;

export interface OverviewActions {
  showVersion(executionId: string): void;
  showPatch(): void;
  openPlace(file: string, line: number | null): void;
  revealOutput(attempt: number): void;
  copy(what: 'copyModelId' | 'copyExecutionId'): void;
}

type Fact = readonly [name: string, ...value: (Node | string)[]];

export class Overview {
  readonly element = element('div', { class: 'overview' });
  readonly #actions: OverviewActions;
  #shown = '';

  constructor(actions: OverviewActions) {
    this.#actions = actions;
    this.element.append(element('p', { class: 'loading', role: 'status' }, ring(), 'Loading what it ran…'));
  }

  update(told: Told): void {
    // What is looked at isn't drawn again for nothing: a list that was opened stays open.
    const shown = JSON.stringify(told);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const open = new Set([...this.element.querySelectorAll('details[open]')].map(({ id }) => id));
    const { detail } = told;
    this.element.replaceChildren(
      section('differs', differsTitle(told), ...this.#differs(told)),
      section('ran', 'What it ran', ...this.#ran(detail)),
      section('configuration', 'Configuration', config(detail)),
      section('history', 'History', history(detail)),
      section('identity', 'Identity and files', facts(this.#identity(told))),
    );
    for (const id of open) this.element.querySelector(`#${id}`)?.setAttribute('open', '');
  }

  #differs({ before, detail }: Told): HTMLElement[] {
    if (before === null) {
      const words =
        detail.model.version === 1 ? 'This is the first version.' : 'No version before this one is kept.';
      return [element('p', { class: 'faint' }, words)];
    }
    const { differences, executionId, version } = before;
    const other = link(`v${version}`, () => this.#actions.showVersion(executionId));
    if (differences.length === 0) return [element('p', {}, 'The same as ', other, '.')];
    return [differencesTable(differences, other, detail.model.version)];
  }

  #ran(detail: RunDetail): HTMLElement[] {
    const { ran } = detail;
    const train: Fact[] =
      detail.train === null
        ? [['Command', element('code', {}, (detail.command ?? []).join(' '))]]
        : [['Train function', this.#trainLink(detail.train)]];
    const dataset: Fact[] =
      detail.dataset === null ? [] : [['Dataset', ...datasetWords(detail.dataset, ran)]];
    if (ran === null) {
      const noted = isOver(detail.status)
        ? 'Code, packages and machine were not noted: it ended before they could be.'
        : 'Code, packages and machine are noted when it starts.';
      return [
        facts([...train, ...dataset, ['Interpreter', element('code', {}, detail.python)]]),
        element('p', { class: 'faint' }, noted),
      ];
    }
    const older =
      ran.attempt < detail.attempt ? [element('p', { class: 'faint' }, `As of attempt ${ran.attempt}.`)] : [];
    return [
      ...older,
      facts([...train, ...this.#code(ran), ...dataset, ...python(ran, detail.python), ...machine(ran)]),
      ...packages(ran),
      ...ran.notes.map((note) => element('p', { class: 'faint' }, note)),
    ];
  }

  #trainLink(train: string): HTMLElement {
    const file = train.slice(0, train.lastIndexOf(':'));
    return link(train, () => this.#actions.openPlace(file, null), { title: `Open ${file}` });
  }

  #code({ code }: Ran): Fact[] {
    if (code === null) return [['Code', element('span', { class: 'faint' }, 'not in a git repository')]];
    const commit =
      code.commit === null
        ? 'no commit yet'
        : element('code', { title: code.commit }, code.commit.slice(0, 10));
    const branch = code.branch === null ? [] : [' on ', element('code', {}, code.branch)];
    const remote = code.remote === null ? [] : [element('span', { class: 'faint' }, `, ${code.remote}`)];
    const changes =
      code.patchBytes === 0
        ? element('span', { class: 'faint' }, 'none')
        : link(`${bytesText(code.patchBytes)} of changes`, () => this.#actions.showPatch(), {
            title: 'Show the difference',
          });
    const untracked = code.untracked ?? [];
    return [
      ['Commit', commit, ...branch, ...remote],
      ['Uncommitted', changes],
      ...(untracked.length === 0
        ? []
        : [['Untracked', `${untracked.join(', ')}${code.untrackedCut ? ' and more' : ''}`] as const]),
    ];
  }

  #identity({ detail, canReveal }: Told): Fact[] {
    const copy = (what: 'copyModelId' | 'copyExecutionId', name: string): HTMLElement => {
      const made = link('Copy', () => this.#actions.copy(what));
      made.setAttribute('aria-label', `Copy ${name}`);
      return made;
    };
    return [
      ['Model ID', element('code', {}, detail.model.id), ' ', copy('copyModelId', 'Model ID')],
      ['Execution ID', element('code', {}, detail.executionId), ' ', copy('copyExecutionId', 'Execution ID')],
      ['Project', element('code', {}, detail.project)],
      [
        'Output folder',
        element('code', {}, detail.outputDir),
        ' ',
        link(canReveal ? 'Reveal' : 'Copy Path', () => this.#actions.revealOutput(detail.attempt)),
      ],
    ];
  }
}

function section(id: string, title: string, ...content: readonly HTMLElement[]): HTMLElement {
  const heading = element('h2', { id: `of-${id}` }, title);
  return element('section', { 'aria-labelledby': `of-${id}` }, heading, ...content);
}

const differsTitle = ({ before }: Told): string =>
  before === null ? 'What differs' : `What differs from v${before.version}`;

function facts(rows: readonly Fact[]): HTMLElement {
  return element(
    'dl',
    { class: 'fact-list' },
    ...rows.flatMap(([name, ...value]) => [element('dt', {}, name), element('dd', {}, ...value)]),
  );
}

function table(name: string, head: readonly (Node | string)[], rows: readonly HTMLElement[]): HTMLElement {
  return element(
    'table',
    { 'aria-label': name },
    element('thead', {}, element('tr', {}, ...head.map((title) => element('th', { scope: 'col' }, title)))),
    element('tbody', {}, ...rows),
  );
}

function differencesTable(
  differences: readonly Difference[],
  before: HTMLElement,
  version: number,
): HTMLElement {
  const value = (text: string | null): HTMLElement =>
    text === null
      ? element('td', { class: 'faint' }, 'none')
      : element('td', {}, element('span', { class: 'value' }, text));
  const rows = differences.map((one) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, element('span', { class: 'faint' }, `${one.group} `), one.name),
      value(one.before),
      value(one.now),
    ),
  );
  return table('Differences', ['What', before, `v${version}`], rows);
}

function datasetWords(dataset: string, ran: Ran | null): (Node | string)[] {
  const path = element('code', {}, dataset);
  const counted = ran?.dataset ?? null;
  if (counted === null) return [path];
  if (counted.files === null)
    return [path, element('span', { class: 'faint' }, ', not found on this machine')];
  const files = `${counted.cut ? 'more than ' : ''}${counted.files.toLocaleString('en')} ${counted.files === 1 ? 'file' : 'files'}`;
  return [path, `, ${files}, ${bytesText(counted.bytes ?? 0)}`];
}

function python(ran: Ran, asked: string): Fact[] {
  if (ran.python === null) return [['Interpreter', element('code', {}, asked)]];
  const { executable, implementation, version } = ran.python;
  return [['Interpreter', `${implementation} ${version}, `, element('code', {}, executable)]];
}

function packages(ran: Ran): HTMLElement[] {
  const all = Object.entries(ran.python?.packages ?? {});
  if (all.length === 0) return [];
  const shown = all.toSorted(([a], [b]) => a.localeCompare(b));
  return [
    element(
      'details',
      { id: 'packages' },
      element('summary', {}, `${all.length} ${all.length === 1 ? 'package' : 'packages'}`),
      element(
        'ul',
        { class: 'packages' },
        ...shown.map(([name, version]) =>
          element('li', {}, `${name} `, element('span', { class: 'faint' }, version)),
        ),
      ),
    ),
  ];
}

function machine({ machine: it }: Ran): Fact[] {
  return [
    ['Machine', `${it.host}, ${it.os}`],
    [
      'Processor',
      `${it.cpu}, ${it.cores} ${it.cores === 1 ? 'core' : 'cores'}, ${bytesText(it.memoryBytes)} of memory`,
    ],
    ['GPUs', it.gpus.length === 0 ? 'none' : it.gpus.map(({ name }) => name).join(', ')],
  ];
}

function config({ config: values }: RunDetail): HTMLElement {
  const entries = Object.entries(values);
  if (entries.length === 0) return element('p', { class: 'faint' }, 'Nothing is configured.');
  return facts(
    entries.map(([key, value]) => [
      key,
      element('code', {}, typeof value === 'string' ? value : JSON.stringify(value)),
    ]),
  );
}

/** Why a status came, where nobody gave a reason. */
const CAUSE_WORDS: Readonly<Record<string, string>> = {
  submitted: 'It was submitted.',
  ready: 'It started: its code is loaded.',
  succeeded: 'It ran to its end.',
  'abort asked': 'It was asked to stop.',
  stopped: 'It was aborted, and nothing of it is left.',
  'rerun asked': 'It was asked to run again.',
};

function history({ history: entries, attempt }: RunDetail): HTMLElement {
  const several = attempt > 1;
  const rows = entries
    .toReversed()
    .map((entry) =>
      element(
        'tr',
        {},
        element('td', { class: 'when', title: exactTimeText(entry.at) }, timeText(entry.at)),
        ...(several ? [element('td', {}, String(entry.attempt))] : []),
        element(
          'td',
          {},
          element(
            'span',
            { class: `status still ${statusClass(entry.status)}` },
            statusIcon(entry.status),
            entry.status,
          ),
        ),
        element(
          'td',
          {},
          element(
            'span',
            { class: 'said' },
            sentence(entry.reason ?? CAUSE_WORDS[entry.cause] ?? entry.cause),
          ),
        ),
      ),
    );
  return table('History', ['When', ...(several ? ['Attempt'] : []), 'Status', 'Why'], rows);
}

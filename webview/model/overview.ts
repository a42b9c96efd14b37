/** The tab Overview: what the version differs in from the one before, what it ran, where it ran, and what happened to it. */
import * as l10n from '@vscode/l10n';
import type { Difference, ToModel } from '../../src/contract/pages/model.ts';
import type { Ran } from '../../src/contract/ran.ts';
import type { RunDetail, RunName } from '../../src/contract/shapes.ts';
import { isOver } from '../../src/contract/status.ts';
import { bytesText } from '../../src/contract/words.ts';
import { ring } from '../ui/controls.ts';
import { around, element } from '../ui/dom.ts';
import { link } from '../ui/link.ts';
import { exactTimeText, timeText } from '../ui/words.ts';
import { facts, section, table, type Fact } from './facts.ts';
import { history } from './history.ts';

type Told = Extract<ToModel, { type: 'overview' }>;

export interface OverviewActions {
  showRun(executionId: string): void;
  showPatch(): void;
  openPlace(file: string, line: number | null): void;
  revealOutput(attempt: number): void;
  copy(what: 'copyModelId' | 'copyExecutionId'): void;
}

export class Overview {
  readonly element = element('div', { class: 'overview' });
  readonly #actions: OverviewActions;
  #shown = '';

  constructor(actions: OverviewActions) {
    this.#actions = actions;
    this.element.append(
      element('p', { class: 'loading', role: 'status' }, ring(), l10n.t('Loading what it ran…')),
    );
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
      detail.origin === 'trained'
        ? section('ran', l10n.t('What it ran'), ...this.#ran(detail))
        : section('origin', l10n.t('Where it came from'), ...origin(detail)),
      ...(detail.origin === 'trained' || Object.keys(detail.config).length > 0
        ? [
            section(
              'configuration',
              detail.origin === 'trained' ? l10n.t('Configuration') : l10n.t('Parameters'),
              config(detail),
            ),
          ]
        : []),
      ...this.#mlflow(detail),
      section('history', l10n.t('History'), history(detail)),
      section('identity', l10n.t('Identity and files'), facts(this.#identity(told))),
    );
    for (const id of open) this.element.querySelector(`#${id}`)?.setAttribute('open', '');
  }

  #differs({ before, detail }: Told): HTMLElement[] {
    if (before === null) {
      const words =
        detail.model.version === 1
          ? l10n.t('This is the first version.')
          : l10n.t('No version before this one is kept.');
      return [element('p', { class: 'faint' }, words)];
    }
    const { differences, executionId, version } = before;
    const other = link(`v${version}`, () => this.#actions.showRun(executionId));
    if (differences.length === 0) return [element('p', {}, ...around(l10n.t('The same as {0}.'), other))];
    return [differencesTable(differences, other, detail.model.version)];
  }

  /** What it logged through MLflow beside figures. */
  #mlflow({ mlflow: told, origin: from }: RunDetail): HTMLElement[] {
    if (told === null) return [];
    const { experiment, params, tags, parent, nested } = told;
    const { note, source, user } = MLFLOW_TAGS;
    const known = (name: string, tag: string): Fact[] => (tags[tag] === undefined ? [] : [[name, tags[tag]]]);
    const rows = (values: readonly [string, string][]): Fact[] =>
      values.map(([key, value]) => [key, element('code', {}, value)]);
    const run = ({ executionId, name, version }: RunName): HTMLElement =>
      link(`${name} v${version}`, () => this.#actions.showRun(executionId));
    const own = Object.entries(tags).filter(([key]) => !/^(mlflow|trainyard)\./.test(key));
    const apart = (i: number): string[] => (i === 0 ? [] : [', ']);
    return [
      section(
        'mlflow',
        'MLflow',
        facts([
          [l10n.t('Experiment'), experiment],
          ...(parent === null ? [] : [[l10n.t('Nested in'), run(parent)] as const]),
          ...(nested.length === 0
            ? []
            : [[l10n.t('Nested runs'), ...nested.flatMap((one, i) => [...apart(i), run(one)])] as const]),
          ...known(l10n.t('Note'), note),
          ...known(l10n.t('Source'), source),
          ...known(l10n.t('User'), user),
        ]),
      ),
      // Of what wasn't trained here they are its configuration.
      ...(Object.keys(params).length === 0 || from !== 'trained'
        ? []
        : [section('params', l10n.t('Parameters'), facts(rows(Object.entries(params))))]),
      ...(own.length === 0 ? [] : [section('tags', l10n.t('Tags'), facts(rows(own)))]),
    ];
  }

  #ran(detail: RunDetail): HTMLElement[] {
    const { ran } = detail;
    const train: Fact[] =
      detail.train === null
        ? [[l10n.t('Command'), element('code', {}, (detail.command ?? []).join(' '))]]
        : [[l10n.t('Train function'), this.#trainLink(detail.train)]];
    const dataset: Fact[] =
      detail.dataset === null ? [] : [[l10n.t('Dataset'), ...datasetWords(detail.dataset, ran)]];
    if (ran === null) {
      const noted = isOver(detail.status)
        ? l10n.t('Code, packages and machine were not noted: it ended before they could be.')
        : l10n.t('Code, packages and machine are noted when it starts.');
      return [
        facts([...train, ...dataset, [l10n.t('Interpreter'), element('code', {}, detail.python)]]),
        element('p', { class: 'faint' }, noted),
      ];
    }
    const older =
      ran.attempt < detail.attempt
        ? [element('p', { class: 'faint' }, l10n.t('As of attempt {0}.', ran.attempt))]
        : [];
    return [
      ...older,
      facts([...train, ...this.#code(ran), ...dataset, ...python(ran, detail.python), ...machine(ran)]),
      ...packages(ran),
      ...ran.notes.map((note) => element('p', { class: 'faint' }, note)),
    ];
  }

  #trainLink(train: string): HTMLElement {
    const file = train.slice(0, train.lastIndexOf(':'));
    return link(train, () => this.#actions.openPlace(file, null), { title: l10n.t('Open {0}', file) });
  }

  #code({ code }: Ran): Fact[] {
    if (code === null)
      return [[l10n.t('Code'), element('span', { class: 'faint' }, l10n.t('not in a git repository'))]];
    const commit =
      code.commit === null
        ? l10n.t('no commit yet')
        : element('code', { title: code.commit }, code.commit.slice(0, 10));
    const branch = code.branch === null ? [] : [` ${l10n.t('on')} `, element('code', {}, code.branch)];
    const remote = code.remote === null ? [] : [element('span', { class: 'faint' }, `, ${code.remote}`)];
    const changes =
      code.patchBytes === 0
        ? element('span', { class: 'faint' }, l10n.t('none'))
        : link(l10n.t('{0} of changes', bytesText(code.patchBytes)), () => this.#actions.showPatch(), {
            title: l10n.t('Show the difference'),
          });
    const untracked = code.untracked ?? [];
    return [
      [l10n.t('Commit'), commit, ...branch, ...remote],
      [l10n.t('Uncommitted'), changes],
      ...(untracked.length === 0
        ? []
        : [
            [
              l10n.t('Untracked'),
              code.untrackedCut ? l10n.t('{0} and more', untracked.join(', ')) : untracked.join(', '),
            ] as const,
          ]),
    ];
  }

  #identity({ detail, canReveal }: Told): Fact[] {
    const copy = (what: 'copyModelId' | 'copyExecutionId', label: string): HTMLElement => {
      const made = link(l10n.t('Copy'), () => this.#actions.copy(what));
      made.setAttribute('aria-label', label);
      return made;
    };
    return [
      [
        l10n.t('Model ID'),
        element('code', {}, detail.model.id),
        ' ',
        copy('copyModelId', l10n.t('Copy Model ID')),
      ],
      [
        l10n.t('Execution ID'),
        element('code', {}, detail.executionId),
        ' ',
        copy('copyExecutionId', l10n.t('Copy Execution ID')),
      ],
      [l10n.t('Project'), element('code', {}, detail.project)],
      ...(detail.origin === 'imported'
        ? []
        : [
            [
              l10n.t('Output folder'),
              element('code', {}, detail.outputDir),
              ' ',
              link(canReveal ? l10n.t('Reveal') : l10n.t('Copy Path'), () =>
                this.#actions.revealOutput(detail.attempt),
              ),
            ] as const,
          ]),
    ];
  }
}

const differsTitle = ({ before }: Told): string =>
  before === null ? l10n.t('What differs') : l10n.t('What differs from v{0}', before.version);

const GROUPS: Readonly<Record<Difference['group'], string>> = {
  Configuration: l10n.t('Configuration'),
  Training: l10n.t('Training'),
  Dataset: l10n.t('Dataset'),
  Code: l10n.t('Code'),
  Python: l10n.t('Python'),
  Packages: l10n.t('Packages'),
  Machine: l10n.t('Machine'),
};

function differencesTable(
  differences: readonly Difference[],
  before: HTMLElement,
  version: number,
): HTMLElement {
  const value = (text: string | null): HTMLElement =>
    text === null
      ? element('td', { class: 'faint' }, l10n.t('none'))
      : element('td', {}, element('span', { class: 'value' }, text));
  const rows = differences.map((one) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, element('span', { class: 'faint' }, `${GROUPS[one.group]} `), one.name),
      value(one.before),
      value(one.now),
    ),
  );
  return table(l10n.t('Differences'), [l10n.t('What'), before, `v${version}`], rows);
}

function datasetWords(dataset: string, ran: Ran | null): (Node | string)[] {
  const path = element('code', {}, dataset);
  const counted = ran?.dataset ?? null;
  if (counted === null) return [path];
  if (counted.files === null)
    return [path, element('span', { class: 'faint' }, `, ${l10n.t('not found on this machine')}`)];
  return [path, `, ${filesText(counted.files, counted.cut, bytesText(counted.bytes ?? 0))}`];
}

function filesText(files: number, cut: boolean, bytes: string): string {
  if (files === 1) return cut ? l10n.t('more than 1 file, {0}', bytes) : l10n.t('1 file, {0}', bytes);
  const count = files.toLocaleString('en');
  return cut ? l10n.t('more than {0} files, {1}', count, bytes) : l10n.t('{0} files, {1}', count, bytes);
}

function python(ran: Ran, asked: string): Fact[] {
  if (ran.python === null) return [[l10n.t('Interpreter'), element('code', {}, asked)]];
  const { executable, implementation, version } = ran.python;
  return [[l10n.t('Interpreter'), `${implementation} ${version}, `, element('code', {}, executable)]];
}

function packages(ran: Ran): HTMLElement[] {
  const all = Object.entries(ran.python?.packages ?? {});
  if (all.length === 0) return [];
  const shown = all.toSorted(([a], [b]) => a.localeCompare(b));
  return [
    element(
      'details',
      { id: 'packages' },
      element('summary', {}, all.length === 1 ? l10n.t('1 package') : l10n.t('{0} packages', all.length)),
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
    [l10n.t('Machine'), `${it.host}, ${it.os}`],
    [
      l10n.t('Processor'),
      it.cores === 1
        ? l10n.t('{0}, 1 core, {1} of memory', it.cpu, bytesText(it.memoryBytes))
        : l10n.t('{0}, {1} cores, {2} of memory', it.cpu, it.cores, bytesText(it.memoryBytes)),
    ],
    ['GPUs', it.gpus.length === 0 ? l10n.t('none') : it.gpus.map(({ name }) => name).join(', ')],
  ];
}

/** Of a run that Trainyard didn't train nobody knows more than was told of it. */
function origin({ origin: from, imported }: RunDetail): HTMLElement[] {
  if (from === 'mlflow')
    return [
      element(
        'p',
        {},
        l10n.t('A program elsewhere logs it through MLflow: it can’t be aborted nor run again from here.'),
      ),
    ];
  return [
    element('p', {}, l10n.t('It was imported: it can be looked at, compared and removed.')),
    ...(imported === null
      ? []
      : [
          facts([
            [l10n.t('From'), element('code', {}, imported.from)],
            [
              l10n.t('Imported'),
              element('span', { title: exactTimeText(imported.at) }, timeText(imported.at)),
            ],
          ]),
        ]),
  ];
}

/** Of MLflow's own tags, which name its inner things, those that say something of a run. */
const MLFLOW_TAGS = {
  note: 'mlflow.note.content',
  source: 'mlflow.source.name',
  user: 'mlflow.user',
} as const;

function config({ config: values }: RunDetail): HTMLElement {
  const entries = Object.entries(values);
  if (entries.length === 0) return element('p', { class: 'faint' }, l10n.t('Nothing is configured.'));
  return facts(
    entries.map(([key, value]) => [
      key,
      element('code', {}, typeof value === 'string' ? value : JSON.stringify(value)),
    ]),
  );
}

/** The page of a model: takes messages to its parts, and keeps what a reload should find. */
import * as l10n from '@vscode/l10n';
import type { ModelTab, ToModel } from '../../src/contract/pages/model.ts';
import type { Trouble } from '../../src/contract/pages/page.ts';
import { Explore } from '../explore/panel.ts';
import { ring } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import { Tabs } from '../ui/tabs.ts';
import { Banner } from '../ui/trouble.ts';
import { FilesView } from './filesView.ts';
import { Head } from './head.ts';
import { Own, type ModelHost } from './host.ts';
import { LogView } from './logView.ts';
import { Overview } from './overview.ts';

export class ModelPage {
  readonly #host: ModelHost;
  readonly #banner: Banner;
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #head: Head;
  readonly #overview: Overview;
  readonly #charts = element('div', { class: 'charts' });
  readonly #explore: Explore;
  readonly #log: LogView;
  readonly #files: FilesView;
  readonly #tabs: Tabs<ModelTab>;
  readonly #standing = element('p', { class: 'what', role: 'status' }, ring(), l10n.t('Loading the model…'));
  readonly #empty = element(
    'div',
    { class: 'empty' },
    element('h1', { class: 'unseen' }, l10n.t('Model')),
    this.#standing,
  );
  readonly #panels: Readonly<Record<'overview' | 'files', HTMLElement>>;
  #own: Own;

  constructor(body: HTMLElement, host: ModelHost) {
    this.#host = host;
    const own = host.saved() ?? Own.parse({});
    this.#own = own;
    this.#banner = new Banner((remedy) => host.remedy(remedy));
    this.#problem.hidden = true;
    const openPlace = (file: string, line: number | null): void => this.#do('openPlace', { file, line });
    const revealOutput = (attempt: number): void => this.#do('revealOutput', { attempt });
    this.#head = new Head({
      run: (action) => this.#do('run', { action }),
      showLogs: () => this.#tabs.show('logs'),
      remedy: (remedy) => this.#do('remedy', { remedy }),
      showService: () => this.#do('showService', null),
      openPlace,
      choose: (attempt) => {
        this.#keep({ attempt });
        this.#files.begin();
        this.watch();
      },
    });
    this.#overview = new Overview({
      showRun: (executionId) => this.#do('showRun', { executionId }),
      showPatch: () => this.#do('showPatch', null),
      openPlace,
      revealOutput,
      copy: (action) => this.#do('run', { action }),
    });
    this.#explore = new Explore({
      root: this.#charts,
      scroller: this.#charts,
      executionIds: [host.subject.executionId],
      saved: own.explore,
      save: (explore) => this.#keep({ explore }),
      wish: (wish) => this.#do('wish', wish),
      besides: (axes) => this.#do('besides', { axes }),
      hand: (name, ask) => host.call(name, ask),
      failed: (error) => host.failed(error),
      heading: null,
    });
    this.#log = new LogView(
      {
        read: (attempt, at) => host.call('readLog', { attempt, at }),
        search: (attempt, text, at) => host.call('searchLog', { attempt, text, at }),
        openPlace,
        openDocument: () => this.#do('run', { action: 'showLogs' }),
        keep: (log) => this.#keep({ log }),
        failed: (error) => this.#failed(error),
      },
      own.log,
    );
    this.#files = new FilesView({
      open: (attempt, path) => this.#do('openFile', { attempt, path }),
      revealOutput,
    });
    this.#panels = {
      overview: element('div', { class: 'scrolls', tabindex: '-1' }, this.#overview.element),
      files: element('div', { class: 'scrolls', tabindex: '-1' }, this.#files.element),
    };
    this.#tabs = new Tabs(
      l10n.t('Model'),
      [
        { id: 'overview', title: l10n.t('Overview'), content: this.#panels.overview },
        { id: 'explore', title: l10n.t('Explore'), content: this.#charts },
        { id: 'logs', title: l10n.t('Logs'), content: this.#log.element },
        { id: 'files', title: l10n.t('Files'), content: this.#panels.files },
      ],
      own.tab,
      (tab) => this.#tabShown(tab),
    );
    this.#tabs.element.hidden = true;
    this.#head.element.hidden = true;
    body.append(
      element(
        'main',
        { class: 'whole' },
        this.#banner.element,
        this.#problem,
        this.#head.element,
        this.#tabs.element,
        this.#empty,
      ),
    );
    for (const panel of Object.values(this.#panels)) {
      panel.addEventListener('scrollend', () => this.#keepScroll());
    }
  }

  /** Tells the host what is shown: what belongs there comes then. */
  watch(): void {
    this.#explore.begin();
    const { tab, attempt } = this.#own;
    if (tab === 'explore') this.#explore.rehearse();
    if (tab === 'logs') this.#log.begin(attempt);
    this.#do('watch', { tab, attempt });
  }

  hear(message: ToModel | Trouble): void {
    // What can be read again is no trouble any more.
    if (message.type !== 'trouble') this.#banner.show({ message: null, remedies: [] });
    switch (message.type) {
      case 'trouble':
        this.#banner.show(message);
        if (message.message !== null) this.#waits();
        return this.#explore.hear(message);
      case 'model':
        return this.#show(message);
      case 'overview':
        this.#overview.update(message);
        return this.#scrollBack('overview');
      case 'log':
        return this.#log.hear(message.part, message.ended);
      case 'files':
        this.#files.update(message);
        return this.#scrollBack('files');
      case 'tab':
        return this.#tabs.show(message.tab);
      case 'show':
      case 'run':
      case 'removed':
      case 'append':
      case 'details':
      case 'charts':
      case 'besides':
        return this.#explore.hear(message);
      default:
        return message satisfies never;
    }
  }

  #show(told: Extract<ToModel, { type: 'model' }>): void {
    const { run } = told;
    this.#empty.hidden = run !== null;
    this.#tabs.element.hidden = run === null;
    this.#head.element.hidden = run === null;
    if (run === null) {
      this.#standing.replaceChildren(l10n.t('This run was removed. You can close this page.'));
      return;
    }
    const first = this.#tabs.element.hidden;
    this.#head.update({ ...told, run }, this.#own.attempt);
    this.#tabs.offer('logs', run.origin === 'trained');
    this.#log.setStatus(run.status);
    if (first && this.#own.tab === 'logs') this.#log.shown();
  }

  /** The banner says what the trouble is. */
  #waits(): void {
    if (!this.#empty.hidden) this.#standing.replaceChildren(l10n.t('Nothing to show yet.'));
  }

  #tabShown(tab: ModelTab): void {
    this.#keep({ tab });
    this.watch();
    if (tab === 'logs') this.#log.shown();
  }

  #keep(change: Partial<Own>): void {
    this.#own = { ...this.#own, ...change };
    this.#host.save(this.#own);
  }

  #keepScroll(): void {
    const { overview, files } = this.#panels;
    const { scroll, tab } = this.#own;
    this.#keep({
      scroll: {
        overview: tab === 'overview' ? overview.scrollTop : scroll.overview,
        files: tab === 'files' ? files.scrollTop : scroll.files,
      },
    });
  }

  /** A page that was hidden is as far down as it was. */
  #scrollBack(tab: 'overview' | 'files'): void {
    const to = this.#own.scroll[tab];
    if (this.#panels[tab].scrollTop === 0 && to > 0) this.#panels[tab].scrollTop = to;
  }

  #do(...[name, ask]: Parameters<ModelHost['call']>): void {
    this.#host
      .call(name, ask)
      .then(() => this.#say(''))
      .catch((error: unknown) => this.#failed(error));
  }

  /** What a person asked for and didn't get. */
  #failed(error: unknown): void {
    this.#say(error instanceof Error ? error.message : String(error));
  }

  #say(problem: string): void {
    setText(this.#problem, problem);
    this.#problem.hidden = problem === '';
  }
}

/** The Explore page: what its host gives it to show, and what it does for it. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { loadProject } from '../../client/project.ts';
import { nameOf } from '../../client/words.ts';
import type { FigureHints } from '../../contract/figures.ts';
import {
  exploreCalls,
  ExploreSubject,
  FIRST_WISH,
  type ChartWish,
  type Lines,
  type ToExplore,
} from '../../contract/pages/explore.ts';
import type { Handlers, Trouble } from '../../contract/pages/page.ts';
import type { MetricsQuery, Run, RunDetail, Series } from '../../contract/shapes.ts';
import type { Connection, RunStore } from '../interfaces.ts';
import type { RunColors } from '../runs/colors.ts';
import { traitsOf } from './traits.ts';
import { Feed } from './feed.ts';
import { Pages, type Content, type Page, type PagesDeps } from './pages.ts';
import { Besides, watchProjectCharts } from './projectCharts.ts';
import { takeHandlers } from './takeAway.ts';

const SMOOTHING = 'trainyard.charts.smoothing';

const COMMANDS = {
  abort: 'trainyard.abortTraining',
  rerun: 'trainyard.rerunTraining',
  logs: 'trainyard.showLogs',
  model: 'trainyard.showModel',
} as const;

/** What charts are fed from. */
export interface ChartDeps {
  readonly connection: Connection;
  readonly store: RunStore;
  readonly log: vscode.LogOutputChannel;
}

export interface ExploreDeps extends PagesDeps {
  store: RunStore;
  colors: RunColors;
  runCommand(id: (typeof COMMANDS)[keyof typeof COMMANDS], executionId: string): void;
}

export class ExplorePanels implements vscode.Disposable {
  readonly #pages: Pages<ExploreSubject, ToExplore, typeof exploreCalls>;

  constructor(deps: ExploreDeps) {
    this.#pages = new Pages(
      {
        name: 'explore',
        title: l10n.t('Explore'),
        subject: ExploreSubject,
        keyOf: ({ executionIds }) => executionIds.toSorted().join(' '),
        calls: exploreCalls,
        takesFocus: false,
        open: ({ executionIds }, page) => new ExploreContent(executionIds, page, deps),
      },
      deps,
    );
  }

  /** Opens a page for these runs beside the code, or brings the one to the front that is there. */
  show(executionIds: readonly string[]): void {
    this.#pages.show({ executionIds: [...executionIds] });
  }

  dispose(): void {
    this.#pages.dispose();
  }
}

class ExploreContent implements Content<typeof exploreCalls> {
  readonly #ids: readonly string[];
  readonly #page: Page<ToExplore>;
  readonly #deps: ExploreDeps;
  readonly #renaming: vscode.Disposable;
  readonly #wishes = new ChartWishes();
  readonly handlers: Handlers<typeof exploreCalls>;

  constructor(executionIds: readonly string[], page: Page<ToExplore>, deps: ExploreDeps) {
    this.#ids = executionIds;
    this.#page = page;
    this.#deps = deps;
    this.#renaming = deps.store.onDidChangeRun((run) => {
      if (executionIds.includes(run.executionId)) this.#name();
    });
    this.handlers = {
      wish: (wish) => this.#wishes.hear(wish),
      besides: ({ axes }) => this.#wishes.hearBesides(axes),
      ...takeHandlers(() => projectOf(executionIds, deps.store), deps),
      traits: async () => traitsOf(await runsOf(executionIds, deps)),
      command: ({ command, executionId }) => {
        deps.runCommand(COMMANDS[command], executionId);
        return null;
      },
    };
    this.#name();
  }

  feed(): vscode.Disposable {
    // A new page says anew what its charts need.
    this.#wishes.hearBesides([]);
    const post = (message: ToExplore | Trouble): void => this.#page.post(message);
    if (this.#ids.length === 1) return feedCharts(this.#ids, post, this.#wishes, this.#deps);
    const { colors } = this.#deps;
    const slots = (): Readonly<Record<string, number>> => colors.of(this.#ids);
    return vscode.Disposable.from(
      feedCharts(this.#ids, post, this.#wishes, this.#deps, null, slots),
      colors.show(this.#ids),
    );
  }

  dispose(): void {
    this.#wishes.dispose();
    this.#renaming.dispose();
  }

  /** "shapes-small v1 · Explore" */
  #name(): void {
    const [first] = this.#ids;
    const run = first === undefined ? undefined : this.#deps.store.get(first);
    if (this.#ids.length > 1) this.#page.rename(l10n.t('{0} runs · Explore', this.#ids.length));
    else if (run !== undefined) this.#page.rename(l10n.t('{0} · Explore', nameOf(run)));
  }
}

/** The folder of the first of these runs that is known. */
function projectOf(executionIds: readonly string[], store: RunStore): string | null {
  for (const id of executionIds) {
    const run = store.get(id);
    if (run !== undefined) return run.project;
  }
  return null;
}

/** In full; without those that are gone. */
async function runsOf(
  executionIds: readonly string[],
  { connection, store }: ExploreDeps,
): Promise<RunDetail[]> {
  const client = await connection.client();
  const there = await store.ensure(executionIds);
  return Promise.all(there.map(({ executionId }) => client.call('getRun', { params: { id: executionId } })));
}

/** What the charts of a page wish: kept while the page is hidden. */
export class ChartWishes implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<ChartWish>();
  readonly onDidChange = this.#changed.event;
  #now: ChartWish;
  readonly #besidesChanged = new vscode.EventEmitter<readonly ChartWish['axis'][]>();
  readonly onDidChangeBesides = this.#besidesChanged.event;
  /** The axes by which lines are told besides. */
  besides: readonly ChartWish['axis'][] = [];

  constructor(first = FIRST_WISH) {
    this.#now = first;
  }

  get now(): ChartWish {
    return this.#now;
  }

  hear(wish: ChartWish): null {
    this.#now = wish;
    this.#changed.fire(wish);
    return null;
  }

  hearBesides(axes: readonly ChartWish['axis'][]): null {
    this.besides = axes;
    this.#besidesChanged.fire(axes);
    return null;
  }

  dispose(): void {
    this.#changed.dispose();
    this.#besidesChanged.dispose();
  }
}

/**
 * Feeds the charts of these runs, wherever they are shown, until it is disposed of: with lines, and with the charts of their projects.
 * @param attempt one that is over, of which nothing changes any more; null for the latest
 * @param slots the colours of runs that are compared
 */
export function feedCharts(
  executionIds: readonly string[],
  post: (message: ToExplore | Trouble) => void,
  wishes: ChartWishes,
  deps: ChartDeps,
  attempt: number | null = null,
  slots: () => Readonly<Record<string, number>> = () => ({}),
): vscode.Disposable {
  const feed = (axis: ChartWish['axis']): vscode.Disposable => {
    const fixed = new ChartWishes({ ...FIRST_WISH, axis });
    const tell = (lines: Lines | Trouble): void => {
      // Of trouble the lines that are looked at tell.
      if (lines.type !== 'trouble') post({ type: 'besides', axis, lines });
    };
    return vscode.Disposable.from(fixed, feedLines(executionIds, tell, fixed, deps, attempt, slots));
  };
  const besides = new Besides(feed, wishes.besides);
  return vscode.Disposable.from(
    feedLines(executionIds, post, wishes, deps, attempt, slots),
    watchProjectCharts({ ...deps, executionIds, post }),
    besides,
    wishes.onDidChangeBesides((axes) => besides.wish(axes)),
  );
}

function feedLines(
  executionIds: readonly string[],
  post: (message: Lines | Trouble) => void,
  wishes: ChartWishes,
  { connection, store, log }: ChartDeps,
  attempt: number | null,
  slots: () => Readonly<Record<string, number>>,
): vscode.Disposable {
  const feed = new Feed(
    executionIds,
    {
      run: (id) => store.get(id),
      ensure: async (ids) => store.ensure(ids),
      attempt,
      query: async (query) => queryMetrics(connection, query),
      smoothing: () => vscode.workspace.getConfiguration().get<number>(SMOOTHING, 0),
      slots,
      hints: async (runs) => hintsOf(runs, log),
      post,
      failed: (error) =>
        log.warn(`Metrics could not be read: ${error instanceof Error ? error.message : String(error)}`),
    },
    wishes.now,
  );
  return vscode.Disposable.from(
    feed,
    wishes.onDidChange((wish) => feed.wish(wish)),
    store.onDidChangeRun((run) => {
      if (attempt === null) feed.runChanged(run.executionId);
    }),
    store.onDidRemoveRun((id) => feed.runRemoved(id)),
    connection.onDidConnect(() => feed.again()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(SMOOTHING)) feed.again();
    }),
  );
}

async function queryMetrics(connection: Connection, query: MetricsQuery): Promise<Series[]> {
  const client = await connection.client();
  return (await client.call('queryMetrics', { body: query })).series;
}

/** What the project files of these runs say of figures. A file that can't be read says nothing here: its own editor tells why. */
async function hintsOf(runs: readonly Run[], log: vscode.LogOutputChannel): Promise<FigureHints> {
  const folders = [...new Set(runs.map((run) => run.project))];
  const projects = await Promise.all(
    folders.map(async (folder) =>
      loadProject(folder).catch((error: unknown) => {
        log.debug(`No figures from ${folder}: ${String(error)}`);
        return null;
      }),
    ),
  );
  return Object.assign({}, ...projects.map((loaded) => loaded?.project.figures ?? {})) as FigureHints;
}

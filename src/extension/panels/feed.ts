/**
 * Feeds one panel while it can be seen: everything at first, then what is new, at most twice a second, and the last change always.
 * Where the backend is away it says so, tries again, and catches up. Knows nothing of VS Code.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as l10n from '@vscode/l10n';
import type { FigureHints } from '../../contract/figures.ts';
import { FIRST_WISH, type ChartWish, type ToExplore } from '../../contract/pages/explore.ts';
import type { Trouble } from '../../contract/pages/page.ts';
import type { MetricsQuery, Run, Series } from '../../contract/shapes.ts';
import { Known, pointsFor } from './known.ts';
import { troubleReading } from './trouble.ts';

export interface FeedSources {
  run(executionId: string): Run | undefined;
  /** The runs that exist. */
  ensure(executionIds: readonly string[]): Promise<Run[]>;
  query(query: MetricsQuery): Promise<Series[]>;
  /** The user's setting, as it is now. */
  smoothing(): number;
  /** Directions that the runs' projects give. Never rejects. */
  hints(runs: readonly Run[]): Promise<FigureHints>;
  post(message: ToExplore | Trouble): void;
  failed(error: unknown): void;
}

const GAP_MS = 500;
const LONGEST_WAIT_MS = 15_000;

type Due = 'nothing' | 'news' | 'all';

export class Feed {
  readonly #ids: readonly string[];
  readonly #from: FeedSources;
  readonly #gapMs: number;
  readonly #ended = new AbortController();
  #wish: ChartWish;
  #known: Known | null = null;
  readonly #changed = new Set<string>();
  #due: Due = 'all';
  #working = false;
  /** Ends the wait before the next try. */
  #wake = new AbortController();

  constructor(executionIds: readonly string[], from: FeedSources, wish = FIRST_WISH, gapMs = GAP_MS) {
    this.#ids = executionIds;
    this.#from = from;
    this.#wish = wish;
    this.#gapMs = gapMs;
    this.#work();
  }

  dispose(): void {
    this.#ended.abort();
    this.#wake.abort();
  }

  /** The panel is to have something else from now on. */
  wish(wish: ChartWish): void {
    const before = this.#wish;
    this.#wish = wish;
    if (wish.axis !== before.axis) this.again();
  }

  runChanged(executionId: string): void {
    if (!this.#ids.includes(executionId)) return;
    this.#changed.add(executionId);
    this.#want('news');
  }

  runRemoved(executionId: string): void {
    if (this.#ids.includes(executionId)) this.#post({ type: 'removed', executionId });
  }

  /** Everything is told anew, at once: the connection stands again and what was missed is unknown, or something else is wanted. */
  again(): void {
    this.#want('all');
    this.#wake.abort();
  }

  #want(due: Due): void {
    if (this.#due !== 'all') this.#due = due;
    this.#work();
  }

  #work(): void {
    if (this.#working || this.#ended.signal.aborted) return;
    this.#working = true;
    this.#loop().catch((error: unknown) => this.#from.failed(error));
  }

  /** One at a time, with a pause after each: what comes meanwhile is done in one go, and never left undone. */
  async #loop(): Promise<void> {
    let failures = 0;
    try {
      while (this.#due !== 'nothing' && !this.#ended.signal.aborted) {
        const due = this.#due;
        this.#due = 'nothing';
        const failed = await this.#once(due);
        failures = failed ? failures + 1 : 0;
        await this.#pause(Math.min(LONGEST_WAIT_MS, this.#gapMs * 2 ** failures));
      }
    } finally {
      // In the same turn as the look at what is due: nothing can come in between and stay undone.
      this.#working = false;
    }
  }

  /** Whether it failed; then everything is due again. */
  async #once(due: Due): Promise<boolean> {
    try {
      if (due === 'all' || this.#known === null) await this.#all();
      else await this.#news(this.#known);
      return false;
    } catch (error) {
      if (this.#ended.signal.aborted) return false;
      this.#from.failed(error);
      this.#post(troubleReading(l10n.t('The metrics could not be read'), error));
      this.#due = 'all';
      return true;
    }
  }

  async #all(): Promise<void> {
    const runs = await this.#from.ensure(this.#ids);
    const executions = runs.map((run) => run.executionId);
    const { axis } = this.#wish;
    const points = pointsFor(this.#ids.length);
    const [series, hints] = await Promise.all([
      executions.length === 0 ? [] : this.#from.query({ executions, axis, points }),
      this.#from.hints(runs),
    ]);
    this.#known = new Known(series, runs, points);
    const smoothing = this.#from.smoothing();
    // What changed meanwhile is told with it, and asked for afterwards.
    const now = runs.map((run) => this.#from.run(run.executionId) ?? run);
    this.#post({ type: 'show', executionIds: [...this.#ids], runs: now, hints, axis, smoothing, series });
    for (const executionId of this.#ids) {
      if (!executions.includes(executionId)) this.#post({ type: 'removed', executionId });
    }
  }

  async #news(known: Known): Promise<void> {
    const runs = [...this.#changed].flatMap((id) => this.#from.run(id) ?? []);
    this.#changed.clear();
    for (const run of runs) this.#post({ type: 'run', run });
    const plans = runs.map((run) => known.plan(run));
    if (plans.includes('all')) return this.#all();
    const asks = plans.flatMap((plan) => (typeof plan === 'string' ? [] : plan));
    if (asks.length === 0) return;
    const { axis } = this.#wish;
    const points = pointsFor(this.#ids.length);
    const answers = await Promise.all(asks.map(async (ask) => this.#from.query({ ...ask, axis, points })));
    // Another axis is wanted by now: these points are of the one before.
    if (axis !== this.#wish.axis) return;
    const series = answers.flat().filter(({ x }) => x.length > 0);
    known.append(series);
    if (series.length > 0) this.#post({ type: 'append', series });
    if (runs.some((run) => known.lacks(run))) this.#want('all');
  }

  #post(message: ToExplore | Trouble): void {
    if (!this.#ended.signal.aborted) this.#from.post(message);
  }

  async #pause(ms: number): Promise<void> {
    this.#wake = new AbortController();
    await sleep(ms, undefined, { signal: AbortSignal.any([this.#wake.signal, this.#ended.signal]) }).catch(
      () => {},
    );
  }
}

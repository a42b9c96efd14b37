/**
 * Feeds one panel while it can be seen: everything at first, then what is new, at most twice a second, and the last change always.
 * Where the backend is away it says so, tries again, and catches up. Knows nothing of VS Code.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as l10n from '@vscode/l10n';
import { MEASURED_EVERY_MS, SYSTEM_FIGURES, type FigureHints } from '../../contract/figures.ts';
import { FIRST_WISH, type ChartWish, type Lines } from '../../contract/pages/explore.ts';
import type { Trouble } from '../../contract/pages/page.ts';
import type { MetricsQuery, Run, Series } from '../../contract/shapes.ts';
import { cutsInTime, cutsOf, joined, type Cuts } from './attempts.ts';
import { Known, pointsFor } from './known.ts';
import { isMeasured, Measured } from './measured.ts';
import { troubleReading } from './trouble.ts';

export interface FeedSources {
  /** The one attempt that is shown, which is over; null: as they are wished. */
  attempt: number | null;
  run(executionId: string): Run | undefined;
  /** The runs that exist. */
  ensure(executionIds: readonly string[]): Promise<Run[]>;
  query(query: MetricsQuery): Promise<Series[]>;
  /** The user's setting, as it is now. */
  smoothing(): number;
  /** Of each run, where several are shown, the colour that is its own. */
  slots(): Readonly<Record<string, number>>;
  /** Directions that the runs' projects give. Never rejects. */
  hints(runs: readonly Run[]): Promise<FigureHints>;
  post(message: Lines | Trouble): void;
  failed(error: unknown): void;
}

const GAP_MS = 500;
const LONGEST_WAIT_MS = 15_000;

type Due = 'news' | 'all' | 'details' | 'measured';
type Ask = Omit<MetricsQuery, 'axis' | 'attempt'>;

interface Read {
  latest: Series[];
  earlier: Series[];
}

export class Feed {
  readonly #ids: readonly string[];
  readonly #from: FeedSources;
  readonly #gapMs: number;
  readonly #measureMs: number;
  readonly #ended = new AbortController();
  #wish: ChartWish;
  #known: Known | null = null;
  #measured: Measured | null = null;
  /** Until something may have been measured again. */
  #measuring: NodeJS.Timeout | null = null;
  readonly #changed = new Set<string>();
  #cuts: Cuts = new Map();
  #due = new Set<Due>(['all']);
  #working = false;
  /** Ends the wait before the next try. */
  #wake = new AbortController();

  constructor(
    executionIds: readonly string[],
    from: FeedSources,
    wish = FIRST_WISH,
    gapMs = GAP_MS,
    measureMs = MEASURED_EVERY_MS,
  ) {
    this.#ids = executionIds;
    this.#from = from;
    this.#wish = wish;
    this.#gapMs = gapMs;
    this.#measureMs = measureMs;
    this.#work();
  }

  dispose(): void {
    if (this.#measuring !== null) clearTimeout(this.#measuring);
    this.#ended.abort();
    this.#wake.abort();
  }

  /** The panel is to have something else from now on. */
  wish(wish: ChartWish): void {
    const before = this.#wish;
    this.#wish = wish;
    if (wish.axis !== before.axis || wish.attempts !== before.attempts) this.again();
    else if (JSON.stringify(wish.details) !== JSON.stringify(before.details)) this.#wantNow('details');
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
    this.#wantNow('all');
  }

  /** Without the pause after what was done before. */
  #wantNow(due: Due): void {
    this.#want(due);
    this.#wake.abort();
  }

  #want(due: Due): void {
    this.#due.add(due);
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
      while (this.#due.size > 0 && !this.#ended.signal.aborted) {
        const due = this.#due;
        this.#due = new Set();
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
  async #once(due: ReadonlySet<Due>): Promise<boolean> {
    try {
      if (due.has('all') || this.#known === null) await this.#all();
      else {
        if (due.has('news')) await this.#news(this.#known);
        if (due.has('details')) await this.#details();
        if (due.has('measured')) await this.#measuredNews();
      }
      return false;
    } catch (error) {
      if (this.#ended.signal.aborted) return false;
      this.#from.failed(error);
      this.#post(troubleReading(l10n.t('The metrics could not be read'), error));
      this.#due.add('all');
      return true;
    }
  }

  async #all(): Promise<void> {
    const runs = await this.#from.ensure(this.#ids);
    const executions = runs.map((run) => run.executionId);
    const wish = this.#wish;
    const { axis, attempts } = wish;
    const points = pointsFor(this.#ids.length);
    const [{ latest, earlier }, measured, hints] = await Promise.all([
      this.#read({ executions, points }, axis, runs),
      this.#read({ executions, figures: [...SYSTEM_FIGURES], points }, axis, runs),
      this.#from.hints(runs),
    ]);
    this.#known = new Known(latest, runs, points);
    this.#measured = new Measured(measured.latest, points);
    this.#cuts = await this.#cutsOf({ latest, earlier }, axis, runs);
    const series = [
      ...this.#shown({ latest, earlier }, attempts),
      // What an attempt took goes on in no other.
      ...(attempts === 'all' ? measured.earlier : []),
      ...measured.latest,
    ];
    const smoothing = this.#from.smoothing();
    // What changed meanwhile is told with it, and asked for afterwards.
    const now = runs.map((run) => this.#from.run(run.executionId) ?? run);
    this.#post({
      type: 'show',
      executionIds: [...this.#ids],
      runs: now,
      hints,
      axis,
      attempts,
      smoothing,
      slots: this.#from.slots(),
      series,
    });
    for (const executionId of this.#ids) {
      if (!executions.includes(executionId)) this.#post({ type: 'removed', executionId });
    }
    this.#measureLater();
    if (wish === this.#wish && wish.details.length > 0) await this.#details();
  }

  /** What the charts know more finely than by whole lines. */
  async #details(): Promise<void> {
    const wish = this.#wish;
    const details = await Promise.all(
      wish.details.map(async ({ points, ...stretch }) => {
        const runs = stretch.executions.flatMap((id) => this.#from.run(id) ?? []);
        const executions = runs.map((run) => run.executionId);
        const read = await this.#read({ ...stretch, executions, points }, wish.axis, runs);
        return { ...stretch, series: this.#shown(read, wish.attempts) };
      }),
    );
    // Something else is wanted by now, and due.
    if (wish === this.#wish) this.#post({ type: 'details', details });
  }

  /** The lines of the latest attempts, and of those before them. */
  async #read(ask: Ask, axis: ChartWish['axis'], runs: readonly Run[]): Promise<Read> {
    if (ask.executions.length === 0) return { latest: [], earlier: [] };
    const { attempt } = this.#from;
    if (attempt !== null) return { latest: await this.#from.query({ ...ask, axis, attempt }), earlier: [] };
    const before = Array.from({ length: Math.max(...runs.map((run) => run.attempt)) - 1 }, (_, i) => i + 1);
    const [latest, ...rest] = await Promise.all([
      this.#from.query({ ...ask, axis }),
      ...before.map(async (one) => {
        const executions = runs.flatMap((run) => (run.attempt > one ? [run.executionId] : []));
        return this.#from.query({ ...ask, executions, axis, attempt: one });
      }),
    ]);
    // An attempt that has logged nothing yet is the latest only by its number.
    const last = new Map(latest.map((line) => [line.executionId, line.attempt]));
    const earlier = rest.flat().filter((line) => line.attempt < (last.get(line.executionId) ?? 0));
    return { latest, earlier: earlier.filter(({ x }) => x.length > 0) };
  }

  async #cutsOf(read: Read, axis: ChartWish['axis'], runs: readonly Run[]): Promise<Cuts> {
    if (read.earlier.length === 0) return new Map();
    if (axis !== 'time') return cutsOf([...read.earlier, ...read.latest]);
    // Time goes on whatever an attempt does: epochs tell.
    const executions = runs.map((run) => run.executionId);
    const byEpoch = await this.#read({ executions, points: pointsFor(this.#ids.length) }, 'epoch', runs);
    return cutsInTime(cutsOf([...byEpoch.earlier, ...byEpoch.latest]));
  }

  #shown({ latest, earlier }: Read, attempts: ChartWish['attempts']): Series[] {
    const all = [...earlier, ...latest];
    return attempts === 'all' || earlier.length === 0 ? all : joined(all, this.#cuts);
  }

  async #news(known: Known): Promise<void> {
    const runs = [...this.#changed].flatMap((id) => this.#from.run(id) ?? []);
    this.#changed.clear();
    for (const run of runs) this.#post({ type: 'run', run });
    this.#measureLater();
    const plans = runs.map((run) => known.plan(run));
    if (plans.includes('all')) return this.#all();
    const asks = plans.flatMap((plan) => (typeof plan === 'string' ? [] : plan));
    if (asks.length === 0) return;
    const told = await this.#tails(asks);
    for (const { series, from } of told ?? []) known.append(series, from);
    if (runs.some((run) => known.lacks(run))) this.#want('all');
  }

  /** While one of them runs. */
  #measureLater(): void {
    const wanted = !this.#ended.signal.aborted && this.#from.attempt === null;
    if (this.#measuring !== null || !wanted || !this.#runs().some(isMeasured)) return;
    this.#measuring = setTimeout(() => {
      this.#measuring = null;
      this.#want('measured');
    }, this.#measureMs);
  }

  async #measuredNews(): Promise<void> {
    const asks = this.#measured?.plan(this.#runs()) ?? null;
    if (asks === null) return this.#all();
    for (const { series } of (await this.#tails(asks)) ?? []) this.#measured?.append(series);
    this.#measureLater();
  }

  /** Reads what these ask for and tells the page. Null where another axis is wanted by now: these points are of the one before. */
  async #tails(
    asks: readonly Omit<Ask, 'points'>[],
  ): Promise<{ series: Series[]; from: number | null }[] | null> {
    const { axis } = this.#wish;
    const points = pointsFor(this.#ids.length);
    const answers = await Promise.all(
      asks.map(async (ask) => ({
        series: (await this.#from.query({ ...ask, axis, points })).filter(({ x }) => x.length > 0),
        from: ask.from ?? null,
      })),
    );
    if (axis !== this.#wish.axis) return null;
    for (const { series, from } of answers)
      if (series.length > 0) this.#post({ type: 'append', from, series });
    return answers;
  }

  #runs(): Run[] {
    return this.#ids.flatMap((id) => this.#from.run(id) ?? []);
  }

  #post(message: Lines | Trouble): void {
    if (!this.#ended.signal.aborted) this.#from.post(message);
  }

  async #pause(ms: number): Promise<void> {
    this.#wake = new AbortController();
    await sleep(ms, undefined, { signal: AbortSignal.any([this.#wake.signal, this.#ended.signal]) }).catch(
      () => {},
    );
  }
}

/** The drawing of a specification that a project brings: made once, then grown by changesets, as our own charts are. */
import { changeset, type LoggerInterface, type Mark } from 'vega';
import type { Result } from 'vega-embed';
import { compile } from 'vega-lite';
import { fieldsOf, made, METRICS, type Brought, type ColoredRun, type MetricRow } from './brought.ts';
import { Drawing, embedView } from './drawing.ts';
import type { Look } from './look.ts';
import { difference, grouped, type ByLine } from './rows.ts';

export interface BroughtPicture {
  specification: Brought;
  runs: readonly ColoredRun[];
  rows: readonly MetricRow[];
  /** Of the card's place for it, in pixels. */
  width: number;
  height: number;
  look: Look;
  ratio: number;
}

export class BroughtChart {
  readonly #host: HTMLElement;
  #embedded: Result | null = null;
  #made = '';
  #fits = false;
  /** Whether it draws the metrics: one may have all of its data written into it. */
  #fed = false;
  #held: ByLine<MetricRow> = new Map();
  /** The data set of its first mark, and the fields that it names. */
  #data: string | null = null;
  #fields: readonly string[] = [];
  #said: string[] = [];
  readonly #drawing = new Drawing<BroughtPicture, string | null>(
    (picture) => this.#draw(picture),
    () => this.#letGo(),
  );
  /** How often a view was made. */
  views = 0;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  /** Resolves when nothing is left to draw, with what went wrong, in Vega's own words. */
  async show(picture: BroughtPicture): Promise<string | null> {
    return this.#drawing.show(picture);
  }

  /** What its first mark draws, by the fields that the specification names; nothing before it is drawn. */
  drawn(): { rows: readonly Readonly<Record<string, unknown>>[]; fields: readonly string[] } {
    const view = this.#embedded?.view;
    if (view === undefined || this.#data === null) return { rows: [], fields: [] };
    const rows = view.data(this.#data) as Record<string, unknown>[];
    return { rows, fields: this.#fields.filter((field) => rows.some((row) => Object.hasOwn(row, field))) };
  }

  /** Lets the view go; the next picture makes it anew. */
  rest(): void {
    this.#drawing.rest();
  }

  dispose(): void {
    this.#drawing.dispose();
  }

  async #draw(picture: BroughtPicture): Promise<string | null> {
    let problem: string | null;
    this.#said = [];
    try {
      const key = JSON.stringify([picture.specification, picture.runs, picture.look, picture.ratio]);
      if (this.#embedded === null || this.#made !== key) await this.#embed(picture, key);
      await this.#update(picture);
      problem = this.#said[0] ?? null;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    if (problem !== null) this.#letGo();
    return problem;
  }

  async #embed(picture: BroughtPicture, key: string): Promise<void> {
    this.#letGo();
    const { width, height, look, runs, specification } = picture;
    const { spec, fits } = made(specification, runs, look, { width, height }, false);
    const logger = this.#logger();
    const { spec: compiled } = compile(spec, { logger });
    const embedded = await embedView(this.#host, compiled, logger, { disableDefaultStyle: true });
    this.#embedded = embedded;
    this.#made = key;
    this.#fits = fits;
    this.#fed = compiled.data?.some(({ name }) => name === METRICS) === true;
    this.#data = dataOf(compiled.marks ?? []);
    this.#fields = fieldsOf(specification);
    this.views++;
    if (this.#drawing.gone) this.#letGo();
  }

  async #update({ rows, width, height }: BroughtPicture): Promise<void> {
    const view = this.#embedded?.view;
    if (view === undefined) return;
    if (this.#fits) view.width(width).height(height);
    if (this.#fed) {
      const next = grouped(
        rows,
        ({ execution, figure, legend }) => `${execution} ${figure} ${legend}`,
        this.#held,
      );
      const { insert, remove } = difference(this.#held, next);
      if (insert.length > 0 || remove.length > 0)
        view.change(METRICS, changeset().remove(remove).insert(insert));
      this.#held = next;
      // What makes its own size (a chart for each figure) has grown, too.
      if (!this.#fits) view.resize();
    }
    await view.runAsync();
  }

  #letGo(): void {
    this.#embedded?.finalize();
    this.#embedded = null;
    this.#held = new Map();
    this.#host.replaceChildren();
  }

  /** What Vega only warns of (an axis without values yet) draws all the same. */
  #logger(): LoggerInterface {
    const quiet = (): LoggerInterface => logger;
    const logger = {
      level: () => logger,
      error: (...words: readonly unknown[]) => {
        this.#said.push(words.map((word) => (word instanceof Error ? word.message : String(word))).join(' '));
        return logger;
      },
      warn: quiet,
      info: quiet,
      debug: quiet,
    } as unknown as LoggerInterface;
    return logger;
  }
}

/** From which data set the first mark that has one draws; a facet's from the whole. */
function dataOf(marks: readonly Mark[]): string | null {
  for (const mark of marks) {
    const from: { data?: string; facet?: { data?: string } } = mark.from ?? {};
    const own = from.facet?.data ?? from.data ?? ('marks' in mark ? dataOf(mark.marks ?? []) : null);
    if (own !== null && own !== undefined) return own;
  }
  return null;
}

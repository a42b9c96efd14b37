/**
 * One figure on screen: a Vega view that is made once and then grows by changesets. It is made anew only where its
 * specification changed (another line, another theme); how far it shows is told from outside and so outlives that too.
 */
import { changeset, ingest, type LoggerInterface, type Runtime, type View } from 'vega';
import { compile } from 'vega-lite';
import { Drawing, runtimeOf, viewOn } from './drawing.ts';
import { difference, NO_ROWS, type ByLine } from './rows.ts';
import { figureSpec, MARGIN, signalsOf, type DrawnChart, type Rows } from './spec.ts';

/** Everything that a chart shows at a moment. */
export interface Picture extends DrawnChart {
  /** Device pixels to a pixel: a canvas is made for one. */
  ratio: number;
}

export class Chart {
  readonly #host: HTMLElement;
  readonly #onError: (error: Error) => void;
  #view: View | null = null;
  /** What the view was made from. */
  #made = '';
  #held = NO_ROWS;
  #signals = new Map<string, string>();
  #spoken = '';
  readonly #drawing = new Drawing<Picture, boolean>(
    (picture) => this.#draw(picture),
    () => this.#letGo(),
  );
  /** How often a view was made. */
  views = 0;

  constructor(host: HTMLElement, onError: (error: Error) => void) {
    this.#host = host;
    this.#onError = onError;
  }

  /** Resolves when nothing is left to draw, with whether that went well. */
  async show(picture: Picture): Promise<boolean> {
    return (await this.#drawing.show(picture)) ?? true;
  }

  /** Lets the lines whose key begins so step forward; of '' all of them are alike. */
  speak(prefix: string): void {
    if (prefix === this.#spoken) return;
    this.#spoken = prefix;
    // Else it is told with what is being drawn.
    if (this.#drawing.busy || this.#view === null) return;
    this.#signal('spoken', prefix);
    this.#view.runAsync().catch((error: unknown) => this.#onError(asError(error)));
  }

  /** Lets the view go; the next picture makes it anew. */
  rest(): void {
    this.#drawing.rest();
  }

  dispose(): void {
    this.#drawing.dispose();
  }

  async #draw(picture: Picture): Promise<boolean> {
    try {
      const made = JSON.stringify([picture.shape, picture.look, picture.ratio]);
      if (this.#view === null || this.#made !== made) this.#make(picture, made);
      await this.#update(picture);
      return true;
    } catch (error) {
      this.#letGo();
      this.#onError(asError(error));
      return false;
    }
  }

  #make(picture: Picture, made: string): void {
    this.#letGo();
    const logger = this.#logger();
    this.#view = viewOn(this.#host, compiled(picture, made, logger), logger);
    this.#made = made;
    this.views++;
  }

  /** Tells the view only what differs from what it has. */
  async #update(picture: Picture): Promise<void> {
    const view = this.#view;
    if (view === null) return;
    const { width, height, quiet } = picture;
    const signals = { ...signalsOf(picture.x, picture.y), width, height, quiet, spoken: this.#spoken };
    for (const [name, value] of Object.entries(signals)) this.#signal(name, value);
    const { rows } = picture;
    change(view, 'points', this.#held.points, rows.points);
    change(view, 'raw', this.#held.raw, rows.raw);
    change(view, 'bands', this.#held.bands, rows.bands);
    change(view, 'lone', this.#held.lone, rows.lone);
    change(view, 'bests', this.#held.bests, rows.bests);
    change(view, 'odds', this.#held.odds, rows.odds);
    this.#held = rows;
    await view.runAsync();
  }

  #signal(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (this.#signals.get(name) === text) return;
    this.#view?.signal(name, value);
    this.#signals.set(name, text);
  }

  /** Without this each view that is replaced would leave its memory and its listeners behind. */
  #letGo(): void {
    this.#view?.finalize();
    this.#view = null;
    this.#held = NO_ROWS;
    this.#signals = new Map();
    this.#host.replaceChildren();
  }

  #logger(): LoggerInterface {
    const say = (...words: readonly unknown[]): LoggerInterface => {
      this.#onError(new Error(words.map(String).join(' ')));
      return logger;
    };
    const quiet = (): LoggerInterface => logger;
    const logger = {
      level: () => logger,
      error: say,
      warn: say,
      info: quiet,
      debug: quiet,
    } as unknown as LoggerInterface;
    return logger;
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Compiling takes far longer than making a view, and most charts of a panel have the same lines: the last few are kept. */
const COMPILED = new Map<string, Runtime>();
const MOST_COMPILED = 16;

function compiled({ shape, look }: Picture, made: string, logger: LoggerInterface): Runtime {
  const known = COMPILED.get(made);
  if (known !== undefined) return known;
  const { spec } = compile(figureSpec(shape, look), { logger });
  for (const oldest of COMPILED.keys()) {
    if (COMPILED.size < MOST_COMPILED) break;
    COMPILED.delete(oldest);
  }
  const runtime = runtimeOf(spec);
  COMPILED.set(made, runtime);
  return runtime;
}

/** Tells the view what is new in a data set and what is gone. */
function change<T>(view: View, name: keyof Rows, held: ByLine<T>, rows: ByLine<T>): void {
  const { insert, remove } = difference(held, rows);
  if (remove.length > 0) view.change(name, changeset().remove(remove).insert(insert));
  else if (insert.length > 0) view.change(name, additions(insert));
}

/** Rows that a view doesn't have yet. Vega's own changeset first looks up every row that there is: with each point that comes in. */
const additions = (rows: readonly unknown[]): ReturnType<typeof changeset> =>
  Object.assign(changeset(), {
    pulse(pulse: { add: unknown[] }) {
      for (const row of rows) pulse.add.push(ingest(row));
      return pulse;
    },
  });

/** Where x stands in a chart, in pixels from the left edge of its canvas; and back. */
export const pixelOf = ({ x, width }: Pick<Picture, 'x' | 'width'>, value: number): number =>
  MARGIN.left + ((value - x.domain[0]) / (x.domain[1] - x.domain[0])) * width;

export const valueAt = ({ x, width }: Pick<Picture, 'x' | 'width'>, pixel: number): number =>
  x.domain[0] + ((pixel - MARGIN.left) / width) * (x.domain[1] - x.domain[0]);

/** The same for y, from the top edge. Of a logarithmic scale, zero and what is below lie nowhere: NaN. */
export function pixelOfY(
  { y, height, shape }: Pick<Picture, 'y' | 'height' | 'shape'>,
  value: number,
): number {
  const at = shape.log ? Math.log : (one: number): number => one;
  const [low, high] = y.domain;
  return MARGIN.top + (1 - (at(value) - at(low)) / (at(high) - at(low))) * height;
}

export function valueAtY(
  { y, height, shape }: Pick<Picture, 'y' | 'height' | 'shape'>,
  pixel: number,
): number {
  const share = 1 - (pixel - MARGIN.top) / height;
  const [low, high] = y.domain;
  return shape.log ? low * (high / low) ** share : low + share * (high - low);
}

/**
 * One figure on screen: a Vega view that is embedded once and then grows by changesets. It is embedded anew only where its
 * specification changed (another line, another theme); how far it shows is told from outside and so outlives that too.
 */
import { changeset, type LoggerInterface, type Spec, type View } from 'vega';
import type { Result } from 'vega-embed';
import { compile } from 'vega-lite';
import { Drawing, embedView } from './drawing.ts';
import { difference } from './rows.ts';
import { figureSpec, MARGIN, signalsOf, type DrawnChart, type Rows } from './spec.ts';

/** Everything that a chart shows at a moment. */
export interface Picture extends DrawnChart {
  /** Device pixels to a pixel: a canvas is made for one. */
  ratio: number;
}

type HeldRows = { [K in keyof Rows]: Rows[K][number][] };
const NOTHING: HeldRows = { points: [], raw: [], bands: [], lone: [], bests: [], odds: [] };

export class Chart {
  readonly #host: HTMLElement;
  readonly #onError: (error: Error) => void;
  #embedded: Result | null = null;
  /** What the view was made from. */
  #made = '';
  #held: HeldRows = NOTHING;
  #signals = new Map<string, string>();
  #spoken = '';
  readonly #drawing = new Drawing<Picture, boolean>(
    (picture) => this.#draw(picture),
    () => this.#letGo(),
  );
  /** How often a view was made. */
  embeds = 0;

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
    if (this.#drawing.busy || this.#embedded === null) return;
    this.#signal('spoken', prefix);
    this.#embedded.view.runAsync().catch((error: unknown) => this.#onError(asError(error)));
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
      if (this.#embedded === null || this.#made !== made) await this.#embed(picture, made);
      await this.#update(picture);
      return true;
    } catch (error) {
      this.#letGo();
      this.#onError(asError(error));
      return false;
    }
  }

  async #embed(picture: Picture, made: string): Promise<void> {
    this.#letGo();
    const logger = this.#logger();
    const embedded = await embedView(this.#host, compiled(picture, made, logger), logger, false);
    this.#embedded = embedded;
    this.#made = made;
    this.embeds++;
    if (this.#drawing.gone) this.#letGo();
  }

  /** Tells the view only what differs from what it has. */
  async #update(picture: Picture): Promise<void> {
    const view = this.#embedded?.view;
    if (view === undefined) return;
    const { width, height, quiet } = picture;
    const signals = { ...signalsOf(picture.x, picture.y), width, height, quiet, spoken: this.#spoken };
    for (const [name, value] of Object.entries(signals)) this.#signal(name, value);
    const { rows } = picture;
    const had = this.#held;
    this.#held = {
      points: change(view, 'points', had.points, rows.points),
      raw: change(view, 'raw', had.raw, rows.raw),
      bands: change(view, 'bands', had.bands, rows.bands),
      lone: change(view, 'lone', had.lone, rows.lone),
      bests: change(view, 'bests', had.bests, rows.bests),
      odds: change(view, 'odds', had.odds, rows.odds),
    };
    await view.runAsync();
  }

  #signal(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (this.#signals.get(name) === text) return;
    this.#embedded?.view.signal(name, value);
    this.#signals.set(name, text);
  }

  /** Without this each view that is replaced would leave its memory and its listeners behind. */
  #letGo(): void {
    this.#embedded?.finalize();
    this.#embedded = null;
    this.#held = NOTHING;
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
const COMPILED = new Map<string, Spec>();
const MOST_COMPILED = 16;

function compiled({ shape, look }: Picture, made: string, logger: LoggerInterface): Spec {
  const known = COMPILED.get(made);
  if (known !== undefined) return known;
  const { spec } = compile(figureSpec(shape, look), { logger });
  for (const oldest of COMPILED.keys()) {
    if (COMPILED.size < MOST_COMPILED) break;
    COMPILED.delete(oldest);
  }
  COMPILED.set(made, spec);
  return spec;
}

/** Tells the view what is new in a data set and what is gone; returns what it holds then. */
function change<T extends { line: string }>(
  view: View,
  name: keyof Rows,
  had: readonly T[],
  rows: readonly T[],
): T[] {
  const { held, insert, remove } = difference(had, rows);
  if (insert.length > 0 || remove.length > 0) view.change(name, changeset().remove(remove).insert(insert));
  return held;
}

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

/** What every drawing by Vega has in common: how a view is made under the page's policy, and that only the last picture counts. */
import { parse, View, type LoggerInterface, type Runtime, type Spec } from 'vega';
import embed, { type EmbedOptions, type Result } from 'vega-embed';
import { closures } from './expressions.ts';
import { REFUSING } from './refusing.ts';

/** The policy of the page forbids `eval`: expressions stay trees. */
export const runtimeOf = (spec: Spec): Runtime => parse(spec, undefined, { ast: true });

/** A view of a specification that was parsed once for many; it runs when it has its data. */
export function viewOn(host: HTMLElement, runtime: Runtime, logger: LoggerInterface): View {
  const view = new View(runtime, {
    container: host,
    expr: closures,
    renderer: 'canvas',
    hover: false,
    loader: REFUSING,
    logger,
  });
  return tidy(view);
}

// Else what removed points leave behind is cleared away only after ten thousand of them.
const tidy = (view: View): View => Object.assign(view, { cleanThreshold: 200 });

/**
 * A view of whatever specification.
 * @param tooltip as vega-embed takes it
 */
export async function embedView(
  host: HTMLElement,
  spec: Spec,
  logger: LoggerInterface,
  tooltip: NonNullable<EmbedOptions['tooltip']>,
): Promise<Result> {
  const embedded = await embed(host, spec, {
    mode: 'vega',
    // The policy of the page forbids `eval`: expressions stay trees.
    ast: true,
    expr: closures,
    renderer: 'canvas',
    actions: false,
    hover: false,
    // Its style would be an inline one; what is needed of it stands in explore.css.
    defaultStyle: false,
    tooltip,
    loader: REFUSING,
    logger,
  });
  tidy(embedded.view);
  return embedded;
}

/** Draws one picture after the other; of several that are asked for while one is being drawn, the last. */
export class Drawing<Picture, Outcome> {
  readonly #draw: (picture: Picture) => Promise<Outcome>;
  readonly #letGo: () => void;
  #wanted: { picture: Picture } | null = null;
  #busy: Promise<Outcome | null> | null = null;
  #gone = false;

  /** @param letGo gives up what was drawn */
  constructor(draw: (picture: Picture) => Promise<Outcome>, letGo: () => void) {
    this.#draw = draw;
    this.#letGo = letGo;
  }

  get busy(): boolean {
    return this.#busy !== null;
  }

  /** Nobody will see any more what is being drawn. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Resolves when nothing is left to draw, with what became of the last picture; null where none was drawn. */
  async show(picture: Picture): Promise<Outcome | null> {
    this.#wanted = { picture };
    this.#busy ??= this.#drawAll().finally(() => (this.#busy = null));
    return this.#busy;
  }

  /** Lets the view go; the next picture makes it anew. */
  rest(): void {
    this.#wanted = null;
    if (this.#busy === null) this.#letGo();
  }

  dispose(): void {
    this.#gone = true;
    this.#wanted = null;
    this.#letGo();
  }

  async #drawAll(): Promise<Outcome | null> {
    let outcome: Outcome | null = null;
    while (this.#wanted !== null && !this.#gone) {
      const { picture } = this.#wanted;
      this.#wanted = null;
      outcome = await this.#draw(picture);
    }
    return outcome;
  }
}

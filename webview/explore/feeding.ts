/** What the charts are to be fed with: asked for once nothing moves any more, and only where it isn't asked for already. */
import { FIRST_WISH, type ChartWish } from '../../src/contract/pages/explore.ts';

/** After so long without a change it is asked for. */
const STILL_MS = 120;

export interface Feeder {
  wish(wish: ChartWish): void;
  /** By which axes lines are to be told besides. */
  besides(axes: ChartWish['axis'][]): void;
}

/** What is needed now. */
export interface Needs {
  wish: ChartWish;
  besides: ChartWish['axis'][];
}

export class Feeding {
  readonly #feeder: Feeder;
  readonly #needs: () => Needs;
  #wished = JSON.stringify(FIRST_WISH);
  #besides = '[]';
  #asking: ReturnType<typeof setTimeout> | null = null;

  constructor(feeder: Feeder, needs: () => Needs) {
    this.#feeder = feeder;
    this.#needs = needs;
  }

  ask(): void {
    const { wish, besides } = this.#needs();
    const axes = JSON.stringify(besides);
    if (axes !== this.#besides) this.#feeder.besides(besides);
    this.#besides = axes;
    const wished = JSON.stringify(wish);
    if (wished !== this.#wished) this.#feeder.wish(wish);
    this.#wished = wished;
  }

  askSoon(): void {
    if (this.#asking !== null) clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.ask(), STILL_MS);
  }
}

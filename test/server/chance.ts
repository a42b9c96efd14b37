/** Chance that can be repeated. */

/** Numbers in [0, 1), the same for the same seed (a linear congruential generator, as in Numerical Recipes). */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The seed of this run: TRAINYARD_TEST_SEED repeats one; in a long run each has its own. */
export const seedOf = (long: boolean, fixed: number): number =>
  Number(process.env['TRAINYARD_TEST_SEED'] ?? (long ? Math.floor(Math.random() * 2 ** 31) : fixed));

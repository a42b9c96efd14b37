/** Which run has which colour. Pure. */

type Slots = Readonly<Record<string, number>>;

/** So many runs are remembered, those that were compared last. */
const MOST_KEPT = 500;

/**
 * The places of all runs with these among them, no two of these at the same place: each keeps its own unless one before it has it, else
 * takes the first that is free here and in what is shown elsewhere. The very object that was given where nothing changes.
 * @param shown runs that other comparisons show
 */
export function assigned(ids: readonly string[], known: Slots, shown: ReadonlySet<string>): Slots {
  const taken = new Set<number>();
  const given = new Map<string, number>();
  for (const id of ids) {
    const own = known[id];
    if (own === undefined || taken.has(own)) continue;
    taken.add(own);
    given.set(id, own);
  }
  if (given.size === ids.length) return known;
  const elsewhere = new Set([...shown].flatMap((id) => known[id] ?? []));
  for (const id of ids) {
    if (given.has(id)) continue;
    let slot = 0;
    while (taken.has(slot) || (elsewhere.has(slot) && slot < ids.length + elsewhere.size)) slot++;
    taken.add(slot);
    given.set(id, slot);
  }
  const others = Object.entries(known).filter(([id]) => !given.has(id));
  return Object.fromEntries([...others.slice(-Math.max(0, MOST_KEPT - given.size)), ...given]);
}

export const without = (known: Slots, id: string): Slots =>
  Object.fromEntries(Object.entries(known).filter(([one]) => one !== id));

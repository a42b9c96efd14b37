/** `trainyard prune`: says what takes room, and frees what is chosen. */
import type { Client } from '../client/api.ts';
import { bytesText } from '../client/words.ts';
import { STORAGE_KINDS, type Amount, type StorageKind } from '../contract/storage.ts';
import { table } from './say.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const THINGS: Readonly<Record<StorageKind, readonly [one: string, more: string]>> = {
  environments: ['environment', 'environments'],
  logs: ['log', 'logs'],
  checkpoints: ['file', 'files'],
};

/** "30d" -> seconds; null where that is no age. */
export function ageSeconds(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text) ?? [];
  const seconds = Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
  return seconds <= 1e10 ? seconds : null;
}

/** Without `yes` it only tells. Resolves to the exit code: 0 where what was asked for happened. */
export async function prune(
  client: Client,
  asked: { kinds: readonly StorageKind[]; olderThanSeconds: number; yes: boolean },
  say: (text: string) => void,
): Promise<number> {
  const { kinds, olderThanSeconds, yes } = asked;
  if (yes && kinds.length > 0) {
    const freed = await free(client, kinds, olderThanSeconds);
    for (const kind of kinds) say(`Freed ${amountText(kind, freed.sums.get(kind))}.\n`);
    if (!freed.complete) say('There is more: not all could be looked at in time.\n');
    return freed.complete ? 0 : 1;
  }
  const { home, uses, complete } = await client.call('storage', { query: { olderThanSeconds } });
  const rows = uses.map((use) => [
    use.kind,
    String(use.count),
    bytesText(use.bytes),
    amountText(use.kind, use.free),
  ]);
  say(table(['KIND', 'COUNT', 'SIZE', 'CAN BE FREED'], rows));
  if (!complete) say('There is more: not all could be looked at in time.\n');
  if (kinds.length === 0) {
    say(
      `In ${home}. Choose with ${STORAGE_KINDS.map((kind) => `--${kind}`).join(', ')} and --older-than 30d.\n`,
    );
    return 0;
  }
  const chosen = uses.filter(({ kind }) => kinds.includes(kind));
  say(
    `This would free ${chosen.map(({ kind, free: part }) => amountText(kind, part)).join(', ')}. Say it again with --yes.\n`,
  );
  return 1;
}

/** Asks again for as long as there is more than one answer's time allows. */
async function free(
  client: Client,
  kinds: readonly StorageKind[],
  olderThanSeconds: number,
): Promise<{ sums: Map<StorageKind, Amount>; complete: boolean }> {
  const sums = new Map<StorageKind, Amount>();
  for (;;) {
    const pruned = await client.call('prune', { body: { kinds: [...kinds], olderThanSeconds } });
    for (const { kind, count, bytes } of pruned.freed) {
      const sum = sums.get(kind) ?? { count: 0, bytes: 0 };
      sums.set(kind, { count: sum.count + count, bytes: sum.bytes + bytes });
    }
    const progress = pruned.freed.some(({ count }) => count > 0);
    if (pruned.complete || !progress) return { sums, complete: pruned.complete };
  }
}

function amountText(kind: StorageKind, { count, bytes }: Amount = { count: 0, bytes: 0 }): string {
  const [one, more] = THINGS[kind];
  return `${count} ${count === 1 ? one : more} (${bytesText(bytes)})`;
}

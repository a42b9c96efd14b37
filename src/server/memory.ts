const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** "8GB" -> 8000000000. The text has passed the contract's `MemorySize`; anything else throws. */
export function memoryBytes(text: string): number {
  const [, amount, unit] = /^([\d.]+)\s*([a-z]+)$/i.exec(text) ?? [];
  const factor = UNITS[unit?.toLowerCase() ?? ''];
  if (amount === undefined || factor === undefined) throw new Error(`not a size of memory: ${text}`);
  return Math.floor(Number(amount) * factor);
}

/** What comes with a request. */
import { Refusal } from '../refusal.ts';

/** All of it. Rejects with `Refusal` (413) where it is more than `most` bytes. */
export async function bodyOf(request: Request, most: number): Promise<Uint8Array> {
  const tooLarge = (): Refusal =>
    new Refusal(413, 'too-large', `This body may have at most ${most / 2 ** 20} MiB.`, 'Send it in parts.');
  if (Number(request.headers.get('content-length') ?? 0) > most) throw tooLarge();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.byteLength;
    if (size > most) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

/** Throws `Refusal` (400) where it isn't JSON. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Refusal(
      400,
      'malformed',
      `The body isn't JSON: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

/** Who may call: secrets as they come, compared. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Compared as digests of equal length, in a time that tells nothing. */
export function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The secret of an Authorization header, as a bearer token or as a password with any name; null where there is none. */
export function tokenIn(header: string | undefined): string | null {
  const [, scheme, given] = /^(Bearer|Basic) (.+)$/i.exec(header ?? '') ?? [];
  if (scheme === undefined || given === undefined) return null;
  if (scheme.toLowerCase() === 'bearer') return given;
  const decoded = Buffer.from(given, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
}

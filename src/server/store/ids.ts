import { randomBytes } from 'node:crypto';

/** Crockford's base 32: no letters that are mistaken for digits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** An opaque id such as `e-4k7zq0m1tn2b`: a letter for what it names and 60 random bits. */
export const newId = (prefix: 'e' | 'm' | 's'): string =>
  `${prefix}-${Array.from(randomBytes(12), (byte) => ALPHABET[byte % 32]).join('')}`;

/** A secret of 256 bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');

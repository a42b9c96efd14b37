/** What a query string or a header says: text, read strictly as what it stands for. Their JSON Schemas tell what they are read as. */
import * as z from 'zod';

/** A number in decimal digits; nothing else that JavaScript would take for one. */
export const numberWord = (shape: z.ZodNumber) =>
  z.preprocess(
    (word) => (typeof word === 'string' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(word) ? Number(word) : word),
    shape,
  );

export const flagWord = z.stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' });

/** "Created,Failed"; a parameter that is repeated is joined the same way. */
export const listWord = <S extends z.ZodType<unknown, string>>(word: S) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(word).min(1));

/**
 * "loss,lr": names that may have commas themselves, which stand behind a backslash then, as a backslash does. Their schema tells of names
 * that have neither.
 * @param most so many of them
 */
export const namesWord = (name: z.ZodString, most: number) =>
  z
    .string()
    .transform((text) =>
      (text.match(/(?:[^,\\]|\\[^]|\\$)+/g) ?? []).map((one) => one.replace(/\\([,\\])/g, '$1')),
    )
    .pipe(
      z
        .array(name.min(1).meta({ pattern: String.raw`^[^,\\]+$` }))
        .min(1)
        .max(most),
    );

/** Names as such a word. */
export const namesText = (names: readonly string[]): string =>
  names.map((name) => name.replaceAll(/[,\\]/g, '\\$&')).join(',');

/**
 * Which chart and which line a logged name belongs to. Libraries log one flat name a value ("val_loss", "metrics/mAP50(B)"); people
 * compare train and val in one chart.
 */

/** One line of one chart. */
export interface Place {
  figure: string;
  legend: string;
}

/** Words that say which part of the data a value is of, and what its line is called. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'val'],
  ['valid', 'val'],
  ['validation', 'val'],
  ['eval', 'eval'],
  ['test', 'test'],
]);

const WORDS = [...PARTS.keys()].join('|');
const BEFORE = new RegExp(`^(${WORDS})[/_.\\- ](.+)$`, 'i');
const BEHIND = new RegExp(`^(.+)[/_.\\- ](${WORDS})$`, 'i');

/** "mAP50B", as MLflow takes it, is Ultralytics' "mAP50(B)"; the letter says what was found: boxes, masks, poses. */
const FOUND = /^(mAP50-95|mAP50|precision|recall)\(?([BMP])\)?$/;

/** A figure's name has no more characters. */
const MOST_CHARACTERS = 200;

/**
 * What Ultralytics logs as "metrics/..." is of its validation. Keras through MLflow logs "validation_loss" once in the end, beside each
 * epoch's "val_loss": that is another line. A name that says nothing of train or val is a figure without a legend.
 */
export function placeOf(key: string): Place {
  const scored = /^metrics\/(.+)$/.exec(key)?.[1];
  if (scored !== undefined) return { figure: shortened(withParens(scored)), legend: 'val' };
  const after = /^validation_(.+)$/.exec(key)?.[1];
  if (after !== undefined) return { figure: shortened(after), legend: 'validation' };
  const before = BEFORE.exec(key);
  const behind = before === null ? BEHIND.exec(key) : null;
  const [part, figure] = before === null ? [behind?.[2], behind?.[1]] : [before[1], before[2]];
  const legend = PARTS.get(part?.toLowerCase() ?? '');
  if (legend === undefined || figure === undefined) return { figure: shortened(key), legend: '' };
  return { figure: shortened(figure), legend };
}

const withParens = (name: string): string => name.replace(FOUND, '$1($2)');

/** The ends of long names tell them apart as often as their beginnings. */
const shortened = (name: string): string =>
  name.length <= MOST_CHARACTERS
    ? name
    : `${name.slice(0, MOST_CHARACTERS / 2)}…${name.slice(name.length - MOST_CHARACTERS / 2 + 1)}`;

/** A name for a line that came without one: the other way round, as far as there is one. */
export const keyOf = ({ figure, legend }: Place): string => (legend === '' ? figure : `${legend}/${figure}`);

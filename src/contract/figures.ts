/** What Trainyard knows of figures by their names: which direction is better, which one stands for the run, what it means. */

export type Direction = 'higher' | 'lower';
export type FigureHints = Readonly<
  Record<string, { better?: Direction | undefined; main?: boolean | undefined }>
>;

/** The seven figures of an object detector, in the order of their charts. */
export const DETECTOR_FIGURES = [
  'box_loss',
  'cls_loss',
  'dfl_loss',
  'mAP50(B)',
  'mAP50-95(B)',
  'precision(B)',
  'recall(B)',
] as const;

const MEANINGS: Readonly<Record<string, string>> = {
  box_loss: 'How far predicted boxes lie from the true ones. Lower is better.',
  cls_loss: 'How wrong the class scores of the boxes are (cross-entropy). Lower is better.',
  dfl_loss: 'Distribution focal loss: how unsure the predicted box edges are. Lower is better.',
  'mAP50(B)': 'Mean average precision over classes; a box counts as found from IoU 0.5. Higher is better.',
  'mAP50-95(B)': 'Mean average precision, averaged over IoU 0.5 to 0.95 in steps of 0.05. Higher is better.',
  'precision(B)': 'TP / (TP + FP): the share of predicted boxes that are right. Higher is better.',
  'recall(B)': 'TP / (TP + FN): the share of true boxes that are found. Higher is better.',
};

/** What values are, where they aren't plain numbers. */
export type Unit = '%' | 'bytes' | 'bytes/s' | '°C';

/**
 * What a training takes of its machine, kept beside its own figures: by time alone, and in no summary. GPUs are told apart by the legend,
 * "GPU 0".
 */
const SYSTEM = {
  'system/cpu': ['%', 'CPU time of all processes of the training: 100% is one core at work, 400% are four.'],
  'system/memory': [
    'bytes',
    'Memory that all processes of the training hold; what several share counts for each of them.',
  ],
  'system/disk written': ['bytes/s', 'How much all processes of the training write to disk, a second.'],
  'system/gpu': ['%', 'The share of the time in which the GPU computed.'],
  'system/gpu memory': [
    'bytes',
    'Memory in use on the GPU; at its limit a training ends with “out of memory”.',
  ],
  'system/gpu temperature': ['°C', 'How hot the GPU is; near its limit it slows down.'],
} as const satisfies Record<string, readonly [Unit, meaning: string]>;
export type SystemFigure = keyof typeof SYSTEM;

export const SYSTEM_FIGURES: readonly string[] = Object.keys(SYSTEM);
/** How often they are measured while it runs. */
export const MEASURED_EVERY_MS = 5_000;

const system = (figure: string): readonly [Unit, meaning: string] | null =>
  new Map<string, readonly [Unit, string]>(Object.entries(SYSTEM)).get(figure) ?? null;

export const unitOf = (figure: string): Unit | null => system(figure)?.[0] ?? null;

/** Figures named so are Trainyard's own. */
export const isSystemFigure = (figure: string): boolean => figure.startsWith('system/');

/** What a figure that a training logs is kept as: one that is named like one of ours gives way. */
export const ownFigure = (figure: string): string => (isSystemFigure(figure) ? `user/${figure}` : figure);

/** The direction of a figure, or null where none is known. A project's own hints come first. */
export function directionOf(figure: string, hints: FigureHints = {}): Direction | null {
  if (isSystemFigure(figure)) return null;
  const hinted = hints[figure]?.better;
  if (hinted !== undefined) return hinted;
  if (/learning[_ ]?rate|(^|[/_])lr(\d|$|[/_])/i.test(figure)) return null;
  if (/loss|error|perplexity/i.test(figure)) return 'lower';
  if (/mAP|precision|recall|accuracy|(^|[/_])(f1|auc|iou|dice)([/_(]|$)/i.test(figure)) return 'higher';
  return null;
}

/** The one figure that stands for a run: the project's choice, else mAP50-95(B), mAP50(B), the first with a direction. */
export function mainFigure(figures: readonly string[], hints: FigureHints = {}): string | null {
  const chosen = figures.find((figure) => hints[figure]?.main === true);
  if (chosen !== undefined) return chosen;
  for (const usual of ['mAP50-95(B)', 'mAP50(B)']) if (figures.includes(usual)) return usual;
  return figures.find((figure) => directionOf(figure, hints) !== null) ?? null;
}

/** One sentence for a chart's help. */
export function meaningOf(figure: string, hints: FigureHints = {}): string {
  const known = MEANINGS[figure] ?? system(figure)?.[1];
  if (known !== undefined) return known;
  const direction = directionOf(figure, hints);
  return direction === null
    ? `${figure}, as the training logged it.`
    : `${figure}. ${direction === 'higher' ? 'Higher' : 'Lower'} is better.`;
}

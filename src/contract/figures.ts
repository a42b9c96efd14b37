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

/**
 * What a training takes of its machine, kept beside its own figures: by time alone, and in no summary. GPUs are told apart by the legend,
 * "GPU 0". Sizes are bytes.
 */
export const SYSTEM_FIGURES = {
  'system/cpu': 'CPU time of all its processes, in percent of one core.',
  'system/memory': 'Memory of all its processes; what several share counts for each of them.',
  'system/disk written': 'Bytes a second that its processes write to disk.',
  'system/gpu': 'Percent of the time that the GPU computed.',
  'system/gpu memory': 'Memory in use on the GPU.',
  'system/gpu temperature': 'Degrees Celsius.',
} as const;
export type SystemFigure = keyof typeof SYSTEM_FIGURES;

/** Figures named so are Trainyard's own. */
const SYSTEM = 'system/';
export const isSystemFigure = (figure: string): boolean => figure.startsWith(SYSTEM);

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
  const known = MEANINGS[figure] ?? new Map<string, string>(Object.entries(SYSTEM_FIGURES)).get(figure);
  if (known !== undefined) return known;
  const direction = directionOf(figure, hints);
  return direction === null
    ? `${figure}, as the training logged it.`
    : `${figure}. ${direction === 'higher' ? 'Higher' : 'Lower'} is better.`;
}

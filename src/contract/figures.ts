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

/** What a figure means, by its name without what stands before a slash; the first that fits. */
const MEANINGS: readonly (readonly [name: RegExp, meaning: string | ((found: Found) => string)])[] = [
  [/^box_loss/, 'How far predicted boxes lie from the true ones.'],
  [/^cls_loss/, 'How wrong the class scores of the boxes are (cross-entropy).'],
  [/^dfl_loss/, 'Distribution focal loss: how unsure the predicted box edges are.'],
  [/^seg_loss/, 'How far predicted masks are from the true ones.'],
  [/^pose_loss/, 'How far predicted key points lie from the true ones.'],
  [/^kobj_loss/, 'How wrong it is about which key points can be seen.'],
  [
    /^mAP_?50-95/,
    ({ overlap }) => `Mean average precision, averaged over ${overlap} 0.5 to 0.95 in steps of 0.05.`,
  ],
  [
    /^mAP_?(?<share>50|75)/,
    ({ one, overlap, share }) =>
      `Mean average precision over classes; a ${one} counts as found from ${overlap} 0.${share.replace('0', '')}.`,
  ],
  [/^mAP/, 'Mean average precision over classes.'],
  [/^precision/i, ({ many }) => `TP / (TP + FP): the share of predicted ${many} that are right.`],
  [/^recall/i, ({ many }) => `TP / (TP + FN): the share of true ${many} that are found.`],
  [/(^|_)f1($|[_(])/i, '2PR / (P + R): the harmonic mean of precision P and recall R.'],
  [/perplexity/i, 'Among how many equally likely choices the model wavers (e to the cross-entropy).'],
  [/(^|_)iou($|[_(])/i, 'Intersection over union: how much predicted and true regions overlap.'],
  [/(^|_)dice($|[_(])/i, 'Twice the overlap over the sum of predicted and true regions.'],
  [/accuracy/i, 'The share of predictions that are right.'],
  [/loss/i, 'What the training makes small: how far predictions are from the truth.'],
  [/learning[_ ]?rate|^lr(\d|$|_)|^pg\d+$/i, 'How large the steps of the optimizer are.'],
  [/grad(ient)?_?norm/i, 'How long the gradient is: where it leaps, the loss often follows.'],
];

/** What is looked for, and by what two of it are compared. */
interface Found {
  one: string;
  many: string;
  overlap: string;
  share: string;
}

/** "(B)" stands for boxes, "(M)" for masks, "(P)" for poses. */
const SUBJECTS: Readonly<Record<string, Omit<Found, 'share'>>> = {
  B: { one: 'box', many: 'boxes', overlap: 'IoU' },
  M: { one: 'mask', many: 'masks', overlap: 'IoU' },
  P: { one: 'pose', many: 'poses', overlap: 'OKS' },
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

function knownMeaning(figure: string): string | null {
  const name = figure.slice(figure.lastIndexOf('/') + 1);
  const subject = SUBJECTS[/\((\w)\)$/.exec(name)?.[1] ?? ''] ?? {
    one: 'object',
    many: 'objects',
    overlap: 'IoU',
  };
  for (const [pattern, meaning] of MEANINGS) {
    const found = pattern.exec(name);
    if (found === null) continue;
    return typeof meaning === 'string'
      ? meaning
      : meaning({ ...subject, share: found.groups?.['share'] ?? '' });
  }
  return null;
}

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

/** One sentence for a chart's help, and which direction is better. */
export function meaningOf(figure: string, hints: FigureHints = {}): string {
  const known = system(figure)?.[1] ?? knownMeaning(figure);
  const direction = directionOf(figure, hints);
  if (direction === null) return known ?? `${figure}, as the training logged it.`;
  return `${known ?? `${figure}.`} ${direction === 'higher' ? 'Higher' : 'Lower'} is better.`;
}

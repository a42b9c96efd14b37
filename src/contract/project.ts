/** `trainyard.json`: what a project can train. Comments and trailing commas are allowed; every mistake has its place. */
import { getNodeValue, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import * as z from 'zod';
import { ArchitectureId, Logs, SettingsChange } from './shapes.ts';

export const PROJECT_FILE = 'trainyard.json';

const Architecture = z
  .strictObject({
    train: z
      .string()
      .regex(
        /^[^:]+:[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/,
        'write "file.py:function" or "file.py:Class.method", such as "train.py:train"',
      )
      .optional()
      .meta({ description: 'The train function: "file.py:function" or "file.py:Class.method".' }),
    command: z.array(z.string().min(1)).min(1).optional().meta({
      description: 'A program and its arguments, run without a shell, instead of a train function.',
    }),
    python: z.string().min(1).optional().meta({
      description: 'The interpreter. Default: the one chosen in the Python extension, else python3.',
    }),
    requirements: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'A requirements file: Trainyard makes its environment once and keeps it.' }),
    logs: Logs.optional().meta({
      description:
        'Files that the training logs to (TensorBoard, CSV, a JSON object a line), from this folder, such as "runs/**". ' +
        'What it writes below its output folder is found without.',
    }),
    service: SettingsChange.optional().meta({
      description: 'What the training service is set to when the first training makes it.',
    }),
  })
  .refine((a) => (a.train === undefined) !== (a.command === undefined), {
    message: 'give either "train" (a train function) or "command" (a program), and not both',
  });

const Model = z.strictObject({
  architecture: z.string().meta({ description: 'One of the architectures above, by its id.' }),
  dataset: z
    .string()
    .optional()
    .meta({ description: 'Where the data lies; handed to the training as it is.' }),
  config: z
    .record(z.string(), z.json())
    .default({})
    .meta({ description: 'Handed to the training as context.config.' }),
});

/** Vega-Lite's own compiler says what is wrong in it, in the place of the chart. */
const Specification = z.record(z.string(), z.json());
export type Specification = z.output<typeof Specification>;

const CHART = 'write a Vega-Lite specification, or the path of one, such as "charts/overfit.vl.json"';

export const ProjectFile = z.strictObject({
  $schema: z.string().optional(),
  architectures: z.record(ArchitectureId, Architecture),
  figures: z
    .record(
      z.string(),
      z.strictObject({ better: z.enum(['higher', 'lower']).optional(), main: z.boolean().optional() }),
    )
    .optional()
    .meta({ description: 'Which direction is better for a figure, and which one stands for a run.' }),
  charts: z
    .array(
      z.union([z.string().regex(/\.json$/, CHART), Specification], {
        error: CHART,
      }),
    )
    .max(50)
    .optional()
    .meta({
      description:
        'Charts of your own over the metrics of the runs: Vega-Lite specifications, or paths of such files from this folder. ' +
        'Their data is {"name": "metrics"}: a row for each value, with run, execution, figure, legend, epoch, step, time ' +
        '(milliseconds since 1970) and value.',
    }),
  models: z.record(z.string().min(1).max(200), Model),
});
export type ProjectFile = z.output<typeof ProjectFile>;

/** A mistake and where it stands. `offset` and `length` are in UTF-16 units, `line` and `column` count from 1. */
export interface Problem {
  message: string;
  offset: number;
  length: number;
  line: number;
  column: number;
}

export type ParsedProject = { ok: true; project: ProjectFile } | { ok: false; problems: Problem[] };

/** Reads the text of a file with a Vega-Lite specification, with the same liberties. Never throws. */
export function parseSpecification(
  text: string,
): { ok: true; specification: Specification } | { ok: false; message: string; line: number } {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined || tree === undefined) {
    const message = error === undefined ? 'the file is empty' : wordsOf(printParseErrorCode(error.error));
    return { ok: false, message, line: placeOf(text, error?.offset ?? 0).line };
  }
  const parsed = Specification.safeParse(getNodeValue(tree));
  if (!parsed.success) return { ok: false, message: 'a specification is an object', line: 1 };
  return { ok: true, specification: parsed.data };
}

/** Reads the text of a `trainyard.json`. Never throws. */
export function parseProject(text: string): ParsedProject {
  const errors: ParseError[] = [];
  if (text.trim() === '') {
    return {
      ok: false,
      problems: [{ message: 'the file is empty', offset: 0, length: 0, line: 1, column: 1 }],
    };
  }
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const problem = (message: string, offset: number, length: number): Problem => ({
    message,
    offset,
    length,
    ...placeOf(text, offset),
  });
  if (errors.length > 0 || tree === undefined) {
    return {
      ok: false,
      problems: errors.map((e) => problem(wordsOf(printParseErrorCode(e.error)), e.offset, e.length)),
    };
  }
  const parsed = ProjectFile.safeParse(getNodeValue(tree));
  if (!parsed.success) {
    return {
      ok: false,
      problems: parsed.error.issues.map((issue) => {
        const node = nearest(tree, issue.path);
        const where = issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : '';
        return problem(where + plain(issue.message), node.offset, node.length);
      }),
    };
  }
  const strangers = Object.entries(parsed.data.models).filter(
    ([, model]) => !Object.hasOwn(parsed.data.architectures, model.architecture),
  );
  if (strangers.length > 0) {
    const known = Object.keys(parsed.data.architectures).map((name) => `"${name}"`);
    return {
      ok: false,
      problems: strangers.map(([name, model]) => {
        const node = nearest(tree, ['models', name, 'architecture']);
        return problem(
          `models.${name}: there is no architecture "${model.architecture}"` +
            (known.length > 0 ? `; there is ${known.join(', ')}` : ''),
          node.offset,
          node.length,
        );
      }),
    };
  }
  return { ok: true, project: parsed.data };
}

/** Where `path` stands in a text that may have mistakes elsewhere: its value, or the nearest that there is around it. */
export function placeIn(text: string, path: readonly (string | number)[]): Omit<Problem, 'message'> {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  if (tree === undefined) return { offset: 0, length: 0, line: 1, column: 1 };
  const { offset, length } = nearest(tree, path);
  return { offset, length, ...placeOf(text, offset) };
}

/** The deepest node on the way to `path` that the file has: where a missing field should have been. */
function nearest(tree: Node, path: readonly PropertyKey[]): Node {
  let node = tree;
  for (const key of path) {
    const next =
      node.type === 'object'
        ? node.children?.find((property) => property.children?.[0]?.value === key)?.children?.[1]
        : node.type === 'array' && typeof key === 'number'
          ? node.children?.[key]
          : undefined;
    if (next === undefined) break;
    node = next;
  }
  return node;
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

/** The schema's words without its jargon: what is not there is missing. */
const plain = (message: string): string =>
  message.endsWith('received undefined') ? 'is missing' : message.replace(/^Invalid input: /, '');

/** "CommaExpected" -> "comma expected". */
const wordsOf = (code: string): string => code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

/** In what a version differs from the one before it: what people changed, and what changed under them. Pure. */
import { bytesText } from '../../client/words.ts';
import type { Difference } from '../../contract/pages/model.ts';
import type { Ran, RanDataset } from '../../contract/ran.ts';
import type { RunDetail } from '../../contract/shapes.ts';

type Values = Readonly<Record<string, string | null>>;

/** Empty where nothing does. What isn't known of one of them yet isn't compared. */
export function differences(now: RunDetail, before: RunDetail): Difference[] {
  return [
    ...compare('Configuration', flat(now.config), flat(before.config)),
    ...compare('Training', trainingOf(now), trainingOf(before)),
    ...compare('Dataset', { path: now.dataset }, { path: before.dataset }),
    ...(now.ran === null || before.ran === null ? [] : inWhatRan(now.ran, before.ran)),
  ];
}

function inWhatRan(now: Ran, before: Ran): Difference[] {
  const [python, pythonBefore] = [now.python, before.python];
  return [
    ...compare('Dataset', { content: contentOf(now.dataset) }, { content: contentOf(before.dataset) }),
    ...inCode(now.code, before.code),
    ...(python === null || pythonBefore === null
      ? []
      : [
          ...compare('Python', interpreterOf(python), interpreterOf(pythonBefore)),
          ...compare('Packages', python.packages, pythonBefore.packages),
        ]),
    ...compare('Machine', machineOf(now), machineOf(before)),
  ];
}

/** The names of both, those of the present one first. */
function compare(group: Difference['group'], now: Values, before: Values): Difference[] {
  const names = [...new Set([...Object.keys(now), ...Object.keys(before)])];
  return names
    .map((name) => ({ group, name, before: before[name] ?? null, now: now[name] ?? null }))
    .filter((one) => one.before !== one.now);
}

/** Nested values by dotted names: `optimizer.lr`. */
export function flat(config: RunDetail['config'], above = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]): [string, string][] => {
      const name = above + key;
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        const inside = Object.entries(flat(value, `${name}.`));
        return inside.length > 0 ? inside : [[name, '{}']];
      }
      return [[name, typeof value === 'string' ? value : JSON.stringify(value)]];
    }),
  );
}

const trainingOf = (run: RunDetail): Values => ({
  function: run.train,
  command: run.command?.join(' ') ?? null,
  architecture: run.architecture.id,
});

const contentOf = (dataset: RanDataset | null): string | null =>
  dataset === null || dataset.files === null
    ? null
    : `${dataset.cut ? 'more than ' : ''}${dataset.files} ${dataset.files === 1 ? 'file' : 'files'}, ${bytesText(dataset.bytes ?? 0)}`;

function inCode(now: Ran['code'], before: Ran['code']): Difference[] {
  const named = (code: Ran['code']): Values => ({
    commit: code?.commit?.slice(0, 10) ?? null,
    branch: code?.branch ?? null,
    'untracked files': code?.untracked?.join(', ') || null,
  });
  const found = compare('Code', named(now), named(before));
  const [patch, patchBefore] = [now?.patch ?? '', before?.patch ?? ''];
  if (patch !== patchBefore) {
    const size = (text: string): string | null =>
      text === '' ? null : `${bytesText(new TextEncoder().encode(text).byteLength)} of changes`;
    const [a, b] = [size(patchBefore), size(patch)];
    found.push({ group: 'Code', name: 'uncommitted', before: a, now: a === b ? `other ${b}` : b });
  }
  return found;
}

const interpreterOf = (python: NonNullable<Ran['python']>): Values => ({
  interpreter: python.executable,
  version: `${python.implementation} ${python.version}`,
});

const machineOf = ({ machine }: Ran): Values => ({
  host: machine.host,
  system: machine.os,
  processor: `${machine.cpu}, ${machine.cores} cores`,
  memory: bytesText(machine.memoryBytes),
  GPUs: machine.gpus.map(({ name }) => name).join(', ') || null,
});

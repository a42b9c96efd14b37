/** In what a version differs from the one before it: what people changed, and what changed under them. Pure. */
import * as l10n from '@vscode/l10n';
import { bytesText } from '../../client/words.ts';
import type { Difference } from '../../contract/pages/model.ts';
import type { Ran, RanDataset } from '../../contract/ran.ts';
import { flat } from '../../contract/config.ts';
import type { RunDetail } from '../../contract/shapes.ts';

type Values = Readonly<Record<string, string | null>>;

/** Empty where nothing does. What isn't known of one of them yet isn't compared. */
export function differences(now: RunDetail, before: RunDetail): Difference[] {
  return [
    ...compare('Configuration', flat(now.config), flat(before.config)),
    ...compare('Training', trainingOf(now), trainingOf(before)),
    ...compare('Dataset', pathOf(now), pathOf(before)),
    ...(now.ran === null || before.ran === null ? [] : inWhatRan(now.ran, before.ran)),
  ];
}

function inWhatRan(now: Ran, before: Ran): Difference[] {
  const [python, pythonBefore] = [now.python, before.python];
  return [
    ...compare('Dataset', contentOf(now.dataset), contentOf(before.dataset)),
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

const trainingOf = (run: RunDetail): Values => ({
  [l10n.t('function')]: run.train,
  [l10n.t('command')]: run.command?.join(' ') ?? null,
  [l10n.t('architecture')]: run.architecture.id,
});

const pathOf = ({ dataset }: RunDetail): Values => ({ [l10n.t('path')]: dataset });

const contentOf = (dataset: RanDataset | null): Values => ({
  [l10n.t('content')]:
    dataset === null || dataset.files === null
      ? null
      : sizeOf(dataset.files, dataset.cut, bytesText(dataset.bytes ?? 0)),
});

function sizeOf(files: number, cut: boolean, bytes: string): string {
  if (files === 1) return cut ? l10n.t('more than 1 file, {0}', bytes) : l10n.t('1 file, {0}', bytes);
  return cut ? l10n.t('more than {0} files, {1}', files, bytes) : l10n.t('{0} files, {1}', files, bytes);
}

function inCode(now: Ran['code'], before: Ran['code']): Difference[] {
  const named = (code: Ran['code']): Values => ({
    [l10n.t('commit')]: code?.commit?.slice(0, 10) ?? null,
    [l10n.t('branch')]: code?.branch ?? null,
    [l10n.t('untracked files')]: code?.untracked?.join(', ') || null,
  });
  const found = compare('Code', named(now), named(before));
  const [patch, patchBefore] = [now?.patch ?? '', before?.patch ?? ''];
  if (patch !== patchBefore) {
    const size = (text: string): string | null =>
      text === '' ? null : bytesText(new TextEncoder().encode(text).byteLength);
    const [a, b] = [size(patchBefore), size(patch)];
    const changes = (bytes: string | null): string | null =>
      bytes === null ? null : l10n.t('{0} of changes', bytes);
    found.push({
      group: 'Code',
      name: l10n.t('uncommitted'),
      before: changes(a),
      now: a === b && b !== null ? l10n.t('other {0} of changes', b) : changes(b),
    });
  }
  return found;
}

const interpreterOf = (python: NonNullable<Ran['python']>): Values => ({
  [l10n.t('interpreter')]: python.executable,
  [l10n.t('version')]: `${python.implementation} ${python.version}`,
});

const machineOf = ({ machine }: Ran): Values => ({
  [l10n.t('host')]: machine.host,
  [l10n.t('system')]: machine.os,
  [l10n.t('processor')]: l10n.t('{0}, {1} cores', machine.cpu, machine.cores),
  [l10n.t('memory')]: bytesText(machine.memoryBytes),
  GPUs: machine.gpus.map(({ name }) => name).join(', ') || null,
});

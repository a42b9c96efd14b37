/** What shows when the mouse rests on an architecture or a model: what its file says of it, as Markdown. Pure. */
import * as l10n from '@vscode/l10n';
import type { ProjectFile } from '../../contract/project.ts';
import { settingText } from '../../contract/settings.ts';
import { escapeText } from '../runs/hover.ts';

export function architectureHover(project: ProjectFile, id: string): string {
  const architecture = project.architectures[id];
  if (architecture === undefined) return '';
  const { train, command, python, requirements, service = {} } = architecture;
  return [
    `**${escapeText(id)}**`,
    table([
      [l10n.t('Train function'), train],
      [l10n.t('Command'), command?.join(' ')],
      [l10n.t('Python'), python],
      [l10n.t('Requirements'), requirements],
      // Values of the environment may be secrets.
      ...Object.entries(service).map(
        ([name, value]) =>
          [
            name,
            name === 'env' ? Object.keys(service.env ?? {}).join(', ') : settingText(value ?? undefined),
          ] as const,
      ),
    ]),
  ].join('\n\n');
}

export function modelHover(project: ProjectFile, name: string): string {
  const model = project.models[name];
  if (model === undefined) return '';
  return [
    `**${escapeText(name)}** &nbsp; ${escapeText(model.architecture)}`,
    table([
      [l10n.t('Dataset'), model.dataset],
      ...Object.entries(model.config).map(([key, value]) => [key, JSON.stringify(value)] as const),
    ]),
  ].join('\n\n');
}

function table(rows: readonly (readonly [string, string | undefined])[]): string {
  const shown = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`| ${escapeText(name)} &nbsp; | ${escapeText(value)} |`],
  );
  return shown.length === 0 ? '' : ['| | |', '|:--|:--|', ...shown].join('\n');
}

/** What is taken away from charts: a picture into a file, a specification into an editor, a table into the clipboard. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { PictureFormat, takeCalls } from '../../contract/pages/explore.ts';
import type { Handlers } from '../../contract/pages/page.ts';
import { exportMetrics } from '../commands/export.ts';
import { tell } from '../commands/register.ts';
import { say } from '../commands/said.ts';
import type { Connection, RunStore } from '../interfaces.ts';

interface TakeDeps {
  readonly store: RunStore;
  readonly connection: Connection;
  readonly log: vscode.LogOutputChannel;
}

/** @param folder in which pictures are first offered a place; null where none is known */
export function takeHandlers(
  folder: () => string | null,
  { store, connection, log }: TakeDeps,
): Handlers<typeof takeCalls> {
  return {
    savePicture: ({ name, format, content }) => {
      const bytes = Buffer.from(content, format === 'png' ? 'base64' : 'utf8');
      const title = format === 'png' ? l10n.t('Save as PNG') : l10n.t('Save as SVG');
      // A person may take any time to say where.
      savePicture(title, name, format, bytes, folder()).catch((error: unknown) => tell(title, error, log));
      return null;
    },
    exportData: ({ executionIds, figures }) => {
      const taken = store.ensure(executionIds).then(async (runs) => exportMetrics(runs, connection, figures));
      taken.catch((error: unknown) => tell(l10n.t('Export Data'), error, log));
      return null;
    },
    openSpecification: async ({ text }) => {
      const document = await vscode.workspace.openTextDocument({ language: 'json', content: text });
      await vscode.window.showTextDocument(document, { viewColumn: otherColumn(), preview: false });
      return null;
    },
    copyText: async ({ text }) => {
      await vscode.env.clipboard.writeText(text);
      say(l10n.t('Copied the table'));
      return null;
    },
  };
}

async function savePicture(
  title: string,
  name: string,
  format: PictureFormat,
  bytes: Uint8Array,
  folder: string | null,
): Promise<void> {
  const file = `${fileName(name)}.${format}`;
  const chosen = await vscode.window.showSaveDialog({
    title,
    filters: { [format.toUpperCase()]: [format] },
    ...(folder === null ? {} : { defaultUri: vscode.Uri.file(path.join(folder, file)) }),
  });
  if (chosen === undefined) return;
  await vscode.workspace.fs.writeFile(chosen, bytes);
  say(l10n.t('Saved {0}', vscode.workspace.asRelativePath(chosen)));
}

/** Pages stand beside the code: what is opened from one goes where the code is, and beside a page that stands there itself. */
const otherColumn = (): vscode.ViewColumn =>
  vscode.window.tabGroups.activeTabGroup.viewColumn === vscode.ViewColumn.One
    ? vscode.ViewColumn.Beside
    : vscode.ViewColumn.One;

/** "shapes-small v1 mAP50-95(B)" -> "shapes-small-v1-mAP50-95(B)", without what no file name may have. */
export const fileName = (name: string): string =>
  name.replaceAll(/[^\p{L}\p{N}._()-]+/gu, '-').replaceAll(/^[-.]+|-+$/g, '') || 'chart';

/** The Training Table: all runs of this window. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import * as z from 'zod';
import { tableCalls, type ToTable } from '../../contract/pages/table.ts';
import { Pages, type PagesDeps } from './pages.ts';
import { RunTable, type RunTableDeps } from './runTable.ts';

/** There is one table of a window. */
const Subject = z.object({});

export class TrainingTable implements vscode.Disposable {
  readonly #pages: Pages<z.output<typeof Subject>, ToTable, typeof tableCalls>;

  constructor(deps: PagesDeps & RunTableDeps) {
    this.#pages = new Pages(
      {
        name: 'table',
        title: l10n.t('Training Table'),
        subject: Subject,
        keyOf: () => '',
        calls: tableCalls,
        takesFocus: true,
        open: (_, page) => {
          const table = new RunTable('table', () => true, [], deps);
          return {
            handlers: table.handlers,
            feed: () => table.feed((message) => page.post(message)),
            dispose: () => undefined,
          };
        },
      },
      deps,
    );
  }

  show(): void {
    this.#pages.show({});
  }

  dispose(): void {
    this.#pages.dispose();
  }
}

/** Where the Training Table begins. */
// First of all: they say how schemas are made, and in which language words are. The bundler makes a file of its own of the styles.
// oxlint-disable import/no-unassigned-import
import '../jitless.ts';
import '../translation.ts';
import '../ui/ui.css';
import './table.css';
// oxlint-enable import/no-unassigned-import
import * as l10n from '@vscode/l10n';
import * as z from 'zod';
import { tableCalls, ToTable } from '../../src/contract/pages/table.ts';
import { watchLook } from '../charts/theme.ts';
import { connectHost } from '../host.ts';
import { registerControls } from '../ui/controls.ts';
import { element } from '../ui/dom.ts';

import { Banner } from '../ui/trouble.ts';
import { Table, TableOwn } from './table.ts';

registerControls();
const host = connectHost({ subject: z.object({}), hears: ToTable, own: TableOwn, calls: tableCalls });
const banner = new Banner((remedy) => host.remedy(remedy));
const words = {
  empty: {
    title: l10n.t('Nothing has been trained here yet.'),
    hint: l10n.t('Trainings run in the background: they go on when you close this window.'),
  },
};
const table = new Table(host, host.saved() ?? TableOwn.parse({}), words, (own) => host.save(own));
document.body.append(
  element(
    'main',
    { class: 'whole' },
    element('h1', { class: 'unseen' }, l10n.t('Training Table')),
    banner.element,
    table.element,
  ),
);
watchLook(() => table.remeasure());
host.begin((message) => {
  if (message.type === 'trouble') banner.show(message);
  table.hear(message);
});

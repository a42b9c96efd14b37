/** Where the Explore panel's page begins. */
// The bundler makes a file of its own of it.
// oxlint-disable-next-line import/no-unassigned-import
import './explore.css';
import type { ToExplore } from '../../src/contract/panel.ts';
import { connectHost, executionIdsOf } from '../protocol.ts';
import { registerControls } from '../ui/controls.ts';
import { Explore } from './panel.ts';

registerControls();

const waiting: ToExplore[] = [];
let panel: Explore | null = null;
const host = connectHost((message) => {
  if (panel === null) waiting.push(message);
  else panel.hear(message);
});

// The host writes into the page what it is about, so that a reload knows it even where nothing could be loaded.
panel = new Explore(document.body, host, executionIdsOf(document.body.dataset['executions']));
waiting.forEach((message) => panel?.hear(message));
addEventListener('error', (event) => host.post({ type: 'failed', message: event.message }));
addEventListener('unhandledrejection', (event) =>
  host.post({ type: 'failed', message: String(event.reason) }),
);
host.post({ type: 'ready' });

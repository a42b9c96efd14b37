/** Where the Explore page begins. */
// First of all: they say how schemas are made, and in which language words are. The bundler makes a file of its own of the styles.
// oxlint-disable import/no-unassigned-import
import '../jitless.ts';
import '../translation.ts';
import '../ui/ui.css';
import '../ui/head.css';
import './explore.css';
// oxlint-enable import/no-unassigned-import
import { registerControls } from '../ui/controls.ts';
import { element } from '../ui/dom.ts';
import { connectExplore } from './host.ts';
import { Explore } from './panel.ts';

registerControls();
const host = connectExplore();
const root = element('main');
document.body.append(root);
const explore = new Explore({
  root,
  scroller: document.documentElement,
  executionIds: host.subject.executionIds,
  saved: host.saved(),
  save: (own) => host.save(own),
  wish: (wish) => {
    host.call('wish', wish).catch((error: unknown) => host.failed(error));
  },
  besides: (axes) => {
    host.call('besides', { axes }).catch((error: unknown) => host.failed(error));
  },
  hand: (name, ask) => host.call(name, ask),
  failed: (error) => host.failed(error),
  heading: {
    command: (command, executionId) => {
      host.call('command', { command, executionId }).catch((error: unknown) => host.failed(error));
    },
    traits: async () => host.call('traits', null),
    remedy: (remedy) => host.remedy(remedy),
  },
});
host.begin((message) => explore.hear(message));
explore.begin();
explore.rehearse();

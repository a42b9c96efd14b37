/** Where the Explore page begins. */
// First of all: it says how schemas are made. The bundler makes a file of its own of the styles.
// oxlint-disable import/no-unassigned-import
import '../jitless.ts';
import '../ui/ui.css';
import './explore.css';
// oxlint-enable import/no-unassigned-import
import { registerControls } from '../ui/controls.ts';
import { connectExplore } from './host.ts';
import { Explore } from './panel.ts';

registerControls();
const host = connectExplore();
const explore = new Explore(document.body, host);
host.begin((message) => explore.hear(message));

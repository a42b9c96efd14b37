/** Where the page of a model begins. */
// First of all: they say how schemas are made, and in which language words are. The bundler makes a file of its own of the styles.
// oxlint-disable import/no-unassigned-import
import '../jitless.ts';
import '../translation.ts';
import '../ui/ui.css';
import '../ui/head.css';
import '../ui/tabs.css';
import '../explore/explore.css';
import './model.css';
// oxlint-enable import/no-unassigned-import
import { registerControls } from '../ui/controls.ts';
import { connectModel } from './host.ts';
import { ModelPage } from './page.ts';

registerControls();
const host = connectModel();
const page = new ModelPage(document.body, host);
host.begin((message) => page.hear(message));
page.watch();

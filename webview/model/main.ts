/** Where the page of a model begins. */
// First of all: it says how schemas are made. The bundler makes a file of its own of the styles.
// oxlint-disable import/no-unassigned-import
import '../jitless.ts';
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

/** Where the page of a service begins. */
// First of all: they say how schemas are made, and in which language words are. The bundler makes a file of its own of the styles.
// oxlint-disable import/no-unassigned-import
import '../jitless.ts';
import '../translation.ts';
import '../ui/ui.css';
import '../ui/head.css';
import '../ui/tabs.css';
import '../table/table.css';
import './service.css';
// oxlint-enable import/no-unassigned-import
import { watchLook } from '../charts/theme.ts';
import { registerControls } from '../ui/controls.ts';
import { connectService } from './host.ts';
import { ServicePage } from './page.ts';

registerControls();
const host = connectService();
const page = new ServicePage(document.body, host);
watchLook(() => page.remeasure());
host.begin((message) => page.hear(message));

// `npm start [-- --headless]`
import { goOn } from './bootstrap.mjs';

goOn('start.ts');

// `npm test [-- SUITE ...]`
import { goOn } from './bootstrap.mjs';

goOn('test.ts');

/**
 * Gives `l10n.t` the words of VS Code's display language, where the host has written them into the page. Imported before all others,
 * since tables of words are made as their files are loaded.
 */
import * as l10n from '@vscode/l10n';
import * as z from 'zod';

const words = document.body.dataset['words'];
if (words !== undefined) l10n.config({ contents: z.record(z.string(), z.string()).parse(JSON.parse(words)) });

/**
 * Gives `l10n.t` the words of VS Code's display language, where there is a bundle of them. Whoever makes words calls `l10n.t`, pure files
 * too: it needs no VS Code. Imported before all others, since tables of words are made as their files are loaded.
 */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';

if (vscode.l10n.bundle !== undefined) l10n.config({ contents: vscode.l10n.bundle });

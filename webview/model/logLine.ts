/** One line of a log in the page: places in code lead there, and what was searched for is marked. */
import * as l10n from '@vscode/l10n';
import { linksIn } from '../../src/contract/logLines.ts';
import { element } from '../ui/dom.ts';
import { link } from '../ui/link.ts';
import type { Line } from './logWindow.ts';

/** Of a longer line only the document has the rest. */
const LONGEST = 4000;

/** @param search in lower case, "" for nothing */
export function lineElement(
  { text, level }: Line,
  search: string,
  openPlace: (file: string, line: number) => void,
): HTMLElement {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const made = element('div', { class: `log-line ${level ?? ''}` });
  let at = 0;
  for (const found of linksIn(shown)) {
    made.append(...marked(shown.slice(at, found.start), search));
    at = found.start + found.length;
    const words = shown.slice(found.start, at);
    const place = link('', () => openPlace(found.file, found.line), {
      title: l10n.t('Open {0}, line {1}', found.file, found.line),
    });
    place.append(...marked(words, search));
    made.append(place);
  }
  made.append(...marked(shown.slice(at), search));
  return made;
}

function marked(text: string, search: string): (Node | string)[] {
  if (search === '') return [text];
  const parts: (Node | string)[] = [];
  const lower = text.toLowerCase();
  let at = 0;
  for (let found = lower.indexOf(search); found !== -1; found = lower.indexOf(search, at)) {
    parts.push(text.slice(at, found), element('mark', {}, text.slice(found, found + search.length)));
    at = found + search.length;
  }
  parts.push(text.slice(at));
  return parts;
}

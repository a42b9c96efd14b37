/** The parts of which a page of facts is made: sections, lists of names and values, tables. */
import { element } from '../ui/dom.ts';

export type Fact = readonly [name: string, ...value: (Node | string)[]];

export function section(id: string, title: string, ...content: readonly HTMLElement[]): HTMLElement {
  const heading = element('h2', { id: `of-${id}` }, title);
  return element('section', { 'aria-labelledby': `of-${id}` }, heading, ...content);
}

export function facts(rows: readonly Fact[]): HTMLElement {
  return element(
    'dl',
    { class: 'fact-list' },
    ...rows.flatMap(([name, ...value]) => [element('dt', {}, name), element('dd', {}, ...value)]),
  );
}

export function table(
  name: string,
  head: readonly (Node | string)[],
  rows: readonly HTMLElement[],
): HTMLElement {
  return element(
    'table',
    { 'aria-label': name },
    element('thead', {}, element('tr', {}, ...head.map((title) => element('th', { scope: 'col' }, title)))),
    element('tbody', {}, ...rows),
  );
}

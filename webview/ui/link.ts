/** What leads somewhere within the editor: a link to look at, a button to use. */
import { element } from './dom.ts';

export function link(
  text: string,
  onPress: (event: MouseEvent) => void,
  attributes: Record<string, string> = {},
): HTMLButtonElement {
  const made = element('button', { type: 'button', class: 'link', ...attributes }, text);
  made.addEventListener('click', onPress);
  return made;
}

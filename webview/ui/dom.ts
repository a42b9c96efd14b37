/** Elements in a line each. Text goes in as text, never as HTML. */

type Child = Node | string | null;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A sentence with an element in the place of its "{0}", wherever a language has it. */
export const around = (sentence: string, middle: Node): (Node | string)[] =>
  sentence.split('{0}').flatMap((part, i) => (i === 0 ? [part] : [middle, part]));

/** A drawing of 16 x 16, or of another size. Screen readers pass it by: words stand beside it. */
export function drawing(
  shapes: readonly (readonly [tag: string, attributes: Readonly<Record<string, string>>])[],
  width = 16,
  height = 16,
): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [name, value] of Object.entries({
    width: String(width),
    height: String(height),
    viewBox: `0 0 ${width} ${height}`,
    'aria-hidden': 'true',
    focusable: 'false',
  })) {
    svg.setAttribute(name, value);
  }
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
    svg.append(shape);
  }
  return svg;
}

/** Sets text and attributes only where they differ, so that nothing is read aloud or laid out for nothing. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

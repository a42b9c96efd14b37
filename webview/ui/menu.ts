/** A button that opens a menu below itself, for pointer, keyboard and screen reader alike (WAI-ARIA, "Menu Button"). */
import { element, setAttribute } from './dom.ts';

export interface MenuItem {
  label: string;
  run(): void;
  /** Of what is on or off. */
  checked?: boolean;
}

/** null stands for a line between two groups. */
export type MenuItems = readonly (MenuItem | null)[];

const GAP = 2;

/** @param items made anew each time that it opens */
export function opensMenu(button: HTMLButtonElement, name: string, items: () => MenuItems): void {
  setAttribute(button, 'aria-haspopup', 'menu');
  setAttribute(button, 'aria-expanded', 'false');
  button.addEventListener('click', () => open(button, name, items(), 'first'));
  button.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    open(button, name, items(), event.key === 'ArrowDown' ? 'first' : 'last');
  });
}

function open(button: HTMLButtonElement, name: string, items: MenuItems, focus: 'first' | 'last'): void {
  const menu = element('div', { class: 'menu', role: 'menu', popover: 'auto', 'aria-label': name });
  const choose = (item: MenuItem): void => {
    button.focus({ preventScroll: true });
    menu.hidePopover();
    item.run();
  };
  menu.append(...items.map((item) => (item === null ? element('hr') : entry(item, () => choose(item)))));
  menu.addEventListener('keydown', (event) => key(event, menu, button));
  menu.addEventListener('toggle', (event) => {
    if (event.newState !== 'closed') return;
    setAttribute(button, 'aria-expanded', 'false');
    menu.remove();
  });
  button.after(menu);
  menu.showPopover({ source: button });
  setAttribute(button, 'aria-expanded', 'true');
  place(menu, button.getBoundingClientRect());
  entriesOf(menu)
    .at(focus === 'first' ? 0 : -1)
    ?.focus();
}

function entry({ label, checked }: MenuItem, choose: () => void): HTMLButtonElement {
  const made = element(
    'button',
    {
      type: 'button',
      tabindex: '-1',
      role: checked === undefined ? 'menuitem' : 'menuitemcheckbox',
      ...(checked === undefined ? {} : { 'aria-checked': String(checked) }),
    },
    label,
  );
  made.addEventListener('click', choose);
  made.addEventListener('pointerenter', () => made.focus({ preventScroll: true }));
  return made;
}

/** Below the button and in line with its end, as far as the page has room. */
function place(menu: HTMLElement, at: DOMRect): void {
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + GAP;
  const top = below + height <= innerHeight ? below : Math.max(GAP, at.top - GAP - height);
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(GAP, Math.min(at.right - width, innerWidth - width - GAP))}px`;
}

function key(event: KeyboardEvent, menu: HTMLElement, button: HTMLButtonElement): void {
  const entries = entriesOf(menu);
  const now = entries.findIndex((one) => one === document.activeElement);
  const to = {
    ArrowDown: (now + 1) % entries.length,
    ArrowUp: (now <= 0 ? entries.length : now) - 1,
    Home: 0,
    End: entries.length - 1,
  }[event.key];
  if (to !== undefined) entries[to]?.focus();
  else if (event.key === 'Escape' || event.key === 'Tab') {
    button.focus({ preventScroll: true });
    menu.hidePopover();
    // The focus goes on from the button.
    if (event.key === 'Tab') return;
  } else if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey) {
    const begins = (one: HTMLElement): boolean =>
      one.textContent.toLowerCase().startsWith(event.key.toLowerCase());
    (entries.slice(now + 1).find(begins) ?? entries.find(begins))?.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

const entriesOf = (menu: HTMLElement): HTMLElement[] => [
  ...menu.querySelectorAll<HTMLElement>('[role^=menuitem]'),
];

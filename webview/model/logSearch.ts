/** The search over a log: what is typed, which of the held lines have it, and the ways to those that aren't held. */
import * as l10n from '@vscode/l10n';
import { button } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import type { Line } from './logWindow.ts';

/** On which side of the lines that are held. */
type Side = 'earlier' | 'later';

interface Actions {
  typed(text: string): void;
  /** To the next match, or the one before. */
  step(by: number): void;
  /** Rejects with words for a person. */
  beyond(side: Side, stop: AbortSignal): Promise<void>;
}

export class LogSearch {
  readonly element = element('div', { class: 'log-search', role: 'search' });
  readonly #input = element('input', {
    type: 'search',
    placeholder: l10n.t('Search the log'),
    'aria-label': l10n.t('Search the log'),
    spellcheck: 'false',
    maxlength: '200',
  });
  readonly #count = element('span', { class: 'faint', role: 'status' });
  readonly #beyond: Record<Side, HTMLElement>;
  readonly #steps: HTMLElement[];
  #matches: readonly number[] = [];
  /** Of `#matches`. */
  #at = 0;
  #rows: readonly Line[] = [];
  #running: AbortController | null = null;
  /** Where there are lines that aren't held. */
  #more: Readonly<Record<Side, boolean>> = { earlier: false, later: false };

  constructor(text: string, actions: Actions) {
    this.#input.value = text;
    this.#input.addEventListener('input', () => {
      this.#stop();
      this.#at = -1;
      actions.typed(this.#input.value);
      actions.step(0);
    });
    this.#input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      actions.step(event.shiftKey ? -1 : 1);
    });
    this.#steps = [button('↑', () => actions.step(-1)), button('↓', () => actions.step(1))];
    this.#steps[0]?.setAttribute('aria-label', l10n.t('Previous match'));
    this.#steps[1]?.setAttribute('aria-label', l10n.t('Next match'));
    this.#beyond = {
      earlier: button(l10n.t('Search Earlier Lines'), () => this.#search('earlier', actions)),
      later: button(l10n.t('Search Later Lines'), () => this.#search('later', actions)),
    };
    this.element.append(this.#input, this.#count, ...this.#steps, ...Object.values(this.#beyond));
  }

  /** In lower case. */
  get wanted(): string {
    return this.#input.value.toLowerCase();
  }

  /** Looks through the lines that are shown. @returns the one that the search is at */
  look(rows: readonly Line[], from: number, more: Readonly<Record<Side, boolean>>): Line | null {
    const { wanted } = this;
    const before = this.#rows[this.#matches[this.#at] ?? -1];
    this.#rows = rows;
    this.#matches =
      wanted === '' ? [] : rows.flatMap(({ text }, i) => (text.toLowerCase().includes(wanted) ? [i] : []));
    const same = this.#matches.findIndex((i) => rows[i] === before);
    const next = this.#matches.findIndex((i) => i >= from);
    this.#at = same !== -1 ? same : next !== -1 ? next : this.#matches.length - 1;
    this.#more = more;
    this.#offerBeyond();
    for (const one of this.#steps) one.hidden = this.#matches.length === 0;
    if (this.#running === null) this.#tell();
    return rows[this.#matches[this.#at] ?? -1] ?? null;
  }

  /** @returns the place of the match among the lines that are shown, or null where there is none */
  step(by: number): number | null {
    const count = this.#matches.length;
    if (count === 0) return null;
    this.#at = (this.#at + by + count) % count;
    this.#tell();
    return this.#matches[this.#at] ?? null;
  }

  /** The search is at this line. */
  goTo(row: number): void {
    const at = this.#matches.indexOf(row);
    if (at !== -1) this.#at = at;
  }

  say(words: string): void {
    setText(this.#count, words);
  }

  #tell(): void {
    const count = this.#matches.length;
    this.say(
      this.wanted === '' ? '' : count === 0 ? l10n.t('No match') : l10n.t('{0} of {1}', this.#at + 1, count),
    );
  }

  #search(side: Side, actions: Actions): void {
    const running = new AbortController();
    this.#running = running;
    this.#offerBeyond();
    this.say(l10n.t('Looking…'));
    actions
      .beyond(side, running.signal)
      .catch((error: unknown) => this.say(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        if (this.#running !== running) return;
        this.#running = null;
        this.#offerBeyond();
      });
  }

  #offerBeyond(): void {
    const offers = this.wanted !== '' && this.#running === null;
    this.#beyond.earlier.hidden = !offers || !this.#more.earlier;
    this.#beyond.later.hidden = !offers || !this.#more.later;
  }

  #stop(): void {
    this.#running?.abort();
    this.#running = null;
  }
}

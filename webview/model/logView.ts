/**
 * The tab Logs: follows the end of a log, and goes anywhere in it. Only a stretch of it is held; what lies before and after is asked for
 * when somebody gets there.
 */
import * as l10n from '@vscode/l10n';
import type { LogFound, LogPart, LogPlace } from '../../src/contract/pages/model.ts';
import { isOver, type Status } from '../../src/contract/status.ts';
import { bytesText } from '../../src/contract/words.ts';
import { button } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import { LEVELS, type LogOwn } from './host.ts';
import { LogList } from './logList.ts';
import { LogSearch } from './logSearch.ts';
import { LogWindow, type Line } from './logWindow.ts';

const LEVEL_NAMES = {
  all: l10n.t('All lines'),
  warnings: l10n.t('Warnings and errors'),
  errors: l10n.t('Errors'),
} as const;
/** So near to the first or the last held line more is asked for. */
const NEAR = 100;

export interface LogAsks {
  read(attempt: number, at: LogPlace): Promise<LogPart>;
  search(attempt: number, text: string, at: LogPlace): Promise<LogFound>;
  openPlace(file: string, line: number): void;
  openDocument(): void;
  keep(own: LogOwn): void;
  failed(error: unknown): void;
}

export class LogView {
  readonly element = element('div', { class: 'logs' });
  readonly #asks: LogAsks;
  readonly #list: LogList;
  readonly #search: LogSearch;
  readonly #foot = element('p', { class: 'log-foot faint', role: 'status' });
  readonly #empty = element('p', { class: 'log-empty', role: 'status' }, l10n.t('Loading the log…'));
  readonly #earlier = button(l10n.t('Show Earlier Lines'), () => this.#more('before'));
  readonly #toEnd = button(l10n.t('Go to End'), () => this.#goToEnd());
  #own: LogOwn;
  #window = new LogWindow();
  #attempt: number | null = null;
  #rows: readonly Line[] = [];
  #following: boolean;
  /** Where a reload found the page; null once it is there again. */
  #restore: LogOwn['at'];
  #loading = false;
  #ended = false;
  #status: Status | null = null;

  constructor(asks: LogAsks, own: LogOwn) {
    this.#asks = asks;
    this.#own = own;
    this.#restore = own.at;
    this.#following = own.at === null;
    this.#list = new LogList((file, line) => asks.openPlace(file, line));
    this.#search = new LogSearch(own.search, {
      typed: (search) => {
        this.#keep({ search });
        this.#drawSearch();
      },
      step: (by) => this.#step(by),
      beyond: (where, stop) => this.#searchBeyond(where, stop),
    });
    const level = element(
      'select',
      { 'aria-label': l10n.t('Lines to show') },
      ...LEVELS.map((value) => element('option', { value }, LEVEL_NAMES[value])),
    );
    level.value = own.level;
    level.addEventListener('change', () => {
      const chosen = LEVELS.find((one) => one === level.value);
      if (chosen !== undefined) this.#keep({ level: chosen });
      this.#draw(0);
      if (this.#following) this.#list.toBottom();
    });
    this.element.append(
      element(
        'div',
        { class: 'log-bar' },
        this.#search.element,
        level,
        element('span', { class: 'space' }),
        button(l10n.t('Open as Document'), () => asks.openDocument()),
      ),
      this.#empty,
      this.#list.element,
      element(
        'div',
        { class: 'log-under' },
        this.#foot,
        this.#earlier,
        button(l10n.t('Go to Start'), () => this.#goToStart()),
        this.#toEnd,
      ),
    );
    this.#list.element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.#list.element.addEventListener('scrollend', () => this.#keepPlace());
    this.#draw(0);
  }

  /** Another attempt's log is about to come, or the same one's anew. */
  begin(attempt: number | null): void {
    if (attempt === this.#attempt && !this.#window.empty) return;
    if (this.#attempt !== null && attempt !== this.#attempt) {
      this.#restore = null;
      this.#following = true;
    }
    this.#attempt = attempt;
    this.#window = new LogWindow();
    this.#ended = false;
    this.#draw(0);
  }

  setStatus(status: Status): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#drawWords();
  }

  hear(part: LogPart, ended: boolean): void {
    if (part.attempt !== this.#attempt) {
      this.#attempt = part.attempt;
      this.#window = new LogWindow();
    }
    this.#ended = ended;
    if (this.#restore !== null) {
      const at = this.#restore;
      this.#restore = null;
      this.#window.take(part, false);
      this.#jump({ after: at.from }, at.line);
      return;
    }
    const gone = this.#window.take(part, this.#following);
    // Whoever reads further up keeps the lines where they are.
    this.#draw(this.#following || gone === null ? 0 : -gone);
    if (this.#following) this.#list.toBottom();
  }

  /** The tab is shown. */
  shown(): void {
    this.#list.draw();
    if (this.#following) this.#list.toBottom();
  }

  #keep(change: Partial<LogOwn>): void {
    this.#own = { ...this.#own, ...change };
    this.#asks.keep(this.#own);
  }

  #keepPlace(): void {
    const line = this.#rows[this.#list.firstInSight];
    const at =
      this.#following || line === undefined ? null : this.#window.placeOf(this.#window.lines.indexOf(line));
    this.#keep({ at });
  }

  #scrolled(): void {
    if (this.#window.empty || this.#loading || this.#list.element.clientHeight === 0) return;
    this.#following = this.#window.atEnd && this.#list.atBottom;
    this.#drawWords();
    // Of a filtered log a part may have no line to show: there it is asked for by the button.
    if (this.#own.level !== 'all') return;
    if (this.#list.firstInSight < NEAR && this.#window.start > 0) this.#more('before');
    else if (this.#list.lastInSight > this.#list.count - NEAR && !this.#window.atEnd) this.#more('after');
  }

  #more(where: 'before' | 'after'): void {
    const { start, end } = this.#window;
    this.#ask(where === 'before' ? { before: start } : { after: end }, (part) => {
      const shown = this.#rows.length;
      if (where === 'after') return this.#draw(-this.#shownOf(this.#window.after(part)));
      this.#window.before(part);
      // What the filter hides moves nothing.
      const rows = this.#filtered();
      return this.#draw(Math.max(0, rows.length - shown));
    });
  }

  /** How many of the first lines are shown, as far as the filter goes. */
  #shownOf(count: number): number {
    return this.#own.level === 'all' ? count : 0;
  }

  #goToStart(): void {
    this.#following = false;
    if (this.#window.start === 0) return this.#list.toTop(0);
    this.#jump({ after: 0 }, 0);
  }

  #goToEnd(): void {
    this.#following = true;
    if (this.#window.atEnd) return this.#list.toBottom();
    this.#ask({ before: this.#window.size }, (part) => {
      // Where the log ends within a line, the line before it is the last whole one.
      this.#window.replace(part);
      this.#draw(0);
      this.#list.toBottom();
      if (!this.#window.atEnd) this.#more('after');
    });
  }

  /** Shows another stretch of the log. */
  #jump(at: { after: number }, line: number): void {
    this.#ask(at, (part) => {
      this.#window.replace(part);
      this.#draw(0);
      this.#list.toTop(line);
    });
  }

  #ask(at: LogPlace, then: (part: LogPart) => void): void {
    if (this.#loading || this.#attempt === null) return;
    const window = this.#window;
    this.#loading = true;
    this.#asks
      .read(this.#attempt, at)
      .finally(() => {
        this.#loading = false;
      })
      .then(
        (part) => (window === this.#window ? then(part) : undefined),
        (error: unknown) => this.#asks.failed(error),
      );
  }

  #filtered(): readonly Line[] {
    const { lines } = this.#window;
    if (this.#own.level === 'all') return lines;
    return lines.filter(
      ({ level }) => level === 'error' || (level !== null && this.#own.level === 'warnings'),
    );
  }

  #draw(moved: number): void {
    this.#rows = this.#filtered();
    this.#list.show(this.#rows, moved);
    this.#drawSearch();
    this.#drawWords();
  }

  #drawSearch(): void {
    const current = this.#search.look(this.#rows, this.#list.firstInSight, {
      earlier: this.#window.start > 0,
      later: !this.#window.atEnd,
    });
    this.#list.mark(this.#search.wanted, current);
  }

  #step(by: number): void {
    const at = this.#search.step(by);
    if (at === null) return;
    this.#following = false;
    this.#list.mark(this.#search.wanted, this.#rows[at] ?? null);
    this.#list.reveal(at);
  }

  /** Looks for the nearest line before or after those that are held, however far away. */
  async #searchBeyond(where: 'earlier' | 'later', stop: AbortSignal): Promise<void> {
    const attempt = this.#attempt;
    if (attempt === null) return;
    const { start, end } = this.#window;
    let at = where === 'earlier' ? start : end;
    for (;;) {
      const { found, reached } = await this.#asks.search(
        attempt,
        this.#own.search,
        where === 'earlier' ? { before: at } : { after: at },
      );
      if (stop.aborted) return;
      if (found !== null) return this.#showFound(attempt, found);
      at = reached;
      const { size } = this.#window;
      if (where === 'earlier' ? at === 0 : at >= size) break;
      this.#search.say(l10n.t('Looked as far as {0} of {1}…', bytesText(at), bytesText(size)));
    }
    this.#search.say(
      where === 'earlier' ? l10n.t('Not in the lines before.') : l10n.t('Not in the lines after.'),
    );
  }

  async #showFound(attempt: number, found: number): Promise<void> {
    const [after, before] = await Promise.all([
      this.#asks.read(attempt, { after: found }),
      found > 0 ? this.#asks.read(attempt, { before: found }) : null,
    ]);
    this.#following = false;
    this.#window.replace(after);
    const line = before === null ? 0 : this.#window.before(before);
    this.#draw(0);
    const at = this.#rows.indexOf(this.#window.lines[line] ?? { text: '', level: null });
    this.#search.goTo(at);
    this.#step(0);
  }

  #drawWords(): void {
    const window = this.#window;
    const none = this.#rows.length === 0;
    const over = this.#status !== null && isOver(this.#status);
    this.#empty.hidden = !none;
    this.#list.element.hidden = none;
    if (none) {
      const hidden = window.lines.length > 0;
      setText(
        this.#empty,
        window.empty
          ? l10n.t('Loading the log…')
          : hidden
            ? this.#own.level === 'errors'
              ? l10n.t('No error in the lines that are loaded.')
              : l10n.t('No warning or error in the lines that are loaded.')
            : this.#ended || over
              ? l10n.t('It printed nothing.')
              : l10n.t('It has printed nothing yet. What it prints appears here.'),
      );
    }
    this.#earlier.hidden = window.start === 0 || this.#own.level === 'all';
    this.#toEnd.toggleAttribute('disabled', this.#following);
    const whole = window.start === 0 && window.atEnd;
    const stretch = whole
      ? ''
      : l10n.t(
          '{0} to {1} of {2} are loaded.',
          bytesText(window.start),
          bytesText(window.end),
          bytesText(window.size),
        );
    const state =
      !window.atEnd || !this.#following
        ? ''
        : this.#ended
          ? l10n.t('This is its end.')
          : l10n.t('New lines appear here.');
    setText(this.#foot, window.empty ? '' : [state, stretch].filter((words) => words !== '').join(' '));
  }
}

/**
 * The colours of compared runs. A run gets one when it is first compared and keeps it, in charts, tree and tables, except where it
 * would be taken for another beside it. In the tree it shows while a comparison does.
 */
import * as vscode from 'vscode';
import { CHART_COLORS } from '../../contract/colors.ts';
import type { Store } from '../store.ts';
import { assigned, without } from './slots.ts';

const KEPT = 'trainyard.runColors';
const SCHEME = 'trainyard-run';
/** By which a row of a tree is known to what decorates it. */
export const runUri = (executionId: string): vscode.Uri =>
  vscode.Uri.from({ scheme: SCHEME, path: `/${executionId}` });

export class RunColors implements vscode.FileDecorationProvider, vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<readonly string[]>();
  readonly #decorations = new vscode.EventEmitter<vscode.Uri[]>();
  readonly #registration: vscode.Disposable;
  /** How many comparisons show a run. */
  readonly #shown = new Map<string, number>();
  #slots: Readonly<Record<string, number>>;
  /** Of these runs the colour is another, or shows now, or no longer. */
  readonly onDidChange = this.#changed.event;
  readonly onDidChangeFileDecorations = this.#decorations.event;

  constructor(memory: vscode.Memento, store: Pick<Store, 'onDidRemoveRun'>) {
    this.#memory = memory;
    this.#slots = memory.get<Record<string, number>>(KEPT, {});
    this.#registration = vscode.Disposable.from(
      vscode.window.registerFileDecorationProvider(this),
      this.onDidChange((ids) => this.#decorations.fire(ids.map(runUri))),
      store.onDidRemoveRun((id) => {
        if (this.#slots[id] !== undefined) this.#keep(without(this.#slots, id));
      }),
    );
  }

  /** Each run's own, no two of these alike. */
  of(executionIds: readonly string[]): Readonly<Record<string, number>> {
    const slots = assigned(executionIds, this.#slots, new Set(this.#shown.keys()));
    if (slots !== this.#slots) {
      this.#keep(slots);
      this.#changed.fire(executionIds);
    }
    return Object.fromEntries(executionIds.map((id) => [id, slots[id] ?? 0]));
  }

  /** A comparison shows these runs until what is returned is disposed of. */
  show(executionIds: readonly string[]): vscode.Disposable {
    this.#count(executionIds, 1);
    return new vscode.Disposable(() => this.#count(executionIds, -1));
  }

  /** Null where no comparison shows it. */
  shownSlot(executionId: string): number | null {
    return this.#shown.has(executionId) ? (this.#slots[executionId] ?? null) : null;
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== SCHEME) return undefined;
    const slot = this.shownSlot(uri.path.slice(1));
    if (slot === null) return undefined;
    const color = CHART_COLORS[slot % CHART_COLORS.length];
    return {
      badge: '●',
      tooltip: vscode.l10n.t('Compared'),
      ...(color === undefined ? {} : { color: new vscode.ThemeColor(`charts.${color}`) }),
    };
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
    this.#decorations.dispose();
  }

  #keep(slots: Readonly<Record<string, number>>): void {
    this.#slots = slots;
    // It is written by VS Code in its own time.
    void this.#memory.update(KEPT, slots);
  }

  #count(executionIds: readonly string[], by: 1 | -1): void {
    for (const id of executionIds) {
      const count = (this.#shown.get(id) ?? 0) + by;
      if (count > 0) this.#shown.set(id, count);
      else this.#shown.delete(id);
    }
    this.#changed.fire(executionIds);
  }
}

/** Once a second, while it is wanted: what runs goes on before the eyes of whoever looks. */
import * as vscode from 'vscode';
import type { Connection } from '../interfaces.ts';
import type { Store } from '../store.ts';

const TICK_MS = 1000;

/** Ticks while somebody looks at the view and something runs; without a connection nobody knows whether it still does. */
export function keepTime(
  view: vscode.TreeView<unknown>,
  tick: () => void,
  { store, connection }: { store: Store; connection: Connection },
): vscode.Disposable {
  let timer: ReturnType<typeof setInterval> | null = null;
  const stop = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  const update = (): void => {
    const wanted = view.visible && connection.state.kind === 'connected' && store.anyRunning;
    if (wanted === (timer !== null)) return;
    if (!wanted) return stop();
    tick();
    timer = setInterval(tick, TICK_MS);
  };
  update();
  return vscode.Disposable.from(
    { dispose: stop },
    view.onDidChangeVisibility(update),
    connection.onDidChangeState(update),
    store.onDidChangeRows(update),
  );
}

/** The charts that the runs' projects bring, and the lines by the axes that these ask for. */
import path from 'node:path';
import * as vscode from 'vscode';
import { loadCharts } from '../../client/charts.ts';
import { loadProject, type LoadedProject } from '../../client/project.ts';
import type { BroughtChart, ChartWish, ToExplore } from '../../contract/pages/explore.ts';
import { PROJECT_FILE } from '../../contract/project.ts';
import type { Connection, RunStore } from '../interfaces.ts';

type Axis = ChartWish['axis'];

export interface ProjectChartsParts {
  readonly executionIds: readonly string[];
  readonly connection: Connection;
  readonly store: RunStore;
  readonly log: vscode.LogOutputChannel;
  readonly post: (message: ToExplore) => void;
}

/** Tells the charts of the projects, and again when one of their files changes. */
export function watchProjectCharts({
  executionIds,
  connection,
  store,
  log,
  post,
}: ProjectChartsParts): vscode.Disposable {
  let watched: vscode.Disposable[] = [];
  let ended = false;
  let asked = 0;

  async function tell(): Promise<void> {
    const ask = ++asked;
    const folders = [...new Set((await store.ensure(executionIds)).map((run) => run.project))];
    const projects = await Promise.all(folders.map((folder) => chartsOf(folder, log)));
    // Asked again meanwhile, or closed.
    if (ended || ask !== asked) return;
    for (const one of watched) one.dispose();
    watched = projects.flatMap(({ files }) => files.map((file) => watch(file, begin)));
    post({ type: 'charts', charts: projects.flatMap(({ charts }) => charts) });
  }

  function begin(): void {
    tell().catch((error: unknown) => log.warn(`The projects' charts could not be read: ${String(error)}`));
  }

  begin();
  // Which projects the runs are of the backend tells.
  const again = connection.onDidConnect(begin);
  return new vscode.Disposable(() => {
    ended = true;
    again.dispose();
    for (const one of watched) one.dispose();
  });
}

/** By which axes lines are told besides; those that are no longer wished end. */
export class Besides implements vscode.Disposable {
  readonly #feed: (axis: Axis) => vscode.Disposable;
  readonly #feeds = new Map<Axis, vscode.Disposable>();

  constructor(feed: (axis: Axis) => vscode.Disposable, axes: readonly Axis[]) {
    this.#feed = feed;
    this.wish(axes);
  }

  wish(axes: readonly Axis[]): void {
    for (const [axis, feed] of this.#feeds) {
      if (axes.includes(axis)) continue;
      feed.dispose();
      this.#feeds.delete(axis);
    }
    for (const axis of axes) if (!this.#feeds.has(axis)) this.#feeds.set(axis, this.#feed(axis));
  }

  dispose(): void {
    this.wish([]);
  }
}

/** A project file that can't be read brings no charts: its own editor tells why. */
async function chartsOf(
  folder: string,
  log: vscode.LogOutputChannel,
): Promise<{ charts: BroughtChart[]; files: string[] }> {
  const file = path.join(folder, PROJECT_FILE);
  const loaded = await loadProject(folder).catch((error: unknown): LoadedProject | null => {
    log.debug(`No charts from ${folder}: ${String(error)}`);
    return null;
  });
  if (loaded === null) return { charts: [], files: [file] };
  const charts = await loadCharts(loaded);
  return {
    charts: charts.map(({ title, drawn }, i) => ({ id: `${folder} ${i} ${title}`, title, drawn })),
    files: [loaded.file, ...charts.flatMap((chart) => chart.file ?? [])],
  };
}

function watch(file: string, changed: () => void): vscode.Disposable {
  const folder = vscode.Uri.file(path.dirname(file));
  const watcher = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(folder, path.basename(file)),
  );
  return vscode.Disposable.from(
    watcher,
    watcher.onDidCreate(changed),
    watcher.onDidChange(changed),
    watcher.onDidDelete(changed),
  );
}

/** What each tab of a model's page is told while it is shown. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { CallError } from '../../client/api.ts';
import type { ModelTab, ToModel } from '../../contract/pages/model.ts';
import type { Run, RunDetail } from '../../contract/shapes.ts';
import { isOver } from '../../contract/status.ts';
import type { Connection } from '../interfaces.ts';
import { feedCharts, type ChartWishes } from '../panels/explore.ts';
import type { Page } from '../panels/pages.ts';
import type { Store } from '../store.ts';
import { differences } from './differences.ts';
import type { LogReader } from './logReader.ts';
import { canReveal } from './openers.ts';
import { Refresher } from './refresher.ts';
import { isPicture, nameOf, pictureFolders } from './shownFiles.ts';

export interface ToldFile {
  attempt: number;
  path: string;
  /** Where it is on the disk. */
  place: string;
}

export interface TabParts {
  readonly executionId: string;
  readonly page: Page<ToModel>;
  readonly store: Store;
  readonly connection: Connection;
  readonly log: vscode.LogOutputChannel;
  readonly wishes: ChartWishes;
  reader(attempt: number): LogReader;
  /** These files the page knows by now. */
  readonly told: (files: readonly ToldFile[]) => void;
  /** Something can't be read now: `what` says what. */
  readonly failed: (what: string, error: unknown) => void;
}

/** @param attempt null for the latest, whichever that is */
export function watchTab(tab: ModelTab, attempt: number | null, parts: TabParts): vscode.Disposable {
  switch (tab) {
    case 'overview':
      return watchOverview(parts);
    case 'explore':
      return watchCharts(attempt, parts);
    case 'logs':
      return watchLog(attempt, parts);
    case 'files':
      return watchFiles(attempt, parts);
    default:
      return tab satisfies never;
  }
}

/** Each time that the backend tells of the run: of what it ran, too, which the run itself doesn't show. */
function onTold({ connection, executionId }: TabParts, then: (run: Run) => void): vscode.Disposable {
  return connection.onEvent((event) => {
    if (event.event === 'run' && event.data.executionId === executionId) then(event.data);
  });
}

const OVERVIEW_GAP_MS = 500;

function watchOverview(parts: TabParts): vscode.Disposable {
  const { executionId, page, store, connection, failed } = parts;
  let shown: RunDetail | null = null;
  const refresher = new Refresher(async () => {
    try {
      const client = await connection.client();
      const detail = await client.call('getRun', { params: { id: executionId } });
      const earlier = store.versionBefore(detail);
      const before =
        earlier === undefined ? null : await client.call('getRun', { params: { id: earlier.executionId } });
      shown = detail;
      page.post({
        type: 'overview',
        detail: withoutPatch(detail),
        before:
          before === null
            ? null
            : {
                executionId: before.executionId,
                version: before.model.version,
                differences: differences(detail, before),
              },
        canReveal: canReveal(),
      });
    } catch (error) {
      // A run that was removed says so by itself.
      if (!(error instanceof CallError && error.status === 404))
        failed(l10n.t('The overview could not be read'), error);
    }
  }, OVERVIEW_GAP_MS);
  return vscode.Disposable.from(
    refresher,
    onTold(parts, (run) => {
      // Progress alone changes nothing here.
      const ran = shown?.ran ?? null;
      const complete = ran !== null && ran.python !== null && ran.attempt === run.attempt;
      if (!complete || shown?.status !== run.status || shown.reason !== run.reason) refresher.again();
    }),
    // The version before may have come by now.
    store.onDidChangeRows(() => refresher.again()),
    connection.onDidConnect(() => refresher.again()),
  );
}

const withoutPatch = (detail: RunDetail): RunDetail =>
  detail.ran === null || detail.ran.code === null
    ? detail
    : { ...detail, ran: { ...detail.ran, code: { ...detail.ran.code, patch: null } } };

function watchCharts(attempt: number | null, parts: TabParts): vscode.Disposable {
  const { executionId, page, store, wishes } = parts;
  const over = attempt === store.get(executionId)?.attempt ? null : attempt;
  return feedCharts([executionId], (message) => page.post(message), wishes, parts, over);
}

function watchLog(attempt: number | null, parts: TabParts): vscode.Disposable {
  const { executionId, page, store, connection, failed } = parts;
  let of = attempt ?? store.get(executionId)?.attempt ?? null;
  let at: number | null = null;
  let following: AbortController | null = null;

  function begin(): void {
    following?.abort();
    if (of === null) return;
    const own = new AbortController();
    following = own;
    parts
      .reader(of)
      .follow(at, own.signal, (part, ended) => {
        at = part.to;
        page.post({ type: 'log', part, ended });
      })
      .catch((error: unknown) => {
        const gone = error instanceof CallError && error.status === 404;
        if (!own.signal.aborted && !gone) failed(l10n.t('The log could not be read'), error);
      });
  }
  function runChanged(run: Run): void {
    if (run.executionId !== executionId || attempt !== null || run.attempt === of) return;
    of = run.attempt;
    at = null;
    begin();
  }
  begin();
  return vscode.Disposable.from(
    store.onDidChangeRun(runChanged),
    // A stream that broke goes on where it was.
    connection.onDidConnect(begin),
    new vscode.Disposable(() => following?.abort()),
  );
}

const FILES_GAP_MS = 2000;
function watchFiles(attempt: number | null, parts: TabParts): vscode.Disposable {
  const { executionId, page, store, connection, told, failed } = parts;
  const refresher = new Refresher(async () => {
    try {
      const client = await connection.client();
      const params = { id: executionId };
      const [{ attempts }, { files, cut }] = await Promise.all([
        client.call('attempts', { params }),
        client.call('files', { params }),
      ]);
      const shown = attempt ?? attempts.at(-1)?.attempt ?? 1;
      const outputDir = attempts.find((one) => one.attempt === shown)?.outputDir ?? '';
      const own = files.filter((file) => file.attempt === shown);
      const places = new Map(own.map((file) => [file.path, path.resolve(outputDir, file.path)]));
      const addressOf = own.some(isPicture)
        ? page.servePictures(pictureFolders(files, attempts).map((folder) => vscode.Uri.file(folder)))
        : null;
      const run = store.get(executionId);
      told(own.map((file) => ({ ...file, place: places.get(file.path) ?? file.path })));
      page.post({
        type: 'files',
        attempt: shown,
        outputDir: run?.origin === 'imported' ? null : outputDir,
        files: own.map((file) => ({
          ...file,
          name: nameOf(file, run?.project ?? outputDir),
          picture:
            addressOf !== null && isPicture(file)
              ? addressOf(
                  // A picture that is drawn again has a new address.
                  vscode.Uri.file(places.get(file.path) ?? '').with({ query: `t=${Date.parse(file.time)}` }),
                )
              : null,
        })),
        cut,
      });
    } catch (error) {
      if (!(error instanceof CallError && error.status === 404))
        failed(l10n.t('The files could not be read'), error);
    }
  }, FILES_GAP_MS);
  return vscode.Disposable.from(
    refresher,
    onTold(parts, () => refresher.again()),
    store.onDidChangeRun((run) => {
      if (run.executionId === executionId && isOver(run.status)) refresher.again();
    }),
    connection.onDidConnect(() => refresher.again()),
  );
}

/** Marks the mistakes of every `trainyard.json` where they stand, as one types and in files that nobody has open. */
import * as vscode from 'vscode';
import { chartProblems } from '../client/charts.ts';
import { parseProject, PROJECT_FILE, type Problem } from '../contract/project.ts';
import type { Projects } from './projects.ts';

const SOURCE = 'Trainyard';
/** Longer than VS Code's own check of JSON takes, since an error of its isn't marked twice. */
const AFTER_TYPING_MS = 400;

export function markProjectFiles(projects: Projects, log: vscode.LogOutputChannel): vscode.Disposable {
  const marks = vscode.languages.createDiagnosticCollection('trainyard');
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** The lines that others marked when we looked last, by URI. */
  const lastOthers = new Map<string, string>();

  function mark(uri: vscode.Uri, problems: readonly Problem[], text: string): void {
    marks.set(
      uri,
      problems.map((one) => diagnosticOf(one, text)),
    );
  }

  function check(document: vscode.TextDocument): void {
    const text = document.getText();
    const parsed = parseProject(text);
    if (parsed.ok && parsed.project.charts !== undefined) return checkCharts(document.uri, text);
    const marked = new Set(linesOfOthers(document.uri));
    const problems = parsed.ok ? [] : parsed.problems.filter((one) => !marked.has(one.line - 1));
    mark(document.uri, problems, text);
  }

  /** Of a project that can be read: whether the charts that it names can be, too. @param text null: as it is on disk */
  function checkCharts(uri: vscode.Uri, text: string | null): void {
    markCharts(uri, text).catch((error: unknown) =>
      log.error(`The charts of ${uri.fsPath} can't be checked: ${String(error)}`),
    );
  }

  async function markCharts(uri: vscode.Uri, text: string | null): Promise<void> {
    const problems = await chartProblems(uri.fsPath, text);
    // Something else was typed meanwhile, or it was opened.
    if ((openDocument(uri)?.getText() ?? null) === text) mark(uri, problems, text ?? '');
  }

  function checkSoon(document: vscode.TextDocument): void {
    if (!isProjectFile(document)) return;
    const key = document.uri.toString();
    clearTimeout(timers.get(key));
    timers.set(
      key,
      setTimeout(() => {
        timers.delete(key);
        if (!document.isClosed) check(document);
      }, AFTER_TYPING_MS),
    );
  }

  /** Those on disk; an open one is as its editor has it. */
  function checkAll(): void {
    const all = projects.all ?? [];
    const found = new Set(all.map(({ uri }) => uri.toString()));
    marks.forEach((uri) => {
      if (!found.has(uri.toString())) marks.delete(uri);
    });
    for (const project of all) {
      const open = openDocument(project.uri);
      if (open !== undefined) checkSoon(open);
      else if (!project.ok) mark(project.uri, project.error.problems, '');
      else if (project.loaded.project.charts === undefined) marks.delete(project.uri);
      else checkCharts(project.uri, null);
    }
  }

  for (const document of vscode.workspace.textDocuments) checkSoon(document);
  return vscode.Disposable.from(
    marks,
    { dispose: () => timers.forEach((timer) => clearTimeout(timer)) },
    projects.onDidChange(checkAll),
    vscode.workspace.onDidOpenTextDocument(checkSoon),
    vscode.workspace.onDidChangeTextDocument(({ document }) => checkSoon(document)),
    // Charts may stand in files of their own.
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (document.uri.path.endsWith('.json') && !isProjectFile(document)) checkAll();
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (isProjectFile(document)) projects.refresh();
    }),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      for (const uri of uris) {
        // Our own marks come by here too; only for those of others is there something to do.
        const document = openDocument(uri);
        if (document === undefined || !isProjectFile(document)) continue;
        const lines = linesOfOthers(uri).join();
        if (lastOthers.get(uri.toString()) === lines) continue;
        lastOthers.set(uri.toString(), lines);
        checkSoon(document);
      }
    }),
  );
}

/** Where VS Code itself has found an error: a comma that is missing. By the schema it only warns, and that doesn't say enough. */
const linesOfOthers = (uri: vscode.Uri): number[] =>
  vscode.languages
    .getDiagnostics(uri)
    .filter((one) => one.source !== SOURCE && one.severity === vscode.DiagnosticSeverity.Error)
    .map((one) => one.range.start.line);

const isProjectFile = ({ uri }: vscode.TextDocument): boolean =>
  uri.scheme === 'file' && uri.path.endsWith(`/${PROJECT_FILE}`);

const openDocument = (uri: vscode.Uri): vscode.TextDocument | undefined =>
  vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());

function diagnosticOf({ message, line, column, offset, length }: Problem, text: string): vscode.Diagnostic {
  const start = new vscode.Position(line - 1, column - 1);
  // A mark that goes on over lines (a whole object) says less than one at its beginning.
  const end = text.slice(offset, offset + length).split('\n', 1)[0] ?? '';
  const range = new vscode.Range(start, start.translate(0, Math.max(1, end.length)));
  const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
  diagnostic.source = SOURCE;
  return diagnostic;
}

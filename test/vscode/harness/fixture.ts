import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MANIFEST = {
  name: 'fixture',
  publisher: 'trainyard-test',
  version: '0.0.1',
  engines: { vscode: '^1.105.0' },
  main: './extension.cjs',
  contributes: {
    commands: [
      { command: 'fixture.greet', title: 'Greet', category: 'Fixture' },
      { command: 'fixture.ask', title: 'Ask', category: 'Fixture' },
      { command: 'fixture.fail', title: 'Fail', category: 'Fixture' },
      { command: 'fixture.panel', title: 'Open Panel', category: 'Fixture' },
      { command: 'fixture.poke', title: 'Poke', icon: '$(debug-restart)' },
      { command: 'fixture.forget', title: 'Forget' },
    ],
    viewsContainers: { activitybar: [{ id: 'fixture', title: 'Fixture Things', icon: '$(beaker)' }] },
    views: {
      fixture: [
        { id: 'fixture.rows', name: 'Rows', icon: '$(list-tree)' },
        { id: 'fixture.none', name: 'Nothing', icon: '$(circle-slash)' },
      ],
    },
    viewsWelcome: [{ view: 'fixture.none', contents: 'Nothing here yet.\n[Greet](command:fixture.greet)' }],
    menus: {
      'view/title': [{ command: 'fixture.poke', when: 'view == fixture.rows', group: 'navigation' }],
      'view/item/context': [
        { command: 'fixture.poke', when: 'view == fixture.rows', group: 'inline' },
        { command: 'fixture.forget', when: 'view == fixture.rows', group: '9_end' },
      ],
    },
  },
};

/** Plain JavaScript, as it runs in the extension host. */
const EXTENSION = String.raw`
const vscode = require('vscode');
const html = (nonce) => '<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src \'nonce-' +
  nonce + '\'"><body><h1>A panel</h1><p id="said">nothing</p><script nonce="' + nonce + '">' +
  'const api = acquireVsCodeApi(); addEventListener("message", (e) => { document.getElementById("said").textContent = "heard " + e.data;' +
  'const bad = document.createElement("script"); bad.textContent = "document.title = 1"; document.body.append(bad); });' +
  'api.postMessage("ready");</script></body>';

exports.activate = (context) => {
  const log = vscode.window.createOutputChannel('Fixture', { log: true });
  const changed = new vscode.EventEmitter();
  let pokes = 0;
  const rows = {
    onDidChangeTreeData: changed.event,
    getChildren: (row) => (row === undefined ? ['alpha', 'beta'] : row === 'alpha' ? Array.from({ length: 60 }, (_, at) => 'alpha ' + (at + 1)) : []),
    getTreeItem: (row) => {
      const item = new vscode.TreeItem(row, row === 'alpha' ? 1 : 0);
      item.id = row;
      item.description = row === 'beta' ? 'poked ' + pokes : 'first';
      item.iconPath = new vscode.ThemeIcon(row === 'beta' ? 'check' : 'sync', new vscode.ThemeColor('charts.green'));
      item.tooltip = new vscode.MarkdownString('About **' + row + '**');
      item.accessibilityInformation = { label: row + ', a row' };
      return item;
    },
  };
  const item = vscode.window.createStatusBarItem('fixture.status', 1, 100);
  item.text = '$(beaker) Fixture';
  item.show();
  context.subscriptions.push(
    log, item,
    vscode.window.createTreeView('fixture.rows', { treeDataProvider: rows }),
    vscode.window.createTreeView('fixture.none', { treeDataProvider: { getChildren: () => [], getTreeItem: () => null } }),
    vscode.commands.registerCommand('fixture.greet', async () => {
      log.info('greeted in ' + process.env.FIXTURE_WORD);
      await vscode.env.clipboard.writeText('hello clipboard');
      const answer = await vscode.window.showInformationMessage('Hello from ' + process.env.FIXTURE_WORD, 'Again');
      if (answer) await vscode.window.showInformationMessage('And again');
    }),
    vscode.commands.registerCommand('fixture.ask', async () => {
      const one = await vscode.window.showQuickPick([{ label: 'red', description: 'warm' }, { label: 'blue' }], { title: 'A colour', canPickMany: true });
      const size = await vscode.window.showInputBox({ title: 'A size', validateInput: (v) => (/^\d+$/.test(v) ? null : 'A number, please') });
      await vscode.window.showWarningMessage('Paint ' + one.map((each) => each.label).join('+') + ' ' + size + '?', { modal: true, detail: 'It dries.' }, 'Paint');
    }),
    vscode.languages.registerCodeLensProvider({ pattern: '**/notes.txt' }, { provideCodeLenses: () =>
      [new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title: 'Poke from here', command: 'fixture.poke' })] }),
    vscode.commands.registerCommand('fixture.fail', () => { setTimeout(() => { throw new Error('thrown later'); }); throw new Error('broken on purpose'); }),
    vscode.commands.registerCommand('fixture.poke', () => { pokes++; changed.fire('beta'); }),
    vscode.commands.registerCommand('fixture.forget', () => { pokes = 0; changed.fire('beta'); }),
    vscode.commands.registerCommand('fixture.panel', () => {
      const panel = vscode.window.createWebviewPanel('fixture', 'Fixture Panel', 1, { enableScripts: true });
      panel.webview.onDidReceiveMessage(() => panel.webview.postMessage('you'));
      panel.webview.html = html('abc123');
    }),
  );
};
`;

/** Writes a throw-away extension and a folder to open. Both are under the one that is returned first. */
export function writeFixture(): { all: string; extension: string; folder: string } {
  const all = mkdtempSync(join(tmpdir(), 'trainyard-fixture-'));
  const extension = join(all, 'extension');
  const folder = join(all, 'folder');
  mkdirSync(extension);
  mkdirSync(folder);
  writeFileSync(join(extension, 'package.json'), JSON.stringify(MANIFEST));
  writeFileSync(join(extension, 'extension.cjs'), EXTENSION);
  writeFileSync(join(folder, 'notes.txt'), 'a line\n');
  return { all, extension, folder };
}

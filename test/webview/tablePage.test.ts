/** The built Training Table in a real browser, under the policy that VS Code's page gives it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TableRow, ToTable } from '../../src/contract/pages/table.ts';
import { STATUSES } from '../../src/contract/status.ts';
import { PanelPage } from './panelPage.ts';
import { aRow, begun, FAILING, manyRows, PAUSED } from './tableRows.ts';
import { THEMES, type ThemeName } from './themes.ts';

let panel: PanelPage;
before(async () => (panel = await PanelPage.open('table', {}, { width: 1000, height: 640 })));
after(async () => panel.close());

const rowsOf = (...rows: TableRow[]): ToTable => ({ type: 'rows', rows, gone: [], complete: true });
const names = (): Promise<string[]> =>
  panel.run(`[...document.querySelectorAll('tbody .row .of-name .link')].map((name) => name.innerText)`);
const count = (rows: number): Promise<void> =>
  panel.until(`document.querySelectorAll('tbody .row').length === ${rows}`);
const cell = (id: string, column: string): string => `[data-id="${id}"] .of-${column}`;
const text = (id: string, column: string): Promise<string> =>
  panel.page.locator(cell(id, column)).innerText();
const focus = (): Promise<string> =>
  panel.run(`(() => {
    const cell = document.activeElement.closest('[role=gridcell], [role=columnheader]');
    return cell === null ? '' : (cell.closest('.row').dataset.id ?? 'titles') + ' ' + cell.getAttribute('aria-colindex');
  })()`);
const chosen = (): Promise<string[]> =>
  panel.run(`[...document.querySelectorAll('tbody .row[aria-selected=true]')].map((row) => row.dataset.id)`);
/** What was asked for last; what is to be remembered is told in its own time. */
const last = async (): Promise<unknown> => (await panel.asked()).findLast(({ name }) => name !== 'remember');

describe('the Training Table', () => {
  it('says that it loads, and then what to do where nothing was trained', async () => {
    await panel.page.getByText('Loading runs…').waitFor();
    assert.deepEqual(await panel.findings(), []);
    await panel.send(...begun([]));
    await panel.page.getByText('Nothing has been trained here yet.').waitFor();
    await panel.page.getByText('Train Model…').click();
    assert.deepEqual(await last(), { name: 'train', ask: null });
    assert.deepEqual(await panel.findings(), []);
  });

  it('B2 B4 B5 B6 B7 B8 shows name, creation, status, progress, duration and service', async () => {
    const progress = { share: 0.58, text: '7/12 epochs' };
    await panel.send(...begun([aRow(1, { status: 'In Progress', progress, durationMs: 64_000 }), aRow(2)]));
    await count(2);
    assert.deepEqual(await panel.page.getByRole('columnheader').allInnerTexts(), [
      'Name',
      'Created At',
      'Status',
      'Progress',
      'Duration',
      'Service',
    ]);
    assert.equal(await text('exe-1', 'name'), 'shapes-small v1');
    assert.match(await text('exe-1', 'createdAt'), /Jan 10/);
    assert.equal(await text('exe-1', 'status'), 'In Progress');
    const bar = panel.page.locator(`${cell('exe-1', 'progress')} [role=progressbar]`);
    assert.equal(await bar.getAttribute('aria-valuenow'), '58');
    assert.equal(await text('exe-1', 'progress'), '7/12 epochs');
    assert.equal(await text('exe-2', 'duration'), '1m 06s');
    assert.equal(await text('exe-1', 'service'), 'mgmt-train-shapes');
  });

  it('B7 lets the duration of what runs go on, and freezes it at the end', async () => {
    await panel.until(`document.querySelector('${cell('exe-1', 'duration')}').innerText >= '1m 06s'`);
    assert.equal(await text('exe-2', 'duration'), '1m 06s');
    await panel.send(rowsOf(aRow(1, { durationMs: 70_000 })));
    await panel.until(`document.querySelector('${cell('exe-1', 'duration')}').innerText === '1m 10s'`);
    const frozen = panel.run<boolean>(`new Promise((done) => {
      const cell = document.querySelector('${cell('exe-1', 'duration')}');
      new MutationObserver(() => done(false)).observe(cell, { childList: true, characterData: true, subtree: true });
      setTimeout(() => done(true), 1300);
    })`);
    assert.equal(await frozen, true);
  });

  it('B3 B9 leads by the name to the model, by the service to its page', async () => {
    await panel.page.getByRole('button', { name: 'shapes-small v2' }).click();
    assert.deepEqual(await last(), { name: 'run', ask: { action: 'showModel', executionIds: ['exe-2'] } });
    await panel.page.locator(`${cell('exe-2', 'service')} .link`).click();
    assert.deepEqual(await last(), { name: 'showService', ask: { serviceId: 'svc-1' } });
    assert.deepEqual(await chosen(), []);
  });

  it('B61 B63 B69 shows an error or a warning where there is a diagnosis, beside the status, and else nothing', async () => {
    await panel.send(
      ...begun([
        ...STATUSES.map((status, i) => aRow(i, { status })),
        aRow(10, { status: 'Created', diagnosis: FAILING }),
        aRow(11, { status: 'Rerun', diagnosis: PAUSED }),
      ]),
    );
    await count(10);
    const icons = await panel.run<string[]>(
      `[...document.querySelectorAll('.diagnosis')].filter((icon) => !icon.hidden).map((icon) => icon.closest('.row').dataset.id + ' ' + icon.getAttribute('aria-label'))`,
    );
    assert.deepEqual(icons.toSorted(), [
      'exe-10 Error: CrashLoop. Show details',
      'exe-11 Warning: Paused. Show details',
    ]);
    assert.equal(await text('exe-10', 'status'), 'Created');
    // No two of the shapes are alike, so that no colour is needed to tell them apart.
    const shapes = await panel.run<string[]>(
      `[...document.querySelectorAll('tbody .status svg'), ...[...document.querySelectorAll('.diagnosis:not([hidden]) svg')]].map((svg) => svg.innerHTML)`,
    );
    assert.equal(new Set(shapes).size, STATUSES.length + 2);
  });

  it('B65 B66 B67 B68 says the details by hover and by click, with the way to the executions of the service', async () => {
    for (const [id, words] of [
      ['exe-10', /CrashLoop[^]*nothing_of_this_name[^]*Its log tells/],
      ['exe-11', /Paused[^]*starts nothing[^]*Resume the service/],
    ] as const) {
      const icon = panel.page.locator(`[data-id="${id}"] .diagnosis`);
      const card = panel.page.getByRole('dialog');
      await icon.hover();
      await card.waitFor();
      assert.match(await card.innerText(), words);
      // It stays while the mouse goes into it.
      await card.hover();
      await panel.page.mouse.move(5, 5);
      await card.waitFor({ state: 'hidden' });
      await icon.click();
      await card.waitFor();
      assert.match(await card.innerText(), words);
      assert.deepEqual(await panel.findings(), []);
      await panel.page.getByText('Show Service Executions').click();
      assert.deepEqual(await last(), {
        name: 'remedy',
        ask: { executionId: id, remedy: 'Show Service Executions' },
      });
      await card.waitFor({ state: 'hidden' });
    }
  });

  it('opens the details by keyboard, and gives the focus back', async () => {
    await panel.page.locator(cell('exe-10', 'status')).focus();
    await panel.page.keyboard.press('Enter');
    await panel.page.getByRole('dialog', { name: 'Error: CrashLoop' }).waitFor();
    assert.equal(await panel.run(`document.activeElement.innerText`), 'Show Logs');
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await last(), {
      name: 'remedy',
      ask: { executionId: 'exe-10', remedy: 'Retry Now' },
    });
    await panel.page.locator(cell('exe-10', 'status')).focus();
    await panel.page.keyboard.press('Enter');
    await panel.page.getByRole('dialog').waitFor();
    await panel.page.keyboard.press('Escape');
    await panel.page.getByRole('dialog').waitFor({ state: 'hidden' });
    assert.equal(await focus(), 'exe-10 3');
  });

  it('B10 B11 B12 narrows the rows as one types, by name and by model id, and says so', async () => {
    await panel.send(...begun(manyRows(60)));
    await panel.until(`document.querySelector('.foot').innerText.includes('60 runs')`);
    const search = panel.page.getByLabel('Search by name or ID');
    await search.fill('weld-seams v2');
    await count(1);
    assert.deepEqual(await names(), ['weld-seams v2']);
    assert.match(await panel.page.locator('.foot').innerText(), /1 of 60 runs/);
    await search.fill('mod-17');
    await count(1);
    await search.fill('nothing of this');
    await panel.page.getByText('There are no runs that match “nothing of this”.').waitFor();
    assert.deepEqual(await panel.findings(), []);
    await panel.page.locator('.empty').getByText('Clear Filter').click();
    await panel.until(`document.querySelector('.foot').innerText.includes('60 runs')`);
    assert.equal(await search.inputValue(), '');
  });

  it('B13 B14 restricts the rows to each status, and to any set of them', async () => {
    const rows = manyRows(60);
    for (const status of STATUSES) {
      const chip = panel.page.locator('.chip', { hasText: status });
      await chip.click();
      await count(rows.filter((one) => one.status === status).length);
      const shown = await panel.run<string[]>(
        `[...document.querySelectorAll('tbody .status')].map((one) => one.innerText)`,
      );
      assert.deepEqual([...new Set(shown)], [status]);
      assert.equal(await chip.getAttribute('aria-pressed'), 'true');
      await chip.click();
    }
    await panel.page.locator('.chip', { hasText: 'Failed' }).click();
    await panel.page.locator('.chip', { hasText: 'Aborted' }).click();
    await count(rows.filter((one) => one.status === 'Failed' || one.status === 'Aborted').length);
    await panel.page.locator('.foot').getByText('Clear Filter').click();
    await panel.until(`document.querySelector('.foot').innerText.includes('60 runs')`);
  });

  it('sorts by a click on a title, and the other way by another', async () => {
    const title = panel.page.getByRole('columnheader', { name: 'Name' });
    await title.click();
    await panel.until(`document.querySelector('tbody .link').innerText === 'harbour-cranes-large v1'`);
    assert.equal(await title.getAttribute('aria-sort'), 'ascending');
    await title.click();
    await panel.until(`document.querySelector('tbody .link').innerText === 'weld-seams v12'`);
    assert.equal(await title.getAttribute('aria-sort'), 'descending');
    await panel.until(
      `said.some(({ name, ask }) => name === 'remember' && ask.sort.column === 'name' && ask.sort.descending)`,
    );
    await panel.page.getByRole('columnheader', { name: 'Created At' }).click();
    await panel.until(`document.querySelector('tbody .link').innerText === 'shapes-small v1'`);
  });

  it('is used by keyboard as a grid: one stop, arrows, pages, ends', async () => {
    await panel.page.getByLabel('Search by name or ID').focus();
    await panel.page.keyboard.press('ArrowDown');
    // In the column where one was last.
    assert.equal(await focus(), 'exe-60 2');
    assert.equal(await panel.run(`document.querySelectorAll('table [tabindex="0"]').length`), 1);
    const keys: [key: string, at: string][] = [
      ['ArrowDown', 'exe-59 2'],
      ['ArrowLeft', 'exe-59 1'],
      ['ArrowRight', 'exe-59 2'],
      ['End', 'exe-59 6'],
      ['Home', 'exe-59 1'],
      ['Control+End', 'exe-1 6'],
      ['Control+Home', 'exe-60 1'],
      ['ArrowUp', 'titles 1'],
      ['ArrowDown', 'exe-60 1'],
    ];
    for (const [key, at] of keys) {
      await panel.page.keyboard.press(key);
      assert.equal(await focus(), at, key);
    }
    await panel.page.keyboard.press('PageDown');
    const [paged] = (await focus()).split(' ');
    assert.ok(Number(paged?.slice(4)) < 50, paged);
    await panel.page.keyboard.press('PageUp');
    assert.equal(await focus(), 'exe-60 1');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await last(), { name: 'run', ask: { action: 'showModel', executionIds: ['exe-60'] } });
  });

  it('makes columns wider by key and by mouse, and remembers it', async () => {
    const width = (): Promise<number> =>
      panel.run(`document.querySelector('th:nth-child(2)').getBoundingClientRect().width`);
    const first = await width();
    await panel.page.locator('th:nth-child(2)').focus();
    await panel.page.keyboard.press('Shift+ArrowRight');
    assert.equal(await width(), first + 16);
    const edge = (await panel.page.locator('th:nth-child(2) .handle').boundingBox())!;
    await panel.page.mouse.move(edge.x + 7, edge.y + 8);
    await panel.page.mouse.down();
    await panel.page.mouse.move(edge.x + 47, edge.y + 8);
    await panel.page.mouse.up();
    assert.equal(await width(), first + 56);
    await panel.until(
      `said.at(-1).name === 'remember' && said.at(-1).ask.widths.createdAt === ${first + 56}`,
    );
    await panel.page.locator('th:nth-child(2) .handle').dblclick();
    assert.equal(await width(), first);
  });

  it('chooses rows by mouse and by keyboard, and acts on them together', async () => {
    const at = (id: string) => panel.page.locator(cell(id, 'createdAt'));
    await at('exe-58').click();
    assert.deepEqual(await chosen(), ['exe-58']);
    await at('exe-56').click({ modifiers: ['ControlOrMeta'] });
    assert.deepEqual(await chosen(), ['exe-58', 'exe-56']);
    await at('exe-54').click({ modifiers: ['Shift'] });
    assert.deepEqual(await chosen(), ['exe-56', 'exe-55', 'exe-54']);
    await panel.page.keyboard.press('Escape');
    assert.deepEqual(await chosen(), []);
    await at('exe-60').focus();
    await panel.page.keyboard.press(' ');
    await panel.page.keyboard.press('Shift+ArrowDown');
    await panel.page.keyboard.press('Shift+ArrowDown');
    assert.deepEqual(await chosen(), ['exe-60', 'exe-59', 'exe-58']);
    await panel.page.locator('.foot').getByText('Abort', { exact: true }).click();
    assert.deepEqual(await last(), {
      name: 'run',
      ask: { action: 'abortTraining', executionIds: ['exe-60', 'exe-59', 'exe-58'] },
    });
    await at('exe-60').focus();
    await panel.page.keyboard.press('Control+a');
    assert.match(await panel.page.locator('.foot').innerText(), /60 chosen/);
    assert.match(await panel.page.locator('.foot').innerText(), /Rerun \d+/);
    await panel.page.keyboard.press('Escape');
  });

  it('opens the menu of VS Code over a row by mouse and by key, about what is chosen', async () => {
    type Opened = { inside: boolean; context: Record<string, unknown> };
    const opened = async (act: () => Promise<void>): Promise<Opened> => {
      // The page listens before anything is pressed: keys don't wait for scripts.
      await panel.run(`addEventListener('contextmenu', (event) => {
        event.preventDefault();
        const { clientX, clientY } = event;
        const about = event.target.closest('[data-vscode-context]').dataset.vscodeContext;
        window.opened = { inside: clientX > 0 && clientY > 0, context: JSON.parse(about) };
      }, { once: true })`);
      await act();
      await panel.until('window.opened !== undefined');
      const seen = await panel.run<Opened>('window.opened');
      await panel.run('delete window.opened');
      return seen;
    };
    const at = panel.page.locator(cell('exe-60', 'createdAt'));
    const { context } = await opened(() => at.click({ button: 'right' }));
    assert.deepEqual(context, {
      webviewSection: 'run',
      preventDefaultContextMenuItems: true,
      'trainyard.run': ';abortable;',
      executionId: 'exe-60',
    });
    await at.click();
    await panel.page.keyboard.press('Shift+ArrowDown');
    for (const key of ['Shift+F10', 'ContextMenu']) {
      const { inside, context: about } = await opened(() => panel.page.keyboard.press(key));
      assert.ok(inside);
      assert.deepEqual(about['executionIds'], ['exe-60', 'exe-59']);
    }
    await panel.page.keyboard.press('Escape');
  });

  it('lets one choose columns, and shows what was asked for of rows in sight alone', async () => {
    await panel.page.getByText('Columns…').click();
    const asked = await last();
    assert.ok(JSON.stringify(asked).startsWith('{"name":"chooseColumns","ask":{"executionIds":["exe-60"'));
    await panel.answers('details', {
      ok: { details: [{ executionId: 'exe-60', host: 'gpu-box', config: { lr: '0.01' } }] },
    });
    await panel.send({
      type: 'columns',
      columns: ['name', 'status', 'metric:mAP50-95(B)', 'config:lr', 'host', 'attempt'],
    });
    await panel.send(rowsOf(aRow(60, { metrics: { 'mAP50-95(B)': 0.61 } })));
    await panel.until(`document.querySelector('[data-id="exe-60"] .of-config').innerText === '0.01'`);
    assert.equal(await text('exe-60', 'host'), 'gpu-box');
    assert.equal(await text('exe-60', 'metric'), '0.610');
    const details = (await panel.asked()).find(({ name }) => name === 'details');
    assert.ok(details);
    const { executionIds: ids } = details.ask as { executionIds: string[] };
    assert.ok(ids.length < 30, String(ids.length));
    assert.equal(await panel.page.getByRole('columnheader', { name: 'lr' }).getAttribute('aria-sort'), null);
    assert.deepEqual(await panel.findings(), []);
  });

  it('is restored as it was: filter, choice, place', async () => {
    await panel.send(...begun(manyRows(60)));
    await panel.page.getByLabel('Search by name or ID').fill('shapes');
    await panel.page.locator('.chip', { hasText: 'Created' }).click();
    await panel.page.locator('.chip', { hasText: 'Success' }).click();
    await panel.page.locator('.chip', { hasText: 'Failed' }).click();
    await panel.until(`document.querySelector('.foot').innerText.includes('of 60 runs')`);
    await panel.page.locator('tbody .of-createdAt').first().click();
    const shown = [await names(), await chosen()];
    await panel.page.reload();
    await panel.send(...begun(manyRows(60)));
    await panel.until(`document.querySelector('.foot').innerText.includes('of 60 runs')`);
    assert.deepEqual([await names(), await chosen()], shown);
    await panel.page.locator('.foot').getByText('Clear Filter').click();
    await panel.until(`document.querySelector('.grid').scrollHeight > 1400`);
    await panel.run(`document.querySelector('.grid').scrollTop = 700`);
    await panel.until(`JSON.parse(sessionStorage.getItem('state')).own.scroll === 700`);
    await panel.page.reload();
    await panel.send(...begun(manyRows(60)));
    await panel.until(`document.querySelector('.grid').scrollTop === 700`);
  });

  it('says what the trouble is and what to do, and keeps its rows', async () => {
    await panel.send({
      type: 'trouble',
      message: 'The backend is away.',
      remedies: ['restartBackend', 'showLog'],
    });
    await panel.page.getByRole('alert').getByText('The backend is away.').waitFor();
    assert.ok((await names()).length > 10);
    await panel.page.getByText('Restart Backend').click();
    assert.deepEqual((await panel.said()).at(-1), { type: 'remedy', remedy: 'restartBackend' });
    assert.deepEqual(await panel.findings(), []);
    await panel.send({ type: 'trouble', message: null, remedies: [] });
    await panel.page.getByRole('alert').waitFor({ state: 'hidden' });
  });

  it('can be read in every theme, high contrast included', async () => {
    for (const theme of Object.keys(THEMES) as ThemeName[]) {
      await panel.setTheme(theme);
      await panel.page.locator('tbody .of-createdAt').nth(3).click();
      assert.deepEqual(await panel.findings(), [], theme);
    }
    await panel.setTheme('dark');
  });

  it('answers a message that it can not read with a complaint, and violates no policy', async () => {
    await panel.run(`postMessage({ type: 'rows', rows: 'all' }, '*')`);
    await panel.until(`said.some((message) => message.type === 'failed')`);
    assert.equal((await panel.said()).filter((message) => message.type === 'failed').length, 1);
    assert.deepEqual(await panel.violations(), []);
  });
});

describe('ten thousand rows', () => {
  const MANY = manyRows(10_000);

  it('have those in the page that are in sight, wherever one scrolls', async () => {
    await panel.page.reload();
    const chunks = Array.from({ length: 10 }, (_, i) => MANY.slice(i * 1000, (i + 1) * 1000));
    await panel.send({
      type: 'begin',
      columns: ['name', 'createdAt', 'status', 'progress', 'duration', 'service'],
      layout: null,
    });
    for (const [i, rows] of chunks.entries())
      await panel.send({ type: 'rows', rows, gone: [], complete: i === 9 });
    await panel.until(`document.querySelector('.foot').innerText.includes('10,000 runs')`);
    assert.equal(await panel.run(`document.querySelector('table').getAttribute('aria-rowcount')`), '10001');
    for (const share of [0, 0.37, 1, 0.5]) {
      await panel.run(
        `(() => { const grid = document.querySelector('.grid'); grid.scrollTop = ${share} * grid.scrollHeight; })()`,
      );
      await panel.until(`[...document.querySelectorAll('tbody .row')].some((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        const grid = document.querySelector('.grid').getBoundingClientRect();
        return top < grid.top + 200 && bottom > grid.top + 150;
      })`);
      const rows = await panel.run<number>(`document.querySelectorAll('tbody .row').length`);
      assert.ok(rows > 15 && rows < 45, `${rows} rows at ${share}`);
    }
    await panel.page.locator('.grid').hover();
    await panel.page.keyboard.press('Control+Home');
  });

  it('touch one row of the page where one run changed, and none where it is out of sight', async () => {
    await panel.run(`document.querySelector('.grid').scrollTop = 0`);
    await panel.until(`document.querySelector('[data-id="exe-10000"]') !== null`);
    await panel.run(`window.touched = new Set();
      new MutationObserver((records) => records.forEach(({ target }) => {
        const element = target.nodeType === 1 ? target : target.parentElement;
        touched.add(element.closest('.row')?.dataset.id ?? element.tagName);
      })).observe(document.querySelector('tbody'), { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['aria-valuenow', 'aria-selected', 'data-id', 'class', 'aria-rowindex', 'style'] })`);
    const running = MANY[0]!;
    await panel.send(rowsOf({ ...running, progress: { share: 0.99, text: '119/120 epochs' } }));
    await panel.until(
      `document.querySelector('[data-id="${running.executionId}"] .of-progress').innerText === '119/120 epochs'`,
    );
    await panel.send(rowsOf({ ...MANY[9000]!, progress: { share: 0.5, text: '60/120 epochs' } }));
    await panel.send(rowsOf({ ...running, progress: { share: 1, text: '120/120 epochs' } }));
    await panel.until(
      `document.querySelector('[data-id="${running.executionId}"] .of-progress').innerText === '120/120 epochs'`,
    );
    // Durations of what runs go on by themselves.
    const ticking = new Set(
      MANY.filter(({ status }) => status === 'In Progress').map((one) => one.executionId),
    );
    const touched = (await panel.run<string[]>('[...touched]')).filter(
      (id) => id === running.executionId || !ticking.has(id),
    );
    assert.deepEqual(touched, [running.executionId]);
  });

  it('are sorted and searched', async () => {
    const first = panel.page.getByRole('columnheader').first();
    const order = await first.getAttribute('aria-sort');
    await first.click();
    await panel.until(`document.querySelector('th').getAttribute('aria-sort') !== '${order}'`);
    await panel.page.getByLabel('Search by name or ID').fill('weld-seams v1999');
    await count(1);
  });
});

/** Ways to look at the charts: what x counts, the scale of y, smoothing, outliers, precision against recall, and back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ChartWish, type ToExplore } from '../../src/contract/pages/explore.ts';
import type { Series } from '../../src/contract/shapes.ts';
import { PanelPage } from './panelPage.ts';
import { aRun, aSeries, detector, summaryOf } from './samples.ts';

let panel: PanelPage;
before(async () => {
  panel = await PanelPage.open('explore', { executionIds: ['exe-1'] }, { width: 1000, height: 1300 });
});
after(async () => panel.close());

type Show = Extract<ToExplore, { type: 'show' }>;
const show = (series: Series[], rest: Partial<Show> = {}): Show => ({
  type: 'show',
  executionIds: ['exe-1'],
  runs: [aRun({ summary: summaryOf(series) })],
  hints: {},
  axis: 'epoch',
  attempts: 'latest',
  smoothing: 0,
  slots: {},
  series,
  ...rest,
});

const START = Date.parse('2026-01-10T10:00:01.000Z');
/** A point a minute. */
const timed = (series: Series[]): Series[] =>
  series.map((line) => ({ ...line, axis: 'time', x: line.x.map((epoch) => START + epoch * 60_000) }));

const text = (selector: string): Promise<string> => panel.page.locator(selector).first().innerText();
const until = (figure: string, condition: string): Promise<void> =>
  panel.until(`((data) => ${condition})(document.querySelector('[data-figure="${figure}"]')?.dataset ?? {})`);
const plot = (figure: string) => panel.page.locator(`[data-figure="${figure}"] .plot`);
const wishes = async (): Promise<unknown[]> =>
  (await panel.asked()).flatMap(({ name, ask }) => (name === 'wish' ? [ask] : []));

async function reopen(...messages: readonly ToExplore[]): Promise<void> {
  await panel.page.reload();
  await panel.send(...messages);
}

describe('x', () => {
  it('counts epochs, until another axis is chosen and has come', async () => {
    await panel.send(show(detector(1, 10, 12)));
    await until('box_loss', `data.points === '20'`);
    assert.deepEqual(await wishes(), []);
    await panel.page.getByLabel('What the x axis counts').selectOption('relative');
    await panel.until(`said.some(({ name }) => name === 'wish')`);
    assert.deepEqual(await wishes(), [{ axis: 'time', attempts: 'latest', details: [] }]);
    assert.equal(await text('[data-figure="box_loss"] .place'), 'epoch 10');
    await panel.send(show(timed(detector(1, 10, 12)), { axis: 'time' }));
    await panel.until(`document.querySelector('[data-figure="box_loss"] .place').innerText === '10m'`);
    const { x } = await panel.facts('box_loss');
    assert.ok(x[0]! < 60 && x[1]! > 600 && x[1]! < 1500, String(x));
    assert.match(await text('[data-figure="mAP50(B)"] .best'), /^best 0\.8\d+ · (9|10)m$/);
    await plot('box_loss').press('Home');
    await panel.until(`document.querySelector('[aria-live]').textContent.startsWith('1m: train ')`);
  });

  it('is the time of day where that is chosen, of the points that are there already', async () => {
    await panel.page.getByLabel('What the x axis counts').selectOption('clock');
    await until('box_loss', `Number(data.x.split(' ')[0]) > 1e9`);
    assert.equal((await wishes()).length, 1);
    const clock = new Intl.DateTimeFormat(undefined, {
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    await panel.page.mouse.move(2, 2);
    await plot('box_loss').press('End');
    assert.equal(
      await text('[data-figure="box_loss"] .place'),
      clock.format(START + 600_000).replaceAll('\u202f', ' '),
    );
  });

  it('is wished again after a reload, by steps as well', async () => {
    await panel.page.getByLabel('What the x axis counts').selectOption('step');
    await reopen();
    await panel.until(`said.some(({ name }) => name === 'wish')`);
    assert.deepEqual(await wishes(), [{ axis: 'step', attempts: 'latest', details: [] }]);
    const steps = detector(1, 10, 12).map((line): Series => ({
      ...line,
      axis: 'step',
      x: line.x.map((epoch) => 500 * epoch),
    }));
    await panel.send(
      show(steps, { axis: 'step', runs: [aRun({ summary: summaryOf(detector(1, 10, 12)) })] }),
    );
    await panel.until(
      `document.querySelector('[data-figure="box_loss"] .place')?.innerText === 'step 5,000'`,
    );
    await panel.page.getByLabel('What the x axis counts').selectOption('epoch');
    await panel.send(show(detector(1, 10, 12)));
    await panel.until(`document.querySelector('[data-figure="box_loss"] .place').innerText === 'epoch 10'`);
  });
});

describe('y', () => {
  const noisy = aSeries(
    'noisy_loss',
    'val',
    Array.from({ length: 40 }, (_, i) => i + 1),
    Array.from({ length: 40 }, (_, i) => (i === 20 ? 900 : 5 + Math.sin(i))),
  );

  it('is logarithmic where that is chosen, and says what has no place there', async () => {
    const zero = aSeries('zero_loss', 'val', [1, 2, 3], [10, 0.1, 0]);
    await panel.send(show([noisy, zero]));
    await until('zero_loss', `data.points === '3'`);
    await panel.page.getByRole('button', { name: 'Log', exact: true }).click();
    await until('zero_loss', `Number(data.y?.split(' ')[0]) > 0`);
    assert.match(await text('[data-figure="zero_loss"] .aside'), /no place on a logarithmic scale/);
    assert.equal(await panel.page.locator('[data-figure="noisy_loss"] .aside').isVisible(), false);
    const { y } = await panel.facts('zero_loss');
    assert.ok(y[0]! <= 0.1 && y[0]! > 0.05 && y[1]! >= 10 && y[1]! < 20, String(y));
    await panel.page.getByRole('button', { name: 'Log', exact: true }).click();
    await until('zero_loss', `Number(data.y?.split(' ')[0]) < 0`);
  });

  it('leaves outliers out where that is chosen, and says so', async () => {
    await until('noisy_loss', `Number(data.y?.split(' ')[1]) > 900`);
    await panel.page.getByRole('button', { name: 'Clip' }).click();
    await until('noisy_loss', `Number(data.y?.split(' ')[1]) < 20`);
    assert.equal(await text('[data-figure="noisy_loss"] .aside'), 'Values reach from 4.000 to 900.0.');
    await reopen(show([noisy]));
    await until('noisy_loss', `Number(data.y?.split(' ')[1]) < 20`);
    await panel.page.getByRole('button', { name: 'Clip' }).click();
    await until('noisy_loss', `Number(data.y?.split(' ')[1]) > 900`);
  });

  it('is smoothed as the setting says until it is chosen here; values stay those that were logged', async () => {
    const slider = panel.page.getByLabel('Smooth');
    assert.equal(await slider.inputValue(), '0');
    await panel.send(show([noisy], { smoothing: 0.8 }));
    await panel.until(`document.querySelector('.smoothing input').value === '0.8'`);
    await until('noisy_loss', `data.raw === '40' && data.points === '40'`);
    const last = Number(noisy.y.at(-1)).toFixed(3);
    assert.match(await text('[data-figure="noisy_loss"] .legend'), new RegExp(last));
    assert.match(await text('[data-figure="noisy_loss"] .best'), /best 4\.0\d\d/);
    await slider.fill('0');
    await until('noisy_loss', `data.raw === '0'`);
    await reopen(show([noisy], { smoothing: 0.8 }));
    await until('noisy_loss', `data.raw === '0'`);
  });
});

describe('precision over recall', () => {
  const curve = 'precision(B) over recall(B)';

  it('is drawn from epoch to epoch, and follows the other charts', async () => {
    await panel.send(show(detector(1, 10, 12)));
    await until(curve, `data.places === '10'`);
    const { x, y } = await panel.facts(curve);
    assert.ok(x[0]! < 0.3 && x[1]! > 0.75 && y[1]! > 0.85, String([x, y]));
    await plot('box_loss').press('Home');
    await panel.until(
      `document.querySelector('[data-figure="${curve}"] .place').innerText === 'epoch 1' &&
       document.querySelector('[data-figure="${curve}"] .overlay canvas').dataset.dots === '1'`,
    );
    assert.match(await text(`[data-figure="${curve}"] .legend`), /val\s+0\.\d+ \/ 0\.\d+/);
    await plot(curve).press('End');
    await panel.until(`document.querySelector('[data-figure="box_loss"] .place').innerText === 'epoch 10'`);
    const zoomed = plot('box_loss');
    await zoomed.press('Home');
    await zoomed.press('+');
    await until(curve, `Number(data.places) < 10`);
    await zoomed.press('0');
    await until(curve, `data.places === '10'`);
  });

  it('points at the nearest epoch under the mouse', async () => {
    const box = (await plot(curve).boundingBox())!;
    await panel.page.mouse.move(box.x + 50, box.y + box.height - 40);
    await panel.until(`document.querySelector('[data-figure="box_loss"] .place').innerText === 'epoch 1'`);
    await panel.page.mouse.move(2, 2);
  });
});

describe('back', () => {
  const shown = async (): Promise<string> => (await panel.facts('box_loss')).x.join(' ');

  it('undoes zooms, one after another, and what showed all', async () => {
    const whole = await shown();
    const chart = plot('box_loss');
    await chart.focus();
    const states = [whole];
    for (const key of ['+', '+', '0']) {
      await panel.page.keyboard.press(key);
      await until('box_loss', `data.x !== '${states.at(-1)}'`);
      states.push(await shown());
      // Changes that follow each other faster are one.
      await panel.run(`new Promise((resolve) => setTimeout(resolve, 450))`);
    }
    assert.equal(states[3], whole);
    for (const earlier of [states[2], states[1], whole]) {
      await panel.page.keyboard.press('Backspace');
      await until('box_loss', `data.x === '${earlier}'`);
    }
    await panel.page.keyboard.press('Backspace');
    assert.equal(await shown(), whole);
  });
});

describe('a line of more points than pixels', () => {
  const x = Array.from({ length: 400 }, (_, i) => 250 * (i + 1));
  const coarse = aSeries(
    'loss',
    'val',
    x,
    x.map(() => 1),
    { min: x.map(() => 0), max: x.map(() => 2), count: x.map(() => 250) },
  );
  const showLong = (): Show => show([coarse], { runs: [aRun({ status: 'Success', summary: [] })] });

  it('is wished more finely where it is zoomed, and shows what comes without being built anew', async () => {
    await panel.send(showLong());
    await until('loss', `data.points === '400'`);
    const chart = plot('loss');
    await chart.focus();
    await panel.run(`new Promise((resolve) => setTimeout(resolve, 450)).then(() => said.length = 0)`);
    for (let i = 0; i < 8; i++) await panel.page.keyboard.press('+');
    await panel.until(`said.some(({ name, ask }) => name === 'wish' && ask.details.length === 1)`);
    const { views, x: window } = await panel.facts('loss');
    const [wish] = (await panel.asked()).flatMap(({ name, ask }) =>
      name === 'wish' ? ChartWish.parse(ask).details : [],
    );
    assert.ok(wish!.from! < window[0]! && wish!.to! > window[1]!, JSON.stringify([wish, window]));
    assert.ok(wish!.points > 900 && wish!.points < 1600 && wish!.figures[0] === 'loss');
    const from = Math.ceil(wish!.from!);
    const steps = Array.from({ length: 500 }, (_, i) => from + 3 * i);
    const { executions, figures } = wish!;
    await panel.send({
      type: 'details',
      details: [
        {
          executions,
          figures,
          from: wish!.from!,
          to: wish!.to!,
          series: [
            aSeries(
              'loss',
              'val',
              steps,
              steps.map((step) => Math.sin(step)),
            ),
          ],
        },
      ],
    });
    await until('loss', `Number(data.points) > 850`);
    assert.equal((await panel.facts('loss')).views, views);
    await panel.page.keyboard.press('0');
    await panel.until(`said.filter(({ name }) => name === 'wish').at(-1).ask.details.length === 0`);
    await panel.send({ type: 'details', details: [] });
    await until('loss', `data.points === '400'`);
  });

  it('is wished as finely as it is wide where it has the page for itself', async () => {
    await panel.page.getByRole('button', { name: 'Show Large: loss' }).click();
    await panel.until(
      `said.filter(({ name }) => name === 'wish').at(-1).ask.details.some(({ from, points }) => from === undefined && points > 800)`,
    );
    await panel.page.keyboard.press('Escape');
  });
});

describe('attempts', () => {
  it('are a choice where there are several; each is a line of its own then, the earlier ones paler', async () => {
    const choice = panel.page.getByLabel('Which attempts are shown');
    await panel.send(show(detector(1, 8, 12)));
    await until('box_loss', `data.points === '16'`);
    assert.equal(await choice.isVisible(), false);
    const second = detector(1, 4, 12, { attempt: 2 });
    const run = aRun({ attempt: 2, summary: summaryOf(second) });
    await panel.send(show(second, { runs: [run] }));
    await choice.selectOption('all');
    await panel.until(`said.filter(({ name }) => name === 'wish').at(-1).ask.attempts === 'all'`);
    await panel.send(show([...detector(1, 8, 12), ...second], { runs: [run], attempts: 'all' }));
    await until('box_loss', `data.points === '24'`);
    assert.match(await text('[data-figure="mAP50(B)"] .legend'), /val \(attempt 1\)\s+0\.\d+\s+val\s+0\.\d+/);
    const strokes = await panel.run<string[]>(
      `[...document.querySelectorAll('[data-figure="mAP50(B)"] .entry line')].map((line) => line.getAttribute('stroke'))`,
    );
    assert.equal(new Set(strokes).size, 2);
    await choice.selectOption('latest');
    await panel.send(show(second, { runs: [run] }));
    await until('box_loss', `data.points === '8'`);
  });
});

it('all of that violates no policy, fails at nothing and can be used by everybody', async () => {
  assert.deepEqual(await panel.violations(), []);
  assert.deepEqual(
    (await panel.said()).filter((message) => message.type === 'failed'),
    [],
  );
  assert.deepEqual(await panel.findings(), []);
});

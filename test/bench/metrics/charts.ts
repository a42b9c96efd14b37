/** What charts cost in the page itself, in a browser that draws without a GPU: twenty runs in eight charts. */
import type { ToExplore } from '../../../src/contract/pages/explore.ts';
import type { Run, Series } from '../../../src/contract/shapes.ts';
import { PanelPage } from '../../webview/panelPage.ts';
import { aRun, aSeries, summaryOf } from '../../webview/samples.ts';
import { median, tell } from '../tell.ts';

const FIGURES = ['box_loss', 'cls_loss', 'dfl_loss', 'mAP50(B)', 'mAP50-95(B)', 'accuracy', 'f1', 'lr'];
const RUNS = Array.from({ length: 20 }, (_, i) => `exe-${i + 1}`);
/** As many places to a line as the host asks for where twenty runs are shown. */
const PLACES = 200;
const LIVE = 1_000_000;

/** Epochs `from` to `to` of every figure of every run. */
function lines(from: number, to: number): Series[] {
  const epochs = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return RUNS.flatMap((executionId, run) =>
    FIGURES.map((figure, place) =>
      aSeries(
        figure,
        'val',
        epochs,
        epochs.map((epoch) => 1 / (1 + epoch / 50) + Math.sin(epoch * (place + 3) + run) / 40 + run / 100),
        { executionId },
      ),
    ),
  );
}

function show(series: Series[]): ToExplore {
  const own = (id: string): Series[] => series.filter(({ executionId }) => executionId === id);
  return {
    type: 'show',
    executionIds: RUNS,
    runs: RUNS.map((executionId, i): Run =>
      aRun({
        executionId,
        model: { id: `mod-${i}`, name: 'shapes-small', version: i + 1 },
        summary: summaryOf(own(executionId)),
      }),
    ),
    hints: {},
    axis: 'epoch',
    attempts: 'latest',
    smoothing: 0,
    slots: Object.fromEntries(RUNS.map((id, i) => [id, i])),
    series,
  };
}

export async function charts(): Promise<void> {
  // Tall enough for all eight to be in sight at once.
  const page = await PanelPage.open('explore', { executionIds: RUNS }, { width: 1600, height: 2400 });
  try {
    await page.answers('traits', { ok: [] });
    await page.run('document.fonts.ready');
    const first = await drawn(page, show(lines(1, PLACES)), RUNS.length * PLACES);
    tell('first paint of 8 charts x 20 runs', first, ' ms', 500);

    const more: number[] = [];
    for (let epoch = PLACES + 1; epoch <= PLACES + 20; epoch++) {
      const message: ToExplore = { type: 'append', from: epoch, series: lines(epoch, epoch) };
      more.push(await drawn(page, message, RUNS.length * epoch));
    }
    tell('one more point on each of the 160 lines, all 8 charts, median', median(more), ' ms', 60);

    const frames = await page.run<number[]>(HOVERING);
    tell('a frame while the pointer moves over a chart, median', median(frames), ' ms', 16);
    tell('  the slowest of 100', Math.max(...frames), ' ms');

    await memory(page);
  } finally {
    await page.close();
  }
}

/** From the message to the frame in which every chart has so many points, in milliseconds. */
const drawn = (page: PanelPage, message: ToExplore, points: number): Promise<number> =>
  page.run(`(async () => {
    const message = ${JSON.stringify(message)};
    await new Promise(requestAnimationFrame);
    const began = performance.now();
    postMessage(message, '*');
    const done = () => {
      const cards = [...document.querySelectorAll('.card')];
      return cards.length >= ${FIGURES.length} && cards.every((card) => card.dataset.points === '${points}');
    };
    while (!done()) await new Promise(requestAnimationFrame);
    return performance.now() - began;
  })()`);

/** What each frame takes in which the crosshair goes on: from its first callback until the browser has painted it. */
const HOVERING = `(async () => {
  const plot = document.querySelector('.card .plot');
  const { left, top, width, height } = plot.getBoundingClientRect();
  const times = [];
  for (let i = 0; i < 100; i++) {
    times.push(await new Promise((resolve) => {
      let began = 0;
      requestAnimationFrame(() => (began = performance.now()));
      plot.dispatchEvent(new PointerEvent('pointermove', { clientX: left + 60 + (i / 100) * (width - 80), clientY: top + height / 2, bubbles: true }));
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => resolve(performance.now() - began);
        channel.port2.postMessage(null);
      });
    }));
  }
  return times;
})()`;

/** A million points come in while the page is looked at; the host tells lines anew, reduced, where they grow too long. */
async function memory(page: PanelPage): Promise<void> {
  const cdp = await page.page.context().newCDPSession(page.page);
  const used = async (): Promise<number> => {
    await cdp.send('HeapProfiler.collectGarbage');
    return (await cdp.send('Runtime.getHeapUsage')).usedSize / 2 ** 20;
  };
  const before = await used();
  const part = 25;
  let epoch = PLACES + 21;
  for (let told = 0; told < LIVE; told += part * RUNS.length * FIGURES.length) {
    if (epoch > 2 * PLACES) {
      await page.send(show(lines(1, PLACES)));
      epoch = PLACES + 1;
    }
    await page.send({ type: 'append', from: epoch, series: lines(epoch, epoch + part - 1) });
    epoch += part;
  }
  const after = await used();
  tell('the page’s memory after a million live points', after, ' MiB');
  tell('  of which they added', after - before, ' MiB');
}

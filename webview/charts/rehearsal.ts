/**
 * Draws a chart that nobody sees, for as long as the first points are waited for: the first chart that a page draws takes several times
 * as long as those after it, as the browser has yet to make fast code of Vega's.
 */
import { element } from '../ui/dom.ts';
import { Chart } from './chart.ts';
import type { Look } from './look.ts';
import { NO_ROWS } from './rows.ts';
import { axisOfX, axisOfY } from './scales.ts';

/** As many as it takes. */
const LINES = Array.from({ length: 10 }, (_, i) => `${i}`);
const PLACES = Array.from({ length: 200 }, (_, i) => i + 1);

/**
 * Once the page has nothing else to do.
 * @param look null where it isn't needed any more
 */
export function rehearse(look: () => Look | null, failed: (error: unknown) => void): void {
  requestIdleCallback(() => {
    const now = look();
    if (now !== null) drawUnseen(now, failed).catch(failed);
  });
}

async function drawUnseen(look: Look, failed: (error: unknown) => void): Promise<void> {
  const chart = new Chart(element('div'), failed);
  const size = { width: 300, height: 160 };
  const points = new Map(LINES.map((line) => [line, PLACES.map((x) => ({ line, x, y: x }))]));
  await chart.show({
    ...size,
    shape: {
      axis: 'epoch',
      log: false,
      path: null,
      strokes: LINES.map((key) => ({ key, color: look.foreground, dash: [] })),
    },
    rows: { ...NO_ROWS, points },
    x: axisOfX([1, PLACES.length], size.width, 'epoch'),
    y: axisOfY([1, PLACES.length], size.height),
    look,
    quiet: false,
    ratio: devicePixelRatio,
  });
  chart.dispose();
}

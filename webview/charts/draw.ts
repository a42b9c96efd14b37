/** Draws a specification without showing it: as a picture to keep. */
import { View } from 'vega';
import { runtimeOf } from './drawing.ts';
import { closures } from './expressions.ts';
import { compile, type TopLevelSpec } from 'vega-lite';
import { REFUSING } from './refusing.ts';

/** Device pixels to a pixel: a picture is looked at on any screen. */
const SCALE = 2;

export const svgOf = (spec: TopLevelSpec): Promise<string> => drawn(spec, (view) => view.toSVG());

export const canvasOf = (spec: TopLevelSpec): Promise<HTMLCanvasElement> =>
  drawn(spec, (view) => view.toCanvas(SCALE));

async function drawn<T>(spec: TopLevelSpec, as: (view: View) => Promise<T>): Promise<T> {
  const view = new View(runtimeOf(compile(spec).spec), {
    renderer: 'none',
    loader: REFUSING,
    expr: closures,
  });
  try {
    return await as(view);
  } finally {
    view.finalize();
  }
}

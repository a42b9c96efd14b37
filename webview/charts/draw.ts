/** Draws a specification without showing it: as a picture to keep. */
import { parse, View } from 'vega';
import { closures } from './expressions.ts';
import { compile, type TopLevelSpec } from 'vega-lite';
import { REFUSING } from './refusing.ts';

/** Device pixels to a pixel: a picture is looked at on any screen. */
const SCALE = 2;

export const svgOf = (spec: TopLevelSpec): Promise<string> => drawn(spec, (view) => view.toSVG());

export const canvasOf = (spec: TopLevelSpec): Promise<HTMLCanvasElement> =>
  drawn(spec, (view) => view.toCanvas(SCALE));

async function drawn<T>(spec: TopLevelSpec, as: (view: View) => Promise<T>): Promise<T> {
  const view = new View(parse(compile(spec).spec, undefined, { ast: true }), {
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

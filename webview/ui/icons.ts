/** Small drawings for buttons; words beside them or their titles say what they do. */
import { drawing } from './dom.ts';

const stroke = {
  fill: 'none',
  stroke: 'currentColor',
  'stroke-width': '1.3',
  'stroke-linecap': 'round',
  'stroke-linejoin': 'round',
};
const icon = (d: string): (() => SVGSVGElement) => {
  return () => drawing([['path', { ...stroke, d }]]);
};

/** Points down; the style sheet turns it where what it opens is folded. */
export const foldIcon = icon('M4 6l4 4 4-4');
export const pinIcon = icon('M5.5 2.5h5M6.5 2.5v4L4.5 9h7l-2-2.5v-4M8 9v4.5');
export const enlargeIcon = icon('M9.5 3H13v3.5M6.5 13H3V9.5M13 3L9 7M3 13l4-4');
/** Three dots: more can be done. */
export const moreIcon = (): SVGSVGElement =>
  drawing(['3', '8', '13'].map((cx) => ['circle', { cx, cy: '8', r: '1.3', fill: 'currentColor' }]));
export const shrinkIcon = icon('M13 6.5H9.5V3M3 9.5h3.5V13M9.5 6.5L13.5 2.5M6.5 9.5l-4 4');

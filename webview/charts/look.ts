/** The colours and letters that charts take from the theme in force. Pure; the theme itself is read in `theme.ts`. */

export type Rgb = readonly [number, number, number];

/** Colours are CSS colours without transparency. */
export interface Look {
  background: string;
  foreground: string;
  /** Letters of axes. */
  faint: string;
  grid: string;
  axis: string;
  error: string;
  /** Of lines; neighbours differ for colour-blind eyes too. */
  palette: readonly string[];
  font: string;
  /** A theme of high contrast is in force. */
  contrast: boolean;
}

/** "rgb(1, 2, 3)", "rgba(1, 2, 3, 0.5)" and "color(srgb 0 0.5 1 / 0.5)", as computed styles have them; over an opaque ground. */
export function rgbOf(color: string, ground: Rgb = [0, 0, 0]): Rgb | null {
  const parts = /^(rgba?|color)\((?:srgb )?([\d.e+\s,/%-]+)\)$/i.exec(color.trim());
  const numbers = parts?.[2]?.split(/[\s,/]+/).map(Number);
  const [r, g, b, alpha = 1] = numbers ?? [];
  if (r === undefined || g === undefined || b === undefined || numbers?.some(Number.isNaN)) return null;
  const scale = parts?.[1] === 'color' ? 255 : 1;
  return mixed(ground, [r * scale, g * scale, b * scale], alpha);
}

export const cssOf = (rgb: Rgb): string => `rgb(${rgb.map((part) => Math.round(part)).join(', ')})`;

export const mixed = (from: Rgb, to: Rgb, share: number): Rgb => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

/** sRGB without its curve, each part 0 to 1. */
function linear(rgb: Rgb): Rgb {
  const straight = (part: number): number => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [straight(rgb[0]), straight(rgb[1]), straight(rgb[2])];
}

/** WCAG 2.2, relative luminance. */
function luminance(rgb: Rgb): number {
  const [r, g, b] = linear(rgb);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2.2, contrast ratio: 1 to 21. */
export function contrastOf(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((one, other) => other - one);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

/** How different two colours look: Euclidean in OKLab (B. Ottosson, 2020). Below 0.1 they are easily confused. */
export function differenceOf(a: Rgb, b: Rgb): number {
  const [one, other] = [oklab(a), oklab(b)];
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

function oklab(rgb: Rgb): Rgb {
  const [r, g, b] = linear(rgb);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/**
 * The theme's colours for lines, each readable on the ground. A theme may give the same colour to two names (those of high contrast
 * do): where one can't be told from those before it, a spare of that hue takes its place.
 */
export function paletteOf(
  wanted: readonly Rgb[],
  spares: readonly Rgb[],
  ground: Rgb,
  text: Rgb,
  ratio: number,
): Rgb[] {
  const palette: Rgb[] = [];
  wanted.forEach((color, i) => {
    const own = readable(color, ground, text, ratio);
    const told = palette.every((before) => differenceOf(before, own) >= 0.12);
    palette.push(told ? own : readable(spares[i] ?? color, ground, text, ratio));
  });
  return palette;
}

/** The colour, moved towards `text` until it stands out from the ground by `ratio`. */
export function readable(color: Rgb, ground: Rgb, text: Rgb, ratio: number): Rgb {
  for (let share = 0; share < 1; share += 0.05) {
    const candidate = mixed(color, text, share);
    if (contrastOf(candidate, ground) >= ratio) return candidate;
  }
  return text;
}

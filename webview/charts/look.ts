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

/** WCAG 2.2, relative luminance. */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

/** WCAG 2.2, contrast ratio: 1 to 21. */
export function contrastOf(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((one, other) => other - one);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

/** The colour, moved towards `text` until it stands out from the ground by `ratio`. */
export function readable(color: Rgb, ground: Rgb, text: Rgb, ratio: number): Rgb {
  for (let share = 0; share < 1; share += 0.05) {
    const candidate = mixed(color, text, share);
    if (contrastOf(candidate, ground) >= ratio) return candidate;
  }
  return text;
}

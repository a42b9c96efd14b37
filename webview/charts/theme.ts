/** Reads the look of charts from the theme in force, and tells when it changes. */
import { CHART_COLORS, type ChartColor } from '../../src/contract/colors.ts';
import { cssOf, mixed, paletteOf, readable, rgbOf, type Look, type Rgb } from './look.ts';

/** Where a theme has none of that name, or none that can be told from the others. */
const SPARES: Readonly<Record<ChartColor, Rgb>> = {
  blue: [0, 114, 178],
  orange: [213, 94, 0],
  purple: [160, 80, 190],
  green: [0, 158, 115],
  red: [204, 50, 90],
  yellow: [200, 160, 0],
};

export function readLook(): Look {
  const style = getComputedStyle(document.body);
  const kind = document.body.dataset['vscodeThemeKind'] ?? '';
  const contrast = kind.startsWith('vscode-high-contrast');
  const light = kind.endsWith('light');
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const color = (names: readonly string[], fallback: Rgb, ground: Rgb): Rgb => {
    for (const name of names) {
      const written = style.getPropertyValue(`--vscode-${name}`).trim();
      if (written === '') continue;
      // The browser turns whatever notation the theme uses into the one of computed styles.
      probe.style.color = '';
      probe.style.color = written;
      const rgb = rgbOf(getComputedStyle(probe).color, ground);
      if (rgb !== null) return rgb;
    }
    return fallback;
  };
  const ground: Rgb = light ? [255, 255, 255] : [0, 0, 0];
  const text: Rgb = light ? [0, 0, 0] : [255, 255, 255];
  const background = color(['editor-background'], ground, ground);
  const foreground = color(['foreground', 'editor-foreground'], text, background);
  const faint = color(['descriptionForeground'], mixed(background, foreground, 0.7), background);
  const look: Look = {
    background: cssOf(background),
    foreground: cssOf(foreground),
    faint: cssOf(readable(contrast ? foreground : faint, background, foreground, 4.5)),
    grid: cssOf(mixed(background, foreground, contrast ? 0.22 : 0.09)),
    axis: cssOf(mixed(background, foreground, contrast ? 1 : 0.28)),
    error: cssOf(
      readable(
        color(['charts-red', 'errorForeground'], [230, 70, 70], background),
        background,
        foreground,
        3,
      ),
    ),
    palette: paletteOf(
      CHART_COLORS.map((name) => color([`charts-${name}`], SPARES[name], background)),
      CHART_COLORS.map((name) => SPARES[name]),
      background,
      foreground,
      contrast ? 4.5 : 3,
    ).map(cssOf),
    font: style.fontFamily,
    contrast,
  };
  probe.remove();
  return look;
}

/** Calls back when the theme changed, or the window went to a screen of another resolution. */
export function watchLook(changed: () => void): void {
  // VS Code sets the variables on the root element, and the theme's kind and id on the body.
  const observer = new MutationObserver(changed);
  const attributes = ['class', 'style', 'data-vscode-theme-kind', 'data-vscode-theme-id'];
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter: attributes });
  }
  const watchRatio = (): void => {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener(
      'change',
      () => {
        watchRatio();
        changed();
      },
      { once: true },
    );
  };
  watchRatio();
}

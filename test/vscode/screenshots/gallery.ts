/** Takes the pictures: each view in each theme, and one page that shows them all. */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../../../src/dev/cache.ts';
import type { ThemeKind, Workbench } from '../harness/index.ts';

const GALLERY = join(CACHE, 'screenshots');
export const THEMES_SHOWN: readonly ThemeKind[] = ['dark', 'light', 'hcDark'];

/** Of a picture that has come to rest the next one is the same; what ticks is given up on after so many. */
const MOST_LOOKS = 12;
const VIEW_MS = 120_000;

export interface View {
  /** Names the picture. */
  name: string;
  /** Brings it on the screen; it begins where the view before it left. */
  show(this: void): Promise<unknown>;
  /** Takes away what lies over everything else: a dialog, a list. */
  leave?(this: void): Promise<unknown>;
}

/** One of the states, with what went wrong while its pictures were taken. */
export class Gallery {
  readonly state: string;
  readonly failures: string[] = [];
  readonly #begun = new Set<ThemeKind>();

  constructor(state: string) {
    this.state = state;
  }

  /** Goes through the views in each theme. One that doesn't come up is told at the end; the others have their pictures. */
  async photograph(workbench: Workbench, views: readonly View[]): Promise<void> {
    for (const theme of THEMES_SHOWN) {
      const folder = join(GALLERY, this.state, theme);
      if (!this.#begun.has(theme)) rmSync(folder, { recursive: true, force: true });
      this.#begun.add(theme);
      mkdirSync(folder, { recursive: true });
      await workbench.setTheme(theme);
      for (const { name, show, leave } of views) {
        try {
          await withDeadline(async () => {
            await show();
            writeFileSync(join(folder, `${name}.png`), await pictureOf(workbench));
            await leave?.();
          });
        } catch (error) {
          const where = await workbench.keepEvidence(`${theme}-${name}`);
          this.failures.push(`${this.state}/${theme}/${name}: ${String(error)}\n${where}`);
          await workbench.page.keyboard.press('Escape');
        }
      }
    }
  }
}

/** Of what asks a page something not every question has a deadline of its own. */
async function withDeadline(work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It took more than ${VIEW_MS / 1000} s.`)), VIEW_MS);
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The window, or a part of it, once it has come to rest. */
export async function pictureOf(workbench: Workbench, clip?: Area): Promise<Buffer> {
  const shot = (): Promise<Buffer> =>
    workbench.page.screenshot({ animations: 'disabled', ...(clip === undefined ? {} : { clip }) });
  let last = await shot();
  for (let looks = 1; looks < MOST_LOOKS; looks++) {
    const next = await shot();
    if (next.equals(last)) break;
    last = next;
  }
  return last;
}

/** Writes the page with all pictures that there are, a row a view, a column a theme; returns its path. */
export function writeContactSheet(states: readonly string[]): string {
  const sections = states.map((state) => {
    const rows = namesIn(join(GALLERY, state)).map((name) => {
      const cells = THEMES_SHOWN.map((theme) => {
        const file = `${state}/${theme}/${name}.png`;
        return `<td><a href="${file}"><img loading="lazy" src="${file}" alt="${name}, ${theme}"></a></td>`;
      });
      return `<tr><th scope="row">${name}</th>${cells.join('')}</tr>`;
    });
    const heads = THEMES_SHOWN.map((theme) => `<th>${theme}</th>`).join('');
    return `<h2 id="${state}">${state}</h2>\n<table><tr><th></th>${heads}</tr>\n${rows.join('\n')}\n</table>`;
  });
  const file = join(GALLERY, 'index.html');
  writeFileSync(
    file,
    `<!DOCTYPE html><meta charset="utf-8"><title>Trainyard, every view</title>
<style>body{font:14px system-ui;margin:16px;background:#888}img{width:100%;display:block}table{width:100%;table-layout:fixed}
th{text-align:left;vertical-align:top}tr>th:first-child{width:9em}</style>
<h1>Every view in every theme</h1>\n${sections.join('\n')}\n`,
  );
  return file;
}

/** The pictures of a state in the order in which they were taken. */
function namesIn(folder: string): string[] {
  const [first = 'dark'] = THEMES_SHOWN;
  try {
    const files = readdirSync(join(folder, first)).filter((file) => file.endsWith('.png'));
    const age = (file: string): number => statSync(join(folder, first, file)).mtimeMs;
    return files.toSorted((a, b) => age(a) - age(b)).map((file) => file.slice(0, -'.png'.length));
  } catch {
    // None were taken of it yet.
    return [];
  }
}

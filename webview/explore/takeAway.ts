/** Takes what a chart shows out of the page: as a picture, as a specification, as a table. */
import * as l10n from '@vscode/l10n';
import type { TopLevelSpec } from 'vega-lite';
import type { PictureFormat, takeCalls } from '../../src/contract/pages/explore.ts';
import type { Ask } from '../../src/contract/pages/page.ts';
import { canvasOf, svgOf } from '../charts/draw.ts';

/** Hands something over to the editor. Rejects with words for a person. */
export type Hand = <N extends keyof typeof takeCalls>(
  name: N,
  ask: Ask<typeof takeCalls, N>,
) => Promise<unknown>;

export class TakeAway {
  readonly #hand: Hand;
  readonly #announce: (text: string) => void;
  readonly #executionIds: () => readonly string[];

  /**
   * @param executionIds of the runs that are shown
   * @param announce to a screen reader; eyes see it in the status bar
   */
  constructor(hand: Hand, executionIds: () => readonly string[], announce: (text: string) => void) {
    this.#executionIds = executionIds;
    this.#hand = hand;
    this.#announce = announce;
  }

  /** Whether this browser lets a page copy pictures. */
  get copiesPictures(): boolean {
    return typeof ClipboardItem !== 'undefined' && 'clipboard' in navigator;
  }

  async copyPicture(spec: TopLevelSpec): Promise<void> {
    // The clipboard takes a promise, so that drawing doesn't use up the click that allows it.
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': pngOf(spec) })]);
    this.#announce(l10n.t('Copied the picture.'));
  }

  async savePicture(name: string, format: PictureFormat, spec: TopLevelSpec): Promise<void> {
    const content = format === 'svg' ? await svgOf(spec) : base64Of(await canvasOf(spec));
    await this.#hand('savePicture', { name, format, content });
  }

  async openSpecification(spec: TopLevelSpec): Promise<void> {
    await this.#hand('openSpecification', { text: `${JSON.stringify(spec, null, 2)}\n` });
  }

  /** Every sample of the runs that are shown. @param figures of null are all */
  async exportData(figures: readonly string[] | null): Promise<void> {
    await this.#hand('exportData', {
      executionIds: [...this.#executionIds()],
      figures: figures === null ? null : [...figures],
    });
  }

  async copyTable(text: string): Promise<void> {
    await this.#hand('copyText', { text });
    this.#announce(l10n.t('Copied the table.'));
  }
}

async function pngOf(spec: TopLevelSpec): Promise<Blob> {
  const canvas = await canvasOf(spec);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) =>
        blob === null ? reject(new Error(l10n.t('The chart is too large for a picture.'))) : resolve(blob),
      'image/png',
    );
  });
}

const base64Of = (canvas: HTMLCanvasElement): string => canvas.toDataURL('image/png').split(',')[1] ?? '';

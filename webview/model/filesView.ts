/** The tab Files: pictures to look at, and everything that an attempt left. */
import * as l10n from '@vscode/l10n';
import type { ShownFile, ToModel } from '../../src/contract/pages/model.ts';
import { bytesText } from '../../src/contract/words.ts';
import { button, ring } from '../ui/controls.ts';
import { element } from '../ui/dom.ts';
import { link } from '../ui/link.ts';
import { exactTimeText, timeText } from '../ui/words.ts';

type Told = Extract<ToModel, { type: 'files' }>;

const KINDS: Readonly<Record<ShownFile['kind'], string>> = {
  checkpoint: l10n.t('Checkpoint'),
  artifact: l10n.t('Artifact'),
  other: '',
};
/** More would be slow to load, and nobody looks at so many. */
const MOST_PICTURES = 60;

export interface FilesActions {
  open(attempt: number, path: string): void;
  revealOutput(attempt: number): void;
}

export class FilesView {
  readonly element = element('div', { class: 'files' });
  readonly #actions: FilesActions;
  #shown = '';

  constructor(actions: FilesActions) {
    this.#actions = actions;
    this.begin();
  }

  /** Those of another attempt are about to come. */
  begin(): void {
    this.#shown = '';
    this.element.replaceChildren(
      element('p', { class: 'loading', role: 'status' }, ring(), l10n.t('Looking for files…')),
    );
  }

  update(told: Told): void {
    const shown = JSON.stringify(told);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { files, attempt, outputDir, cut } = told;
    const pictures = files.filter(({ picture }) => picture !== null);
    this.element.replaceChildren(
      ...(outputDir === null
        ? []
        : [
            element(
              'p',
              { class: 'files-head' },
              element('code', {}, outputDir),
              button(l10n.t('Output Folder'), () => this.#actions.revealOutput(attempt)),
            ),
          ]),
      ...(files.length === 0 ? [none(outputDir)] : []),
      ...(pictures.length === 0 ? [] : [this.#gallery(pictures)]),
      ...(files.length === 0 ? [] : [this.#table(files)]),
      ...(cut
        ? [
            element(
              'p',
              { class: 'faint' },
              l10n.t('There are more files. The newest that were found are shown.'),
            ),
          ]
        : []),
    );
  }

  #gallery(pictures: readonly ShownFile[]): HTMLElement {
    const shown = pictures.slice(0, MOST_PICTURES);
    return element(
      'section',
      { 'aria-label': l10n.t('Pictures'), class: 'gallery' },
      ...shown.map((file) => {
        const image = element('img', { src: file.picture ?? '', alt: '', loading: 'lazy' });
        // One that is being written, or isn't what its name says.
        image.addEventListener('error', () =>
          image.replaceWith(element('span', { class: 'faint' }, l10n.t("It can't be shown."))),
        );
        const open = element(
          'button',
          { type: 'button', class: 'picture', title: l10n.t('Open {0}', file.path) },
          image,
          element('span', {}, file.name.replace(/^.*[\\/]/, '')),
        );
        open.addEventListener('click', () => this.#actions.open(file.attempt, file.path));
        return open;
      }),
      ...(pictures.length > MOST_PICTURES
        ? [
            element(
              'p',
              { class: 'faint' },
              l10n.t('{0} more are in the list.', pictures.length - MOST_PICTURES),
            ),
          ]
        : []),
    );
  }

  #table(files: readonly ShownFile[]): HTMLElement {
    return element(
      'table',
      { 'aria-label': l10n.t('Files') },
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...[l10n.t('Name'), l10n.t('Kind'), l10n.t('Size'), l10n.t('Changed')].map((title) =>
            element('th', { scope: 'col' }, title),
          ),
        ),
      ),
      element(
        'tbody',
        {},
        ...files.map((file) =>
          element(
            'tr',
            {},
            element(
              'td',
              {},
              link(file.name, () => this.#actions.open(file.attempt, file.path), { title: file.path }),
            ),
            element('td', {}, KINDS[file.kind]),
            element('td', { class: 'numeric' }, bytesText(file.bytes)),
            element('td', { title: exactTimeText(file.time) }, timeText(file.time)),
          ),
        ),
      ),
    );
  }
}

function none(outputDir: string | null): HTMLElement {
  const what = element('p', { class: 'what', role: 'status' }, l10n.t('There are no files.'));
  if (outputDir === null) return element('div', { class: 'empty' }, what);
  return element(
    'div',
    { class: 'empty' },
    what,
    element(
      'p',
      { class: 'faint' },
      l10n.t('Save checkpoints, pictures and plots into the output folder, in the train function:'),
    ),
    element(
      'pre',
      { tabindex: '0' },
      'torch.save(model, f"{context.output_dir}/last.pt")\ncontext.checkpoint(f"{context.output_dir}/last.pt")',
    ),
  );
}

/** The page of a model: what one execution of a version is, ran, logged, printed and left. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { modelCalls, ModelSubject, type ModelTab, type ToModel } from '../../contract/pages/model.ts';
import { nameOf } from '../../client/words.ts';
import type { Handlers } from '../../contract/pages/page.ts';
import type { Run } from '../../contract/shapes.ts';
import { applyRemedy } from '../commands/diagnosis.ts';
import type { ModelPages, ServicePages } from '../interfaces.ts';
import { LogReader } from '../model/logReader.ts';
import { openFileOf, openPlace, reveal } from '../model/openers.ts';
import { PatchDocuments } from '../model/patchDocuments.ts';
import { watchTab, type ToldFile } from '../model/tabs.ts';
import { shownDiagnosis } from '../runs/remedies.ts';
import { durationAt } from '../runs/item.ts';
import type { Store } from '../store.ts';
import { ChartWishes } from './explore.ts';
import { Pages, type Content, type Page, type PagesDeps } from './pages.ts';
import { takeHandlers } from './takeAway.ts';
import { troubleReading } from './trouble.ts';

export interface ModelDeps extends PagesDeps {
  readonly store: Store;
  readonly services: ServicePages;
}

export class ModelPanels implements ModelPages, vscode.Disposable {
  readonly #pages: Pages<ModelSubject, ToModel, typeof modelCalls>;
  readonly #patches: PatchDocuments;

  constructor(deps: ModelDeps) {
    const patches = new PatchDocuments(deps.connection);
    this.#patches = patches;
    this.#pages = new Pages(
      {
        name: 'model',
        title: l10n.t('Model'),
        subject: ModelSubject,
        keyOf: ({ executionId }) => executionId,
        calls: modelCalls,
        takesFocus: true,
        pictures: true,
        open: ({ executionId }, page) =>
          new ModelContent(executionId, page, { ...deps, models: this, patches }),
      },
      deps,
    );
  }

  show(executionId: string): void {
    this.#pages.show({ executionId });
  }

  dispose(): void {
    this.#pages.dispose();
    this.#patches.dispose();
  }
}

type ContentDeps = ModelDeps & { readonly models: ModelPages; readonly patches: PatchDocuments };

class ModelContent implements Content<typeof modelCalls> {
  readonly #id: string;
  readonly #page: Page<ToModel>;
  readonly #deps: ContentDeps;
  readonly #renaming: vscode.Disposable;
  /** The files that the page was told of, by attempt and path: it can open no others. */
  readonly #files = new Map<string, ToldFile>();
  readonly #wishes = new ChartWishes();
  #feeding = false;
  #watched: vscode.Disposable | null = null;
  readonly handlers: Handlers<typeof modelCalls>;

  constructor(id: string, page: Page<ToModel>, deps: ContentDeps) {
    this.#id = id;
    this.#page = page;
    this.#deps = deps;
    this.#renaming = deps.store.onDidChangeRun((run) => this.#name(run));
    const known = deps.store.get(id);
    if (known !== undefined) this.#name(known);
    this.handlers = {
      wish: (wish) => this.#wishes.hear(wish),
      besides: ({ axes }) => this.#wishes.hearBesides(axes),
      ...takeHandlers(() => deps.store.get(id)?.project ?? null, deps),
      watch: ({ tab, attempt }) => {
        this.#watch(tab, attempt);
        return null;
      },
      run: ({ action }) => this.#execute(`trainyard.${action}`, id),
      remedy: async ({ remedy }) => {
        const { service } = await this.#run();
        await applyRemedy(remedy, { serviceId: service.id, executionId: id }, deps);
        return null;
      },
      showService: async () => {
        deps.services.show((await this.#run()).service.id, 'executions');
        return null;
      },
      showRun: ({ executionId }) => {
        deps.models.show(executionId);
        return null;
      },
      showPatch: async () => {
        await deps.patches.show(await this.#run());
        return null;
      },
      revealOutput: async ({ attempt }) => {
        const client = await deps.connection.client();
        const { attempts } = await client.call('attempts', { params: { id } });
        const found = attempts.find((one) => one.attempt === attempt);
        if (found === undefined) throw new Error(l10n.t('There is no attempt {0}.', attempt));
        await reveal(vscode.Uri.file(found.outputDir));
        return null;
      },
      openPlace: async ({ file, line }) => {
        await openPlace((await this.#run()).project, file, line);
        return null;
      },
      openFile: async ({ attempt, path }) => {
        const told = this.#files.get(`${attempt} ${path}`);
        if (told === undefined) throw new Error(l10n.t("{0} isn't there any more.", path));
        await openFileOf(told.place);
        return null;
      },
      readLog: ({ attempt, at }) => this.#reader(attempt).read(at),
      searchLog: ({ attempt, text, at }) => this.#reader(attempt).search(text, at),
    };
  }

  feed(): vscode.Disposable {
    const { store, connection } = this.#deps;
    this.#feeding = true;
    // A new page says anew what its charts need.
    this.#wishes.hearBesides([]);
    const tell = (): void => this.#tell();
    const load = (): void => {
      store.ensure([this.#id]).then(
        () => this.#tell(true),
        (error: unknown) => this.#failed(l10n.t('This run could not be read'), error),
      );
    };
    load();
    return vscode.Disposable.from(
      store.onDidChangeRun((run) => {
        if (run.executionId === this.#id) tell();
      }),
      store.onDidRemoveRun((id) => {
        if (id === this.#id) this.#tell(true);
      }),
      // What can be done about a diagnosis depends on the service.
      store.onDidChangeService((service) => {
        if (service.id === store.get(this.#id)?.service.id) tell();
      }),
      connection.onDidConnect(load),
      new vscode.Disposable(() => {
        this.#feeding = false;
        this.#watched?.dispose();
        this.#watched = null;
      }),
    );
  }

  dispose(): void {
    this.#wishes.dispose();
    this.#renaming.dispose();
  }

  /** @param certain the backend was asked: what isn't there then is gone */
  #tell(certain = false): void {
    const { store } = this.#deps;
    const held = store.held(this.#id);
    if (held === undefined && !certain) return;
    const run = held?.run ?? null;
    this.#page.post({
      type: 'model',
      run,
      durationMs: held === undefined ? null : durationAt(held, Date.now()),
      diagnosis: run === null ? null : shownDiagnosis(run, store.service(run.service.id)),
    });
  }

  #watch(tab: ModelTab, attempt: number | null): void {
    this.#watched?.dispose();
    this.#watched = !this.#feeding
      ? null
      : watchTab(tab, attempt, {
          ...this.#deps,
          executionId: this.#id,
          page: this.#page,
          wishes: this.#wishes,
          reader: (of) => this.#reader(of),
          told: (files) => {
            this.#files.clear();
            for (const file of files) this.#files.set(`${file.attempt} ${file.path}`, file);
          },
          failed: (what, error) => this.#failed(what, error),
        });
  }

  #reader(attempt: number): LogReader {
    return new LogReader(this.#id, attempt, () => this.#deps.connection.client());
  }

  async #run(): Promise<Run> {
    const [run] = await this.#deps.store.ensure([this.#id]);
    if (run === undefined) throw new Error(l10n.t('This run was removed.'));
    return run;
  }

  /** "shapes-small v2" */
  #name(run: Run): void {
    if (run.executionId === this.#id) this.#page.rename(nameOf(run));
  }

  #failed(what: string, error: unknown): void {
    this.#deps.log.warn(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    this.#page.post(troubleReading(what, error));
  }

  async #execute(command: string, argument: string): Promise<null> {
    await vscode.commands.executeCommand(command, argument);
    return null;
  }
}

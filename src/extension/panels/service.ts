/** The page of a training service: its executions, its settings, its health. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Handlers } from '../../contract/pages/page.ts';
import {
  ServiceSubject,
  serviceCalls,
  type ServiceTab,
  type SERVICE_ACTIONS,
  type ToService,
} from '../../contract/pages/service.ts';
import type { ShownDiagnosis } from '../../contract/pages/diagnosis.ts';
import type { Run, Service } from '../../contract/shapes.ts';
import { isWaiting } from '../../contract/status.ts';
import { applyRemedy } from '../commands/diagnosis.ts';
import type { CommandId } from '../commands/list.ts';
import type { ServicePages } from '../interfaces.ts';
import { remediesFor } from '../runs/remedies.ts';
import { Pages, type Content, type Page, type PagesDeps } from './pages.ts';
import { RunTable, type RunTableDeps } from './runTable.ts';

const ACTIONS: Readonly<Record<(typeof SERVICE_ACTIONS)[number], CommandId>> = {
  pause: 'trainyard.pauseService',
  resume: 'trainyard.resumeService',
  retry: 'trainyard.retryNow',
};
type Deps = PagesDeps & Omit<RunTableDeps, 'services'>;

export class ServicePanels implements ServicePages, vscode.Disposable {
  readonly #pages: Pages<ServiceSubject, ToService, typeof serviceCalls>;
  /** The tabs that were asked for, by service, until the page has heard of it. */
  readonly #wanted = new Map<string, ServiceTab>();
  readonly #contents = new Map<string, ServiceContent>();

  constructor(deps: Deps) {
    this.#pages = new Pages(
      {
        name: 'service',
        title: l10n.t('Service'),
        subject: ServiceSubject,
        keyOf: ({ serviceId }) => serviceId,
        calls: serviceCalls,
        takesFocus: true,
        open: ({ serviceId }, page) => {
          const content = new ServiceContent(serviceId, page, { ...deps, services: this }, () => {
            const tab = this.#wanted.get(serviceId) ?? null;
            this.#wanted.delete(serviceId);
            return tab;
          });
          this.#contents.set(serviceId, content);
          return {
            handlers: content.handlers,
            feed: () => content.feed(),
            dispose: () => {
              content.dispose();
              this.#contents.delete(serviceId);
            },
          };
        },
      },
      deps,
    );
  }

  show(serviceId: string, tab: ServiceTab): void {
    this.#wanted.set(serviceId, tab);
    this.#pages.show({ serviceId });
    this.#contents.get(serviceId)?.showTab();
  }

  dispose(): void {
    this.#pages.dispose();
  }
}

class ServiceContent implements Content<typeof serviceCalls> {
  readonly #id: string;
  readonly #page: Page<ToService>;
  readonly #deps: PagesDeps & RunTableDeps;
  readonly #takeTab: () => ServiceTab | null;
  readonly #table: RunTable;
  readonly #renaming: vscode.Disposable;
  readonly handlers: Handlers<typeof serviceCalls>;
  #feeding = false;

  constructor(
    id: string,
    page: Page<ToService>,
    deps: PagesDeps & RunTableDeps,
    takeTab: () => ServiceTab | null,
  ) {
    this.#id = id;
    this.#page = page;
    this.#deps = deps;
    this.#takeTab = takeTab;
    this.#table = new RunTable('service', (run) => run.service.id === id, ['service'], deps);
    this.handlers = {
      ...this.#table.handlers,
      act: async ({ action }) => {
        await vscode.commands.executeCommand(ACTIONS[action], id);
        return null;
      },
      mend: async ({ remedy }) => {
        const executionId = this.#headOfQueue()?.executionId ?? null;
        await applyRemedy(remedy, { serviceId: id, executionId }, deps);
        return null;
      },
      change: async ({ settings }) => {
        const client = await deps.connection.client();
        const service = await client.call('changeService', { params: { id }, body: { settings } });
        deps.store.putService(service);
        return service;
      },
      history: async () => {
        const client = await deps.connection.client();
        return client.call('serviceHistory', { params: { id } });
      },
    };
    this.#renaming = deps.store.onDidChangeService((service) => {
      if (service.id === id) page.rename(service.name);
    });
    const service = this.#service();
    if (service !== null) page.rename(service.name);
  }

  feed(): vscode.Disposable {
    const { store } = this.#deps;
    const tell = (): void => this.#tell();
    this.#feeding = true;
    this.showTab();
    tell();
    return vscode.Disposable.from(
      this.#table.feed((message) => this.#page.post(message)),
      store.onDidChangeService((service) => {
        if (service.id === this.#id) tell();
      }),
      // Whose start failed, and whether the list is whole.
      store.onDidChangeRows(tell),
      new vscode.Disposable(() => (this.#feeding = false)),
    );
  }

  /** Tells the page of a tab that somebody asked for; a hidden page hears of it when it is seen. */
  showTab(): void {
    if (!this.#feeding) return;
    const tab = this.#takeTab();
    if (tab !== null) this.#page.post({ type: 'tab', tab });
  }

  dispose(): void {
    this.#renaming.dispose();
  }

  #service(): Service | null {
    return this.#deps.store.service(this.#id) ?? null;
  }

  #tell(): void {
    const { store } = this.#deps;
    const service = this.#service();
    // It isn't gone before everything was listed.
    if (service === null && !store.listed) return;
    const several = new Set(store.services().map(({ project }) => project)).size > 1;
    this.#page.post({
      type: 'service',
      service,
      project: service !== null && several ? path.basename(service.project) : null,
      diagnosis: service === null ? null : this.#diagnosis(service),
    });
  }

  /** The way to its executions is a tab of this page. */
  #diagnosis(service: Service): ShownDiagnosis | null {
    const { diagnosis } = service;
    if (diagnosis === null) return null;
    const remedies = remediesFor(this.#headOfQueue(), diagnosis, service);
    return { ...diagnosis, remedies: remedies.filter((one) => one !== 'Show Service Executions') };
  }

  /** The oldest that waits is tried first: its log tells of a start that failed. */
  #headOfQueue(): Run | null {
    let head: Run | null = null;
    for (const run of this.#deps.store.shown()) {
      if (run.service.id !== this.#id || !isWaiting(run.status)) continue;
      if (head === null || run.queuedAt < head.queuedAt) head = run;
    }
    return head;
  }
}

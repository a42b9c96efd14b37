/** The page of a service: takes messages to its parts, and keeps what a reload should find. */
import * as l10n from '@vscode/l10n';
import type { ShownDiagnosis } from '../../src/contract/pages/diagnosis.ts';
import type { SERVICE_ACTIONS, ToService } from '../../src/contract/pages/service.ts';
import type { Trouble } from '../../src/contract/pages/page.ts';
import type { Service } from '../../src/contract/shapes.ts';
import { ring } from '../ui/controls.ts';
import { element } from '../ui/dom.ts';
import { Tabs } from '../ui/tabs.ts';
import { Banner } from '../ui/trouble.ts';
import { Table, TableOwn } from '../table/table.ts';
import { Head } from './head.ts';
import { HealthTab } from './healthTab.ts';
import type { Own, ServiceHost } from './host.ts';
import { SettingsForm } from './settingsForm.ts';

const EMPTY = {
  title: l10n.t('This service has no executions.'),
  hint: l10n.t('Those that it had were removed. Train a model of its architecture to have some.'),
};

export class ServicePage {
  readonly #host: ServiceHost;
  readonly #banner: Banner;
  readonly #head: Head;
  readonly #table: Table;
  readonly #form: SettingsForm;
  readonly #health: HealthTab;
  readonly #tabs: Tabs<Own['tab']>;
  readonly #loading = element('p', { class: 'what', role: 'status' }, ring(), l10n.t('Loading the service…'));
  readonly #gone = element(
    'p',
    { class: 'what', role: 'status' },
    l10n.t('This service is gone. You can close this page.'),
  );
  #own: Own;

  constructor(body: HTMLElement, host: ServiceHost) {
    this.#host = host;
    const own = host.saved() ?? { tab: 'executions', table: TableOwn.parse({}), draft: [] };
    this.#own = own;
    this.#banner = new Banner((remedy) => host.remedy(remedy));
    this.#head = new Head((action) => {
      this.#act(action).catch((error: unknown) => host.failed(error));
    });
    this.#table = new Table(host, own.table, { empty: EMPTY }, (table) => this.#keep({ table }));
    this.#form = new SettingsForm(
      new Map(own.draft),
      async (settings) => host.call('change', { settings }),
      (draft) =>
        this.#keep({
          draft: [...draft].map(([name, typed]) => [
            name,
            typeof typed === 'object' ? typed.map(([key, value]) => [key, value]) : typed,
          ]),
        }),
    );
    this.#health = new HealthTab(
      async (remedy) => {
        await host.call('mend', { remedy });
      },
      async () => (await host.call('history', null)).history,
    );
    this.#tabs = new Tabs(
      l10n.t('Service'),
      [
        { id: 'executions', title: l10n.t('Executions'), content: this.#table.element },
        { id: 'settings', title: l10n.t('Settings'), content: this.#form.element },
        { id: 'health', title: l10n.t('Health'), content: this.#health.element },
      ],
      own.tab,
      (tab) => this.#tabShown(tab),
    );
    this.#tabs.element.hidden = true;
    this.#gone.hidden = true;
    const standing = element(
      'div',
      { class: 'empty' },
      element('h1', { class: 'unseen' }, l10n.t('Training service')),
      this.#loading,
      this.#gone,
    );
    body.append(
      element(
        'main',
        { class: 'whole' },
        this.#banner.element,
        this.#head.element,
        this.#tabs.element,
        standing,
      ),
    );
  }

  hear(message: ToService | Trouble): void {
    switch (message.type) {
      case 'trouble':
        this.#banner.show(message);
        return this.#table.hear(message);
      case 'service':
        return this.#show(message.service, message.project, message.diagnosis);
      case 'tab':
        return this.#tabs.show(message.tab);
      case 'begin':
      case 'rows':
      case 'columns':
        return this.#table.hear(message);
      default:
        return message satisfies never;
    }
  }

  remeasure(): void {
    this.#table.remeasure();
  }

  #show(service: Service | null, project: string | null, diagnosis: ShownDiagnosis | null): void {
    this.#loading.hidden = true;
    this.#gone.hidden = service !== null;
    this.#gone.parentElement?.toggleAttribute('hidden', service !== null);
    this.#tabs.element.hidden = service === null;
    this.#head.element.hidden = service === null;
    if (service === null) return;
    this.#head.update(service, project);
    this.#form.update(service);
    this.#health.update(service, diagnosis);
    if (this.#tabs.current === 'health') this.#health.refresh();
    // It has a size only now.
    this.#table.remeasure();
  }

  #tabShown(tab: Own['tab']): void {
    this.#keep({ tab });
    if (tab === 'health') this.#health.refresh();
    if (tab === 'executions') this.#table.remeasure();
  }

  #keep(change: Partial<Own>): void {
    this.#own = { ...this.#own, ...change };
    this.#host.save(this.#own);
  }

  async #act(action: (typeof SERVICE_ACTIONS)[number]): Promise<void> {
    await this.#host.call('act', { action });
  }
}

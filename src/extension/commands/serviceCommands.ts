/** What can be done with a training service: by its id, by a run of it, or by picking one. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { Settings, type Service } from '../../contract/shapes.ts';
import type { Connection, ServicePages } from '../interfaces.ts';
import type { Store } from '../store.ts';
import { COMMANDS, type CommandId } from './list.ts';
import { serviceFor } from './pickService.ts';
import type { Handler } from './register.ts';
import { say } from './said.ts';

const NONE_YET = l10n.t('No services yet: the first training of an architecture makes its service.');

export function serviceCommands(deps: { store: Store; connection: Connection; pages: ServicePages }) {
  const { store, connection, pages } = deps;

  const chosen = (
    id: CommandId,
    argument: unknown,
    applies: (service: Service) => boolean,
    none: string,
  ): Promise<Service> => serviceFor(store, { argument, title: COMMANDS[id], applies, none });

  async function show(
    id: CommandId,
    argument: unknown,
    tab: Parameters<ServicePages['show']>[1],
  ): Promise<void> {
    const service = await chosen(id, argument, () => true, NONE_YET);
    pages.show(service.id, tab);
  }

  async function ask(name: 'pauseService' | 'resumeService' | 'retryService', id: string): Promise<void> {
    const client = await connection.client();
    store.putService(await client.call(name, { params: { id } }));
  }

  return {
    'trainyard.showService': (argument) => show('trainyard.showService', argument, 'executions'),
    'trainyard.showServiceExecutions': (argument) =>
      show('trainyard.showServiceExecutions', argument, 'executions'),
    'trainyard.configureService': (argument) => show('trainyard.configureService', argument, 'settings'),

    async 'trainyard.pauseService'(argument) {
      const { id, name } = await chosen(
        'trainyard.pauseService',
        argument,
        ({ activity }) => activity === 'active',
        l10n.t('Nothing to pause: no service is active.'),
      );
      await ask('pauseService', id);
      say(l10n.t('{0} is paused: what runs goes on, nothing more starts', name));
    },

    async 'trainyard.resumeService'(argument) {
      const { id, name } = await chosen(
        'trainyard.resumeService',
        argument,
        ({ activity }) => activity === 'paused',
        l10n.t('Nothing to resume: no service is paused.'),
      );
      await ask('resumeService', id);
      say(l10n.t('{0} takes up its queue again', name));
    },

    async 'trainyard.retryNow'(argument) {
      const { id, name } = await chosen(
        'trainyard.retryNow',
        argument,
        ({ health }) => health === 'failing',
        l10n.t('Nothing to retry: no service is failing.'),
      );
      await ask('retryService', id);
      say(l10n.t('{0} tries again', name));
    },

    async 'trainyard.setAutoScaling'(argument) {
      const service = await chosen('trainyard.setAutoScaling', argument, () => true, NONE_YET);
      const { settings, replicas, queued, name } = service;
      const before = String(settings.autoscaling);
      const answer = await vscode.window.showInputBox({
        title: l10n.t('Auto-Scaling of {0}', name),
        prompt: l10n.t(
          'How many trainings may run at the same time. Now {0} of {1} at work, {2} queued.',
          replicas.busy + replicas.starting,
          replicas.max,
          queued,
        ),
        value: service.queued > 0 ? String(settings.autoscaling + 1) : before,
        validateInput: (text) =>
          Settings.shape.autoscaling.safeParse(/^\d+$/.test(text.trim()) ? Number(text) : null).success
            ? null
            : l10n.t('A whole number from 1 to 1000.'),
      });
      if (answer === undefined || answer.trim() === before) return;
      const autoscaling = Number(answer);
      const client = await connection.client();
      store.putService(
        await client.call('changeService', {
          params: { id: service.id },
          body: { settings: { autoscaling } },
        }),
      );
      say(l10n.t('Auto-scaling of {0} is {1}', name, autoscaling));
    },
  } satisfies Partial<Record<CommandId, Handler>>;
}

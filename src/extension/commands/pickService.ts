/** Which service a command is meant for: that of the run or the id that it was given, or the one that the user picks. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Service } from '../../contract/shapes.ts';
import { serviceWords } from '../services/item.ts';
import type { Store } from '../store.ts';

export async function serviceFor(
  store: Store,
  choice: {
    argument: unknown;
    title: string;
    applies(service: Service): boolean;
    none: string;
  },
): Promise<Service> {
  const id = await serviceIdOf(choice.argument, store);
  if (id !== null) {
    const service = store.service(id);
    if (service !== undefined) return service;
    void vscode.window.showInformationMessage(l10n.t('This service is gone.'));
    throw new vscode.CancellationError();
  }
  const services = store.services().filter((service) => choice.applies(service));
  if (services.length === 0) {
    void vscode.window.showInformationMessage(choice.none);
    throw new vscode.CancellationError();
  }
  const several = new Set(services.map(({ project }) => project)).size > 1;
  const items = services.map((service) => ({
    label: service.name,
    description: [...serviceWords(service), ...(several ? [path.basename(service.project)] : [])].join(' · '),
    service,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: choice.title,
    placeHolder: l10n.t('Choose a service'),
    matchOnDescription: true,
  });
  if (picked === undefined) throw new vscode.CancellationError();
  return picked.service;
}

/** An id may name a service, or an execution whose service is meant. */
async function serviceIdOf(argument: unknown, store: Store): Promise<string | null> {
  if (typeof argument === 'object' && argument !== null) {
    if ('serviceId' in argument && typeof argument.serviceId === 'string') return argument.serviceId;
    return 'executionId' in argument ? serviceIdOf(argument.executionId, store) : null;
  }
  if (typeof argument !== 'string') return null;
  if (store.service(argument) !== undefined) return argument;
  const [run] = await store.ensure([argument]);
  return run?.service.id ?? argument;
}

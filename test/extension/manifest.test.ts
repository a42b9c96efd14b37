import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { COLUMNS, ColumnId, MORE_COLUMNS } from '../../src/contract/pages/table.ts';
import { COMMANDS, groupByCommand } from '../../src/extension/commands/list.ts';
import { GROUPINGS } from '../../src/extension/runs/groups.ts';
import { NOTICE_KINDS } from '../../src/extension/notices/notices.ts';
import { HOVER_COMMANDS } from '../../src/extension/runs/hover.ts';
import { runItem } from '../../src/extension/runs/item.ts';
import { serviceItem } from '../../src/extension/services/item.ts';
import { SERVICE_HOVER_COMMANDS } from '../../src/extension/services/hover.ts';
import type { Run, Service } from '../../src/contract/shapes.ts';
import { STATUSES, type Status } from '../../src/contract/status.ts';
import { readManifest } from '../words.ts';
import { failing, paused, run, service } from './runs.ts';

const VIEWS = ['trainyard.runs', 'trainyard.services', 'trainyard.models'];
const root = path.resolve(import.meta.dirname, '../..');

const Menu = z.array(
  z.object({
    command: z.string().optional(),
    submenu: z.string().optional(),
    when: z.string().optional(),
    group: z.string().optional(),
  }),
);
const manifest = z
  .object({
    icon: z.string(),
    contributes: z.object({
      commands: z.array(
        z.object({
          command: z.string(),
          title: z.string(),
          category: z.string().optional(),
          icon: z.string().optional(),
        }),
      ),
      menus: z.object({
        commandPalette: Menu,
        'view/title': Menu,
        'view/item/context': Menu,
        'trainyard.groupBy': Menu,
        'webview/context': Menu,
        'explorer/context': Menu,
        'editor/title': Menu,
        'editor/title/run': Menu,
      }),
      viewsContainers: z.object({ activitybar: z.array(z.object({ icon: z.string() })) }),
      viewsWelcome: z.array(z.object({ view: z.string(), when: z.string(), contents: z.string() })),
      walkthroughs: z.array(
        z.object({
          steps: z.array(z.object({ description: z.string(), media: z.object({ markdown: z.string() }) })),
        }),
      ),
      configuration: z.object({
        properties: z.looseObject({
          'trainyard.runs.groupBy': z.object({ enum: z.array(z.string()), default: z.string() }),
          'trainyard.table.columns': z.object({
            default: z.array(ColumnId),
            items: z.object({
              anyOf: z.tuple([z.object({ enum: z.array(z.string()) }), z.object({ pattern: z.string() })]),
            }),
          }),
          'trainyard.notifications': z.object({
            properties: z.record(z.string(), z.unknown()),
            default: z.record(z.string(), z.boolean()),
          }),
        }),
      }),
    }),
    capabilities: z.object({
      untrustedWorkspaces: z.object({ restrictedConfigurations: z.array(z.string()) }),
    }),
  })
  .parse(readManifest());
const { commands, menus, viewsWelcome, viewsContainers, configuration } = manifest.contributes;

/**
 * A `when` clause for a row that is chosen alone, as far as this package.json goes: `view == name`, `view =~ /pattern/`,
 * `viewItem =~ /;word;/` or the same in `!()`, joined by `&&`. The folder is trusted.
 */
function applies(when: string, view: string, contextValue: string): boolean {
  return when.split(' && ').every((part) => {
    if (part === '!listMultiSelection' || part === 'isWorkspaceTrusted') return true;
    const [, not, what, pattern] = /^(!\()?(view|viewItem) =~ \/(.*)\/\)?$/.exec(part) ?? [];
    if (pattern === undefined) return part === `view == ${view}`;
    return new RegExp(pattern).test(what === 'view' ? view : contextValue) === (not === undefined);
  });
}

describe('package.json', () => {
  it('contributes the commands that there are, by the same titles', () => {
    const own = commands.filter(({ category }) => category === 'Trainyard');
    assert.deepEqual(Object.fromEntries(own.map(({ command, title }) => [command, title])), COMMANDS);
  });

  it('has a menu of groupings, of which the chosen one is marked', () => {
    const titles = new Map(commands.map(({ command, title }) => [command, title]));
    const entries = menus['trainyard.groupBy'];
    assert.equal(entries.length, commands.filter(({ category }) => category === undefined).length);
    for (const grouping of GROUPINGS) {
      for (const chosen of [false, true]) {
        const command = groupByCommand(grouping, chosen);
        assert.equal(
          titles.get(command),
          `${chosen ? '✓ ' : ''}${grouping[0]!.toUpperCase()}${grouping.slice(1)}`,
        );
        const when = `config.trainyard.runs.groupBy ${chosen ? '==' : '!='} ${grouping}`;
        assert.equal(entries.find((entry) => entry.command === command)?.when, when);
        assert.equal(menus.commandPalette.find((entry) => entry.command === command)?.when, 'false');
      }
    }
    const setting = configuration.properties['trainyard.runs.groupBy'];
    assert.deepEqual([setting.enum, setting.default], [[...GROUPINGS], 'status']);
  });

  it('knows the columns of the table, and shows at first those of its specification', () => {
    const { default: shown, items } = configuration.properties['trainyard.table.columns'];
    const [{ enum: plain }, { pattern }] = items.anyOf;
    assert.deepEqual(shown, [...COLUMNS]);
    assert.deepEqual(plain, [...COLUMNS, ...MORE_COLUMNS]);
    for (const id of ['metric:box_loss', 'config:lr']) {
      assert.ok(new RegExp(pattern).test(id) && ColumnId.safeParse(id).success, id);
    }
    assert.ok(!new RegExp(pattern).test('metric:') && !ColumnId.safeParse('metric:').success);
  });

  it('has over a row of a table what it has over a row of the tree, and what destroys last', () => {
    const entries = menus['webview/context'];
    const ids = entries.map(({ command }) => command?.replace('trainyard.', ''));
    for (const id of [
      'copyModelId',
      'copyExecutionId',
      'rerunTraining',
      'exploreMetrics',
      'showLogs',
      'showModel',
      'showService',
    ]) {
      assert.ok(ids.includes(id), id);
    }
    assert.deepEqual(ids.slice(-2), ['abortTraining', 'removeTraining']);
    for (const { when } of entries) assert.match(when ?? '', /^webviewSection == 'run'/);
  });

  it('has a switch for each kind of notification, all on', () => {
    const setting = configuration.properties['trainyard.notifications'];
    assert.deepEqual(Object.keys(setting.properties), [...NOTICE_KINDS]);
    assert.deepEqual(setting.default, Object.fromEntries(NOTICE_KINDS.map((kind) => [kind, true])));
  });

  it('names each command for its title', () => {
    for (const [id, title] of Object.entries(COMMANDS)) {
      const words = title.replace('…', '').split(/[ -]/);
      const camel = words.map((word) => word[0]!.toUpperCase() + word.slice(1).toLowerCase()).join('');
      assert.equal(id, `trainyard.${camel[0]!.toLowerCase()}${camel.slice(1)}`);
    }
  });

  it('has in menus and welcome texts only commands that there are', () => {
    const own = new Set<string>(commands.map(({ command }) => command));
    const used = [
      ...Object.values(menus).flatMap((menu) => menu.flatMap((entry) => entry.command ?? [])),
      ...viewsWelcome.flatMap(({ contents }) =>
        [...contents.matchAll(/command:([\w.]+)/g)].map(([, id]) => id!),
      ),
      ...HOVER_COMMANDS,
      ...SERVICE_HOVER_COMMANDS,
    ];
    assert.deepEqual(
      used.filter((id) => id.startsWith('trainyard.') && !own.has(id)),
      [],
    );
  });

  it('offers in the palette what needs a run only where there are runs', () => {
    const when = new Map(menus.commandPalette.map((entry) => [entry.command, entry.when]));
    for (const id of Object.keys(COMMANDS)) {
      const needsRun =
        /Training$|Metrics|Logs|Id$|Runs|Status|Diagnosis|showModel/.test(id) && !/debug|import/.test(id);
      assert.equal(when.get(id) === 'trainyard.view == runs', needsRun, id);
    }
  });

  it('has at most two inline actions on a row, each with an icon, and what destroys last', () => {
    const entries = menus['view/item/context'];
    const inline = entries.filter((entry) => entry.group?.startsWith('inline'));
    for (const { command } of inline) {
      assert.ok(commands.find((one) => one.command === command)?.icon, `${command} has no icon`);
    }
    const inlineOn = (view: string, contextValue: string): (string | undefined)[] => {
      const shown = inline.filter((entry) => applies(entry.when ?? '', view, contextValue));
      return shown
        .toSorted((a, b) => ((a.group ?? '') < (b.group ?? '') ? -1 : 1))
        .map(({ command }) => command?.replace('trainyard.', ''));
    };
    // Its row has the same actions in every view.
    const inlineOf = (one: Run, scalable = false): (string | undefined)[] => {
      const { contextValue } = runItem({ run: one, receivedAt: 0 }, 0, {}, scalable);
      const [actions, ...others] = VIEWS.map((view) => inlineOn(view, contextValue));
      for (const other of others) assert.deepEqual(other, actions);
      return actions ?? [];
    };
    const wanted: Record<Status, string[]> = {
      'In Progress': ['exploreMetrics', 'abortTraining'],
      Pending: ['abortTraining'],
      Created: ['abortTraining'],
      Rerun: ['abortTraining'],
      Failed: ['showLogs', 'rerunTraining'],
      Aborted: ['showLogs', 'rerunTraining'],
      Success: ['exploreMetrics'],
      Terminated: ['exploreMetrics'],
    };
    for (const status of STATUSES) assert.deepEqual(inlineOf(run(status)), wanted[status], status);
    for (const status of ['Created', 'Rerun', 'In Progress'] as const) {
      const diagnosed = inlineOf(run(status, { diagnosis: failing }));
      assert.deepEqual(diagnosed, ['showDiagnosis', 'abortTraining'], status);
    }
    const inactive = inlineOf(run('Created', { diagnosis: paused }));
    assert.deepEqual(inactive, ['showDiagnosis', 'abortTraining']);
    assert.deepEqual(inlineOf(run('Pending'), true), ['setAutoScaling', 'abortTraining']);
    const services: [Partial<Service>, scalable: boolean, actions: string[]][] = [
      [{}, false, ['pauseService']],
      [{}, true, ['setAutoScaling', 'pauseService']],
      [{ activity: 'paused' }, false, ['resumeService']],
      [{ health: 'failing', diagnosis: failing }, true, ['retryNow', 'pauseService']],
      [{ activity: 'paused', health: 'failing', diagnosis: failing }, false, ['retryNow', 'resumeService']],
    ];
    for (const [changes, canScale, actions] of services) {
      const { contextValue } = serviceItem(service(changes), canScale, null);
      assert.deepEqual(inlineOn('trainyard.services', contextValue), actions);
    }
    assert.deepEqual(inlineOn('trainyard.models', ';model;trainable;'), ['trainModel']);
    const groups = entries
      .flatMap((entry) => entry.group ?? [])
      .filter((group) => !group.startsWith('inline'));
    const last = new Set(groups.toSorted().slice(-2));
    assert.deepEqual(
      entries.filter((entry) => last.has(entry.group ?? '')).map((entry) => entry.command),
      ['trainyard.abortTraining', 'trainyard.removeTraining'],
    );
  });

  it('lets an untrusted folder choose no program and no backend', () => {
    assert.deepEqual(
      manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.toSorted(),
      Object.keys(configuration.properties)
        .filter((name) => /python|backend/.test(name))
        .toSorted(),
    );
  });

  it('names steps of the walkthrough that are there, and lead to commands that are', () => {
    const [walkthrough] = manifest.contributes.walkthroughs;
    assert.equal(walkthrough?.steps.length, 4);
    for (const { media, description } of walkthrough?.steps ?? []) {
      assert.ok(existsSync(path.join(root, media.markdown)), media.markdown);
      const [, command = ''] = /\(command:([\w.]+)(?:\?[^)]*)?\)/.exec(description) ?? [];
      assert.ok(Object.hasOwn(COMMANDS, command) || command === 'trainyard.runs.focus', command);
    }
  });

  it('names icons that are there', () => {
    for (const file of [manifest.icon, ...viewsContainers.activitybar.map(({ icon }) => icon)]) {
      assert.ok(existsSync(path.join(root, file)), file);
    }
  });
});

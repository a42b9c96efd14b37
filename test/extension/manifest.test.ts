import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { COMMANDS } from '../../src/extension/commands/list.ts';
import { HOVER_COMMANDS } from '../../src/extension/runs/hover.ts';

const root = path.resolve(import.meta.dirname, '../..');

const Menu = z.array(
  z.object({ command: z.string(), when: z.string().optional(), group: z.string().optional() }),
);
const manifest = z
  .object({
    icon: z.string(),
    contributes: z.object({
      commands: z.array(
        z.object({
          command: z.string(),
          title: z.string(),
          category: z.string(),
          icon: z.string().optional(),
        }),
      ),
      menus: z.object({ commandPalette: Menu, 'view/title': Menu, 'view/item/context': Menu }),
      viewsContainers: z.object({ activitybar: z.array(z.object({ icon: z.string() })) }),
      viewsWelcome: z.array(z.object({ view: z.string(), when: z.string(), contents: z.string() })),
      configuration: z.object({ properties: z.record(z.string(), z.unknown()) }),
    }),
    capabilities: z.object({
      untrustedWorkspaces: z.object({ restrictedConfigurations: z.array(z.string()) }),
    }),
  })
  .parse(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')));
const { commands, menus, viewsWelcome, viewsContainers, configuration } = manifest.contributes;

describe('package.json', () => {
  it('contributes the commands that there are, by the same titles', () => {
    assert.deepEqual(Object.fromEntries(commands.map(({ command, title }) => [command, title])), COMMANDS);
    for (const { category } of commands) assert.equal(category, 'Trainyard');
  });

  it('names each command for its title', () => {
    for (const [id, title] of Object.entries(COMMANDS)) {
      const words = title.replace('…', '').split(' ');
      const camel = words.map((word) => word[0] + word.slice(1).toLowerCase()).join('');
      assert.equal(id, `trainyard.${camel[0]!.toLowerCase()}${camel.slice(1)}`);
    }
  });

  it('has in menus and welcome texts only commands that there are', () => {
    const own = new Set<string>(Object.keys(COMMANDS));
    const used = [
      ...Object.values(menus).flatMap((menu) => menu.map((entry) => entry.command)),
      ...viewsWelcome.flatMap(({ contents }) =>
        [...contents.matchAll(/command:([\w.]+)/g)].map(([, id]) => id!),
      ),
      ...HOVER_COMMANDS,
    ];
    assert.deepEqual(
      used.filter((id) => id.startsWith('trainyard.') && !own.has(id)),
      [],
    );
  });

  it('offers in the palette what needs a run only where there are runs', () => {
    const when = new Map(menus.commandPalette.map((entry) => [entry.command, entry.when]));
    for (const id of Object.keys(COMMANDS)) {
      const needsRun = /Training|Metrics|Logs|Id$/.test(id);
      assert.equal(when.get(id) === 'trainyard.view == runs', needsRun, id);
    }
  });

  it('has at most two inline actions on a row, each with an icon, and what destroys last', () => {
    const inline = menus['view/item/context'].filter((entry) => entry.group?.startsWith('inline'));
    const words = new Set(inline.map((entry) => /;(\w+);/.exec(entry.when ?? '')?.[1]));
    for (const status of [['abortable'], ['running', 'abortable'], ['broken'], ['done']]) {
      const shown = inline.filter((entry) => status.some((word) => entry.when?.includes(`;${word};`)));
      assert.ok(shown.length <= 2 && shown.length > 0, status.join());
    }
    assert.deepEqual(words, new Set(['abortable', 'broken', 'done', 'running']));
    for (const { command } of inline) {
      assert.ok(commands.find((one) => one.command === command)?.icon, `${command} has no icon`);
    }
    const groups = menus['view/item/context']
      .flatMap((entry) => entry.group ?? [])
      .filter((group) => !group.startsWith('inline'));
    const last = new Set(groups.toSorted().slice(-2));
    assert.deepEqual(
      menus['view/item/context'].filter((entry) => last.has(entry.group ?? '')).map((entry) => entry.command),
      ['trainyard.abortTraining', 'trainyard.removeTraining'],
    );
  });

  it('lets an untrusted folder choose no program', () => {
    assert.deepEqual(
      manifest.capabilities.untrustedWorkspaces.restrictedConfigurations,
      Object.keys(configuration.properties).filter((name) => name.endsWith('python')),
    );
  });

  it('names icons that are there', () => {
    for (const file of [manifest.icon, ...viewsContainers.activitybar.map(({ icon }) => icon)]) {
      assert.ok(existsSync(path.join(root, file)), file);
    }
  });
});

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { COMMANDS } from '../../src/extension/commands/list.ts';
import { HOVER_COMMANDS } from '../../src/extension/runs/hover.ts';
import { runItem } from '../../src/extension/runs/item.ts';
import { STATUSES } from '../../src/contract/status.ts';
import { failing, run } from './runs.ts';

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

/** A `when` clause for a row, as far as this package.json goes: `viewItem =~ /;word;/` or the same in `!()`, joined by `&&`. */
function applies(when: string, contextValue: string): boolean {
  return when.split(' && ').every((part) => {
    const [, not, pattern] = /^(!\()?viewItem =~ \/(.*)\/\)?$/.exec(part) ?? [];
    if (pattern === undefined) return part === 'view == trainyard.runs';
    return new RegExp(pattern).test(contextValue) === (not === undefined);
  });
}

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
    const entries = menus['view/item/context'];
    const inline = entries.filter((entry) => entry.group?.startsWith('inline'));
    for (const { command } of inline) {
      assert.ok(commands.find((one) => one.command === command)?.icon, `${command} has no icon`);
    }
    for (const one of [...STATUSES.map((status) => run(status)), run('Created', { diagnosis: failing })]) {
      const { contextValue } = runItem({ run: one, receivedAt: 0 }, 0);
      const shown = inline.filter((entry) => applies(entry.when ?? '', contextValue));
      assert.ok(shown.length === 1 || shown.length === 2, `${one.status}: ${shown.length}`);
      assert.equal(new Set(shown.map((entry) => entry.group)).size, shown.length);
    }
    const groups = entries
      .flatMap((entry) => entry.group ?? [])
      .filter((group) => !group.startsWith('inline'));
    const last = new Set(groups.toSorted().slice(-2));
    assert.deepEqual(
      entries.filter((entry) => last.has(entry.group ?? '')).map((entry) => entry.command),
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

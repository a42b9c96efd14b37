/** Nothing there yet: a folder without a `trainyard.json`, then with one of which nothing was trained. */
import { makePlace } from '../trainings.ts';
import { copyExample } from './example.ts';
import type { Gallery } from './gallery.ts';
import { inWindow, Tour } from './tour.ts';

const STEPS = ['Create a project to train', 'Train a model', 'See where it stands', 'Watch its curves'];

export async function nothing(gallery: Gallery): Promise<void> {
  const place = makePlace('new');
  await inWindow('nothing', place, {}, async (workbench) => {
    const tour = new Tour(workbench);
    const { quickInput } = workbench;
    await gallery.photograph(workbench, [
      { name: 'no-project', show: () => tour.sideBar() },
      {
        name: 'no-project-table',
        show: () => tour.page('Show Training Table', undefined, 'Training Table', /./),
      },
      {
        name: 'no-project-train',
        show: async () => {
          await workbench.runCommand('Trainyard: Train Model…');
          await tour.told(/There is no trainyard\.json/);
        },
        leave: tour.hideTold,
      },
      ...STEPS.map((step, i) => ({
        name: `walkthrough-${i + 1}`,
        show: async () => {
          if (i === 0) {
            await tour.clearDesk();
            // So that there is room for what stands beside the steps.
            await tour.toggleSideBar();
            await workbench.runCommand('Welcome: Open Walkthrough...');
            await quickInput.pick('Get Started with Trainyard');
          }
          await workbench.page.locator('.getting-started-step', { hasText: step }).click();
          await workbench.page.locator('.getting-started-step.expanded', { hasText: step }).waitFor();
        },
        ...(i === STEPS.length - 1 ? { leave: tour.toggleSideBar } : {}),
      })),
      {
        name: 'connect',
        show: async () => {
          await tour.command('Connect to Backend…');
          await quickInput.opened('Connect to Backend');
        },
        leave: () => quickInput.cancel(),
      },
    ]);
    copyExample(place);
    await workbench.view('Models').tree.row('shapes-small').waitFor();
    await gallery.photograph(workbench, [
      {
        name: 'not-trained',
        show: async () => {
          await tour.clearDesk();
          await tour.sideBar();
        },
      },
      {
        name: 'model-hover',
        show: () => tour.hover('Models', 'shapes-small'),
        leave: tour.mouseAway,
      },
      {
        name: 'lenses',
        show: async () => {
          await workbench.openFile('train.py');
          await workbench.codeLenses();
        },
      },
      {
        name: 'train',
        show: async () => {
          await workbench.runCommand('Trainyard: Train Model…');
          await quickInput.opened('Choose a model to train');
        },
        leave: () => quickInput.cancel(),
      },
      {
        name: 'table',
        show: () => tour.page('Show Training Table', undefined, 'Training Table', /./),
      },
    ]);
  });
}

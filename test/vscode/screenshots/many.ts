/** Ten thousand runs that have ended. */
import { fillHome } from '../manyRuns.ts';
import { groupBy, filterBy } from '../runsTree.ts';
import { makeTrainingProject } from '../trainings.ts';
import type { Gallery, View } from './gallery.ts';
import { inWindow, Tour } from './tour.ts';

const COUNT = 10_000;
const RUN = 'model-7 v1';
const SERVICE = 'mgmt-train-wide';

export async function many(gallery: Gallery): Promise<void> {
  const place = makeTrainingProject('many');
  fillHome(place.home, place.folder, COUNT);
  await inWindow('many', place, {}, async (workbench) => {
    const tour = new Tour(workbench);
    await tour.sideBar();
    await workbench
      .tree('Training Runs')
      .settled('all failed ones', (rows) => rows[0]?.description === '2,000');
    await gallery.photograph(workbench, [...ofTree(tour), ...ofPages(tour)]);
  });
}

function ofTree(tour: Tour): View[] {
  const { workbench } = tour;
  const tree = workbench.tree('Training Runs');
  return [
    {
      name: 'side-bar',
      show: async () => {
        await tour.clearDesk();
        await tour.sideBar();
      },
    },
    {
      name: 'more',
      show: async () => {
        await tour.sideBar('Training Runs');
        await tree.reveal('Show 100 More');
      },
    },
    {
      name: 'search',
      show: async () => {
        await tour.command('Search Runs…');
        await workbench.quickInput.opened('Name, model ID');
        await workbench.quickInput.type('model-7 v2');
        await tree.settled('what is found', (rows) =>
          rows.every((row) => row.level === 1 || row.name.startsWith('model-7 v2')),
        );
      },
      leave: () => workbench.quickInput.cancel(),
    },
    {
      name: 'filtered',
      show: () => filterBy(workbench, ['Failed', 'Aborted']),
    },
    {
      name: 'filter',
      show: async () => {
        await tour.command('Filter by Status…');
        await workbench.quickInput.opened('Show only runs with these statuses');
      },
      leave: async () => {
        await workbench.quickInput.cancel();
        await tour.command('Clear Filter');
      },
    },
    {
      name: 'by-model',
      show: async () => {
        await groupBy(workbench, 'Model');
        await tree.settled('the models', (rows) => rows[0]?.name.startsWith('model-') === true);
      },
      leave: () => groupBy(workbench, 'Status'),
    },
  ];
}

function ofPages(tour: Tour): View[] {
  const { workbench } = tour;
  const choose = async (selector: string): Promise<void> => {
    await (await workbench.webview('Training Table').locator(selector)).first().click();
  };
  return [
    {
      name: 'table',
      show: async () => {
        await tour.sideBar();
        await tour.page('Show Training Table', undefined, 'Training Table', /10,000 runs/);
      },
    },
    {
      name: 'table-chosen',
      show: async () => {
        await choose('tbody .row:nth-child(3) .of-status');
        await workbench.page.keyboard.press('Shift+ArrowDown');
        await workbench.page.keyboard.press('Shift+ArrowDown');
      },
      leave: () => workbench.page.keyboard.press('Escape'),
    },
    {
      name: 'table-beside-code',
      show: async () => {
        await tour.clearDesk();
        await workbench.openFile('train.py');
        await tour.command('Show Training Table');
        await tour.shown('Training Table', /10,000 runs/);
      },
    },
    { name: 'model-overview', show: () => tour.page('Show Model', RUN, RUN, /Overview/) },
    { name: 'model-explore', show: () => tour.tab(RUN, 'Explore') },
    { name: 'model-logs', show: () => tour.tab(RUN, 'Logs') },
    { name: 'model-files', show: () => tour.tab(RUN, 'Files') },
    { name: 'service-executions', show: () => tour.page('Show Service', SERVICE, SERVICE, /10,000/) },
    { name: 'service-health', show: () => tour.tab(SERVICE, 'Health', /What happened/) },
  ];
}

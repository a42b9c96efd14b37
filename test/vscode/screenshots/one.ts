/** One run: the example, held after its ninth epoch, then at its end. */
import { makePlace } from '../trainings.ts';
import { copyExample, trainUntil } from './example.ts';
import type { Gallery, View } from './gallery.ts';
import { inWindow, Tour } from './tour.ts';

const RUN = 'shapes-small v1';
const SERVICE = 'mgmt-train-shapes';
const EXPLORE = `${RUN} · Explore`;

export async function one(gallery: Gallery): Promise<void> {
  const place = makePlace('shapes');
  copyExample(place);
  await inWindow('one', place, {}, async (workbench) => {
    const tour = new Tour(workbench);
    await tour.sideBar();
    await workbench.view('Models').tree.row('shapes-small').waitFor();
    const goOn = await trainUntil(place, 'shapes-small', 9);
    await gallery.photograph(workbench, [...ofSideBar(tour), ...ofPages(tour), ...ofService(tour)]);
    await goOn();
    await gallery.photograph(workbench, ofEnd(tour));
  });
}

function ofSideBar(tour: Tour): View[] {
  const { workbench } = tour;
  return [
    {
      name: 'side-bar',
      show: async () => {
        await tour.clearDesk();
        await tour.sideBar();
        await workbench.tree('Services').row(SERVICE).expand();
        await workbench.tree('Models').row('shapes-small').expand();
        await tour.mouseAway();
      },
    },
    { name: 'run-hover', show: () => tour.hover('Training Runs', RUN), leave: tour.mouseAway },
    { name: 'service-hover', show: () => tour.hover('Services', SERVICE), leave: tour.mouseAway },
    { name: 'architecture-hover', show: () => tour.hover('Models', 'shapes'), leave: tour.mouseAway },
    {
      name: 'menu',
      show: () => workbench.tree('Training Runs').row(RUN).menu(),
      leave: () => workbench.page.keyboard.press('Escape'),
    },
    {
      name: 'explore-beside-code',
      show: async () => {
        await workbench.openFile('train.py');
        await tour.command('Explore Metrics', RUN);
        await tour.shown(EXPLORE, /recall/);
      },
    },
  ];
}

function ofPages(tour: Tour): View[] {
  return [
    { name: 'explore', show: () => tour.page('Explore Metrics', RUN, EXPLORE, /recall/) },
    {
      name: 'table',
      show: () => tour.page('Show Training Table', undefined, 'Training Table', /shapes-small/),
    },
    { name: 'model-overview', show: () => tour.page('Show Model', RUN, RUN, /What it ran/) },
    { name: 'model-explore', show: () => tour.tab(RUN, 'Explore', /recall/) },
    { name: 'model-logs', show: () => tour.tab(RUN, 'Logs', /epoch/) },
    { name: 'model-files', show: () => tour.tab(RUN, 'Files', /last/) },
  ];
}

function ofService(tour: Tour): View[] {
  return [
    { name: 'service-executions', show: () => tour.page('Show Service', SERVICE, SERVICE, /shapes-small/) },
    { name: 'service-settings', show: () => tour.tab(SERVICE, 'Settings', /Auto-scaling/) },
    { name: 'service-health', show: () => tour.tab(SERVICE, 'Health', /What happened/) },
  ];
}

function ofEnd(tour: Tour): View[] {
  return [
    {
      name: 'finished-side-bar',
      show: async () => {
        await tour.clearDesk();
        await tour.sideBar();
      },
    },
    { name: 'finished-explore', show: () => tour.page('Explore Metrics', RUN, EXPLORE, /recall/) },
    { name: 'finished-overview', show: () => tour.page('Show Model', RUN, RUN, /What it ran/) },
    { name: 'finished-logs', show: () => tour.tab(RUN, 'Logs', /epoch 12/) },
    {
      name: 'finished-table',
      show: () => tour.page('Show Training Table', undefined, 'Training Table', /Success/),
    },
  ];
}

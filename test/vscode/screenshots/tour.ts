/** Walks through a window as a person would: to a view, to a page, back to an empty desk. */
import { openWorkbench, type Workbench, type WorkbenchOptions } from '../harness/index.ts';
import { Page } from '../pages.ts';
import { ROOT, type Place } from '../trainings.ts';

const VIEWS = ['Training Runs', 'Services', 'Models'] as const;
export type SideView = (typeof VIEWS)[number];

const NO_NOTICES = { failed: false, aborted: false, service: false, done: false, silent: false };

/**
 * Opens a window on the place, with nothing in it that comes unasked, and ends both once `work` is done. Where it fails, what was to be
 * seen is kept.
 */
export async function inWindow<T>(
  name: string,
  place: Place,
  more: Partial<WorkbenchOptions>,
  work: (workbench: Workbench) => Promise<T>,
): Promise<T> {
  const workbench = await openWorkbench({
    name,
    folder: place.folder,
    extension: { kind: 'development', path: ROOT },
    env: { TRAINYARD_HOME: place.home },
    size: { width: 1280, height: 800 },
    ...more,
    userSettings: { 'trainyard.notifications': NO_NOTICES, ...more.userSettings },
  });
  try {
    // Once it is there all extensions are, those with the themes among them.
    await workbench.openContainer('Trainyard');
    return await work(workbench);
  } catch (error) {
    throw new Error(await workbench.keepEvidence('screenshots'), { cause: error });
  } finally {
    await workbench.close();
    place.end();
  }
}

export class Tour {
  readonly workbench: Workbench;

  constructor(workbench: Workbench) {
    this.workbench = workbench;
  }

  /** The side bar with these views open, all of them where none is named, and the mouse out of the way. */
  async sideBar(...open: SideView[]): Promise<void> {
    await this.workbench.openContainer('Trainyard');
    for (const view of VIEWS)
      await this.workbench.view(view).expand(open.length === 0 || open.includes(view));
    await this.workbench.page.mouse.move(0, 0);
  }

  async clearDesk(): Promise<void> {
    await this.workbench.runCommand('View: Close All Editors');
    await this.workbench.page.locator('.part.editor .tab').first().waitFor({ state: 'detached' });
  }

  /** Runs a command of Trainyard; where it asks which one is meant, this one. */
  async command(title: string, choice?: string): Promise<void> {
    const { quickInput } = this.workbench;
    await this.workbench.runCommand(`Trainyard: ${title}`);
    if (choice === undefined) return;
    await quickInput.opened('Choose');
    await quickInput.type(choice);
    await quickInput.pick(choice);
    await quickInput.closed();
  }

  /** Opens a page alone. @param shows its text once it is drawn */
  async page(command: string, choice: string | undefined, title: string, shows: RegExp): Promise<Page> {
    await this.clearDesk();
    await this.command(command, choice);
    return this.shown(title, shows);
  }

  /** A page that is open, brought to the front. */
  async shown(title: string, shows: RegExp): Promise<Page> {
    const page = new Page(this.workbench, title);
    await this.workbench.tab(title).click();
    await page.says(shows);
    await this.workbench.page.mouse.move(0, 0);
    return page;
  }

  /** Another tab of a page that is open. */
  async tab(title: string, name: string, shows: RegExp = /\S/): Promise<void> {
    const page = new Page(this.workbench, title);
    await page.openTab(name);
    await page.says(shows);
    await this.workbench.page.mouse.move(0, 0);
  }

  /** Puts the mouse on a row until its hover shows. */
  async hover(view: SideView, row: string): Promise<void> {
    await this.workbench.tree(view).row(row).hover();
  }

  /** Opens the list behind the bell, with a notification in it. */
  async told(text: RegExp): Promise<void> {
    await this.workbench.notification(text);
  }

  /** Closes that list. */
  readonly hideTold = async (): Promise<void> => {
    await this.workbench.page.locator('[id="status.notifications"]').click();
    await this.workbench.page.locator('.notifications-center').waitFor({ state: 'hidden' });
  };

  readonly toggleSideBar = (): Promise<void> =>
    this.workbench.runCommand('View: Toggle Primary Side Bar Visibility');

  readonly mouseAway = async (): Promise<void> => {
    await this.workbench.page.mouse.move(0, 0);
    await this.workbench.page.locator('.workbench-hover').first().waitFor({ state: 'hidden' });
  };
}

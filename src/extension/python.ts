/** Which Python a project's trainings run with, where its `trainyard.json` doesn't say. */
import * as vscode from 'vscode';

/** What is used of the Python extension's API (ms-python.python); nothing here needs it to be installed. */
interface PythonApi {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(environment: {
      path: string;
    }): Promise<{ executable: { uri: vscode.Uri | undefined } } | undefined>;
  };
}

const DEADLINE_MS = 5_000;

/** The setting, else the one chosen in the Python extension, else undefined: the PATH's. */
export async function pythonFor(
  folder: vscode.Uri,
  log: vscode.LogOutputChannel,
): Promise<string | undefined> {
  const set = vscode.workspace.getConfiguration('trainyard', folder).get<string>('python')?.trim();
  if (set !== undefined && set !== '') return set;
  const extension = vscode.extensions.getExtension<PythonApi>('ms-python.python');
  if (extension === undefined) return undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), DEADLINE_MS);
  });
  try {
    return await Promise.race([chosenIn(extension, folder), late]);
  } catch (error) {
    // Another extension's trouble doesn't keep a training from starting.
    log.warn(`The Python extension doesn't say which interpreter is chosen: ${String(error)}`);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function chosenIn(
  extension: vscode.Extension<PythonApi>,
  folder: vscode.Uri,
): Promise<string | undefined> {
  const { environments } = await extension.activate();
  const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(folder));
  return resolved?.executable.uri?.fsPath;
}

/** From a folder and a model's name to a submission: finds the project file, the interpreter, and what goes along. */
import { constants } from 'node:fs';
import { access, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { environmentToSend } from '../contract/environment.ts';
import { parseProject, PROJECT_FILE, type Problem, type ProjectFile } from '../contract/project.ts';
import type { SubmissionInput } from '../contract/shapes.ts';

export interface LoadedProject {
  /** The real path of the folder that holds `trainyard.json`. */
  folder: string;
  file: string;
  project: ProjectFile;
}

/** A sentence for a person, with the place where it is known. */
export class ProjectError extends Error {
  override readonly name = 'ProjectError';
  readonly file: string | null;
  readonly problems: Problem[];

  constructor(message: string, file: string | null = null, problems: Problem[] = []) {
    super(message);
    this.file = file;
    this.problems = problems;
  }
}

/** Reads the nearest `trainyard.json`, in `from` or above. Rejects with `ProjectError`. */
export async function loadProject(from: string): Promise<LoadedProject> {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const file = path.join(folder, PROJECT_FILE);
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw new ProjectError(`${file} can't be read: ${error.message}`, file);
    });
    if (text !== null) return { folder: await realpath(folder), file, project: parse(file, text) };
    if (path.dirname(folder) === folder) {
      throw new ProjectError(
        `There is no ${PROJECT_FILE} in ${path.resolve(from)} or above it. ` +
          'It says what can be trained; the example project shows one.',
      );
    }
  }
}

function parse(file: string, text: string): ProjectFile {
  const parsed = parseProject(text);
  if (parsed.ok) return parsed.project;
  const [first] = parsed.problems;
  const more = parsed.problems.length > 1 ? ` (and ${parsed.problems.length - 1} more)` : '';
  const where = first === undefined ? file : `${file}:${first.line}:${first.column}`;
  throw new ProjectError(`${where}: ${first?.message ?? 'not readable'}${more}`, file, parsed.problems);
}

export interface SubmissionChoices {
  /** Changes to the model's config, by key. */
  set?: SubmissionInput['model']['config'];
  /** The interpreter where the project names none: the one chosen in the editor. */
  python?: string | undefined;
  env?: NodeJS.ProcessEnv;
}

/** What `POST /executions` takes to train this model. Rejects with `ProjectError`. */
export async function submissionFor(
  loaded: LoadedProject,
  modelName: string,
  choices: SubmissionChoices = {},
): Promise<SubmissionInput> {
  const { project, folder } = loaded;
  const model = project.models[modelName];
  if (model === undefined) {
    const names = Object.keys(project.models).join(', ');
    throw new ProjectError(
      `${loaded.file} has no model "${modelName}"; it has ${names || 'none'}.`,
      loaded.file,
    );
  }
  const architecture = project.architectures[model.architecture];
  if (architecture === undefined) throw new ProjectError(`There is no architecture "${model.architecture}".`);
  const env = choices.env ?? process.env;
  const { train, command, requirements, logs, service } = architecture;
  return {
    project: folder,
    architecture: {
      id: model.architecture,
      python: await resolvePython(architecture.python ?? choices.python, folder, env),
      ...(train === undefined ? {} : { train }),
      ...(command === undefined ? {} : { command }),
      ...(requirements === undefined ? {} : { requirements }),
      ...(logs === undefined ? {} : { logs }),
      ...(service === undefined ? {} : { service }),
    },
    model: {
      name: modelName,
      config: { ...model.config, ...choices.set },
      ...(model.dataset === undefined ? {} : { dataset: model.dataset }),
    },
    environment: environmentToSend(env),
    ...(project.figures === undefined ? {} : { figures: project.figures }),
  };
}

/**
 * The absolute path of an interpreter. A path is taken from the project's folder; a bare name is looked for on the PATH; nothing
 * named means python3, then python. A symbolic link stays one: a virtual environment is known by it.
 */
export async function resolvePython(
  named: string | undefined,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const windows = process.platform === 'win32';
  if (named !== undefined && /[\\/]/.test(named)) {
    const absolute = path.resolve(folder, named);
    if (await runnable(absolute)) return absolute;
    throw new ProjectError(
      `There is no Python at ${absolute}. Make it (python3 -m venv .venv), or name another one as "python" in ${PROJECT_FILE}.`,
    );
  }
  const names = named === undefined ? (windows ? ['python', 'py'] : ['python3', 'python']) : [named];
  const endings = windows ? ['.exe', '.cmd', ''] : [''];
  for (const name of names) {
    for (const place of (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter)) {
      if (place === '') continue;
      for (const ending of endings) {
        const candidate = path.resolve(folder, place, name + ending);
        if (await runnable(candidate)) return candidate;
      }
    }
  }
  throw new ProjectError(
    `No Python was found on the PATH (looked for ${names.join(', ')}). Install Python 3.8 or newer, ` +
      `or name one as "python" in ${PROJECT_FILE} or in the setting trainyard.python.`,
  );
}

const runnable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

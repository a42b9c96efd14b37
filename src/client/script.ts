/** A Python script that no `trainyard.json` names, as something to train: what it is called, and how it is submitted. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { environmentToSend } from '../contract/environment.ts';
import type { ProjectFile } from '../contract/project.ts';
import { ArchitectureId, type SubmissionInput } from '../contract/shapes.ts';
import { resolvePython } from './project.ts';

const MOST = 63;

/**
 * The architecture's id and the model's name of a script: its path from the project's folder, as an id allows. Two scripts never
 * share one, and none takes that of what the project's file names. Pure.
 * @param file with "/" between its parts
 */
export function scriptNames(
  file: string,
  project: ProjectFile | null,
): { architecture: string; model: string } {
  const bare = file.replace(/\.py$/i, '');
  const plain = bare.replaceAll('/', '.');
  const taken = (id: string): boolean => Object.hasOwn(project?.architectures ?? {}, id);
  const known = (name: string): boolean => Object.hasOwn(project?.models ?? {}, name);
  const fits = ArchitectureId.safeParse(plain).success && !bare.includes('.') && !taken(plain);
  return { architecture: fits ? plain : distinctId(file), model: known(bare) ? file : bare };
}

/** What an id can't have is replaced, and a digest of the whole keeps it apart from another that reads the same then. */
function distinctId(file: string): string {
  const digest = createHash('sha256').update(file).digest('hex').slice(0, 8);
  const allowed = file
    .replace(/\.py$/i, '')
    .replaceAll('/', '.')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .slice(-(MOST - digest.length - 1))
    .replace(/^[._-]+/, '');
  return allowed === '' ? `script-${digest}` : `${allowed}-${digest}`;
}

/** What `POST /executions` takes to run a script as a training. Rejects with `ProjectError`. */
export async function scriptSubmission(script: {
  /** The project's real folder. */
  folder: string;
  /** The script's path from it. */
  file: string;
  project: ProjectFile | null;
  python: string | undefined;
  env?: NodeJS.ProcessEnv;
}): Promise<SubmissionInput> {
  const { folder, file, project, env = process.env } = script;
  const names = scriptNames(file.replaceAll(path.sep, '/'), project);
  const python = await resolvePython(script.python, folder, env);
  return {
    project: folder,
    architecture: { id: names.architecture, python, command: [python, file] },
    model: { name: names.model, config: {} },
    environment: environmentToSend(env),
    ...(project?.figures === undefined ? {} : { figures: project.figures }),
  };
}

/** What is meant by training a file, a folder or a row: models of the workspace's projects. Pure. */
import path from 'node:path';
import type { LoadedProject } from '../../client/project.ts';
import { modelsOf } from '../models/catalog.ts';

/** A model as its project's file has it. */
export interface Target {
  loaded: LoadedProject;
  model: string;
}

/** The train functions that a project's file names, with where they are, by the path by which the project was found. */
export function trainFunctions({
  file: projectFile,
  project,
}: LoadedProject): { file: string; name: string; architecture: string }[] {
  return Object.entries(project.architectures).flatMap(([architecture, { train }]) => {
    if (train === undefined) return [];
    const at = train.lastIndexOf(':');
    return [
      {
        file: path.resolve(path.dirname(projectFile), train.slice(0, at)),
        name: train.slice(at + 1),
        architecture,
      },
    ];
  });
}

/** All models of a project, in the order of its file. */
export const modelTargets = (loaded: LoadedProject): Target[] =>
  Object.keys(loaded.project.models).map((model) => ({ loaded, model }));

export const architectureTargets = (loaded: LoadedProject, architecture: string): Target[] =>
  modelsOf(loaded.project, architecture).map((model) => ({ loaded, model }));

/** The models whose train function stands in this file. */
export const targetsInFile = (projects: readonly LoadedProject[], file: string): Target[] =>
  projects.flatMap((loaded) =>
    trainFunctions(loaded)
      .filter((one) => one.file === file)
      .flatMap(({ architecture }) => architectureTargets(loaded, architecture)),
  );

/** The project in whose folder a file lies: the nearest upward. */
export function projectAround(projects: readonly LoadedProject[], file: string): LoadedProject | null {
  return (
    projects
      .filter(({ folder }) => file.startsWith(folder + path.sep))
      .toSorted((a, b) => b.folder.length - a.folder.length)[0] ?? null
  );
}

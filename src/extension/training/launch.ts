/** How a train function is launched under the Python debugger: what the debugger is told, and what the function is given. Pure. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { DebugConfiguration } from 'vscode';
import type { ProjectFile } from '../../contract/project.ts';
import type { Settings } from '../../contract/shapes.ts';
import type { LoadedProject } from '../../client/project.ts';

/** What `trainyard_debug.py` reads: a training's, as far as there is one. */
export interface DebugSpec {
  project: string;
  train: string;
  dataset: string | null;
  config: ProjectFile['models'][string]['config'];
  model: { id: string; name: string; version: number };
  executionId: string;
  attempt: number;
  outputDir: string;
}

export type Program =
  | { kind: 'train'; spec: DebugSpec }
  | { kind: 'script'; file: string; args: string[] }
  | { kind: 'none'; why: string };

/** @param version the one that a training would make now */
export function programOf(
  { folder, project }: LoadedProject,
  name: string,
  version: number,
  outputDir: string,
): Program {
  const model = project.models[name];
  const architecture = model === undefined ? undefined : project.architectures[model.architecture];
  if (model === undefined || architecture === undefined)
    return { kind: 'none', why: l10n.t('There is no model {0}.', name) };
  const { train, command } = architecture;
  if (train !== undefined) {
    const { dataset = null, config } = model;
    return {
      kind: 'train',
      spec: {
        project: folder,
        train,
        dataset,
        config,
        model: { id: 'debug', name, version },
        executionId: 'debug',
        attempt: 1,
        outputDir,
      },
    };
  }
  const [program = '', file = '', ...args] = command ?? [];
  if (/(^|[\\/])python[\d.]*(\.exe)?$/i.test(program) && file.endsWith('.py'))
    return { kind: 'script', file: path.resolve(folder, file), args };
  return {
    kind: 'none',
    why: l10n.t(
      '{0} runs {1}, which isn\'t Python: Debug Training takes a train function, or a command such as ["python", "train.py"].',
      model.architecture,
      program,
    ),
  };
}

/** @param runner the folder of the Python runner; @param specFile where the spec was written */
export function launchConfiguration(launch: {
  program: Exclude<Program, { kind: 'none' }>;
  name: string;
  folder: string;
  python: string;
  runner: string;
  specFile: string;
  env: Settings['env'];
  pythonPath: string | undefined;
}): DebugConfiguration {
  const { program, name, folder, python, runner, specFile, env } = launch;
  const [file, args] =
    program.kind === 'train'
      ? [path.join(runner, 'trainyard_debug.py'), [specFile]]
      : [program.file, program.args];
  return {
    type: 'debugpy',
    request: 'launch',
    name: l10n.t('Debug {0}', name),
    program: file,
    args,
    cwd: folder,
    python: [python],
    console: 'integratedTerminal',
    // Worker processes find the module, as they do in a training.
    env: {
      ...env,
      PYTHONPATH: [runner, env['PYTHONPATH'] ?? launch.pythonPath].filter(Boolean).join(path.delimiter),
    },
    // Stepping stays in the user's own code.
    justMyCode: true,
    rules: [{ path: path.join(runner, '**'), include: false }],
  };
}

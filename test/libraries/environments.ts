/** The Pythons of these tests: few, since each is fetched and unpacked before anything trains on it. */
import path from 'node:path';
import { pythonEnvironment, torchEnvironment } from '../../src/dev/pythons.ts';

const FILES = 'test/libraries/requirements';

const say = (line: string): void => console.log(line);

/** Folders of programs, each made when it is asked for first; in the order in which the tests ask. */
export const environments = {
  /** Lightning, Transformers, TensorBoard and tqdm, with the oldest client of MLflow (mlflow-skinny). */
  torch: () => torchEnvironment('torch', ['-r', `${FILES}/torch.txt`], say),
  'ultralytics-8.4.190': () =>
    torchEnvironment('ultralytics-8.4.190', ['-r', `${FILES}/ultralytics-8.4.190.txt`], say),
  /** The newest MLflow with its server, Keras, scikit-learn and XGBoost. */
  mlflow: () => pythonEnvironment('mlflow', ['-r', `${FILES}/mlflow.txt`], say),
  /** MLflow's newest client alone, which is there sooner than the whole: each training waits for that. */
  client: () => pythonEnvironment('mlflow-client', ['mlflow-skinny==3.17.2'], say),
  'ultralytics-8.2.0': () =>
    torchEnvironment('ultralytics-8.2.0', ['-r', `${FILES}/ultralytics-8.2.0.txt`], say),
};

/** The interpreter of one. */
export const pythonOf = async (name: keyof typeof environments): Promise<string> =>
  path.join(await environments[name](), 'python');

/** Of trainings here: what a library is compiled to is kept, which makes the next start sooner. */
export const KEPT = { PYTHONDONTWRITEBYTECODE: '' };

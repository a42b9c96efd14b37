/** Runs of MLflow: where its server, its folder `mlruns` or its database keep them. */
import type { Reader } from './found.ts';
import { isDatabase, runsOfDatabase } from './mlflowDatabase.ts';
import { runsOfFolder, storeIn } from './mlflowFolder.ts';
import { isServer, runsOfServer } from './mlflowServer.ts';

export const mlflowReaders: readonly Reader[] = [
  {
    source: 'mlflow',
    recognizes: ({ from, token }) => isServer(from, token),
    runs: ({ from, token }) => runsOfServer(from, token),
  },
  {
    source: 'mlflow',
    recognizes: async ({ from }) => (await storeIn(from)) !== null,
    runs: ({ from }) => runsOfFolder(from),
  },
  { source: 'mlflow', recognizes: ({ from }) => isDatabase(from), runs: ({ from }) => runsOfDatabase(from) },
];

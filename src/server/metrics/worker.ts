/** The program of the store's thread where the server runs from its sources. A bundled server calls `runMetricsWorker` itself. */
import { runMetricsWorker } from './thread.ts';

runMetricsWorker();

/** The program of the store's thread. */
import { runMetricsWorker } from './thread.ts';

runMetricsWorker();

/**
 * Makes the Pythons of these tests, one after the other: what is fetched waits for the network, so that the first are trained on
 * meanwhile. One that can't be made is told here, and fails the tests that ask for it.
 */
import { environments } from './environments.ts';

for (const make of Object.values(environments))
  await make().catch((error: unknown) => console.log(error instanceof Error ? error.message : error));

import type { Loader } from 'vega';

/** A chart never fetches anything. */
const refuse = async (): Promise<never> => Promise.reject(new Error('A chart loads nothing.'));
export const REFUSING: Loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

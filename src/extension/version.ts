/** Set by the build (`define` in esbuild.mjs) from package.json. */
declare const TRAINYARD_VERSION: string;

export const VERSION = TRAINYARD_VERSION;

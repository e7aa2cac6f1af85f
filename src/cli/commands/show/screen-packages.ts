/**
 * Whether Ink and React are there. They are ES modules that wait for others at their top level, which the command's script can't have in
 * it: there this module is another one, which loads them from a file beside it (scripts/screen-packages.mjs).
 */
export const packagesLoaded: Promise<unknown> = Promise.resolve();

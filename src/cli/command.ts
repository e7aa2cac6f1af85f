/** Where the command begins for `dist/cli.js`: see scripts/command-scripts.mjs. */
// Takes the signal over before anything else is looked for.
import './status-signal.ts';

export { execute } from './execute.ts';

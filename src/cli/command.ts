/** The command as one script, which `dist/cli.js` runs: see scripts/build.mjs. */
// Takes the signal over before anything else is looked for.
import './status-signal.ts';

export { execute } from './execute.ts';

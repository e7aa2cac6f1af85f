#!/usr/bin/env node
// Takes the signal over before anything else is so much as looked for: what is imported by name would be loaded first.
import './status-signal.ts';

const { execute } = await import('./execute.ts');
process.exitCode = await execute(process.argv.slice(2));

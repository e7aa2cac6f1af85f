#!/usr/bin/env node
import './status-signal.ts';
import packageDescription from '../../package.json' with { type: 'json' };
import { EXIT, errorLine } from './errors.ts';
import { endOutput, OutputClosed, writeText } from './standard-output.ts';

const words = process.argv.slice(2);
try {
  if (words.length === 1 && words[0] === '--version') {
    // Asked by scripts that only look whether the command is there: answered before anything is loaded.
    writeText(`${packageDescription.version}\n`);
  } else {
    const { run } = await import('./program.ts');
    process.exitCode = await run(words, packageDescription.version);
  }
} catch (error) {
  fail(error);
}
await endOutput().catch(fail);

function fail(error: unknown): void {
  if (error instanceof OutputClosed) {
    process.exitCode = EXIT.done;
  } else {
    console.error(errorLine(error));
    process.exitCode = EXIT.notCarriedOut;
  }
}

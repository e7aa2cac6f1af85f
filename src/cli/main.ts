#!/usr/bin/env node
import { EXIT, errorLine } from './errors.ts';
import { run } from './program.ts';
import { OutputClosed } from './standard-output.ts';

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof OutputClosed) {
    process.exitCode = EXIT.done;
  } else {
    console.error(errorLine(error));
    process.exitCode = EXIT.notCarriedOut;
  }
}

/** What the program's command line and that of `lab` have in common: how they are set up, and one line for errors in them. */
import { Command, CommanderError } from 'commander';
import { EXIT, UsageError } from './errors.ts';
import { layOutHelp } from './help.ts';

/** To be called with the exit code at the end of a command's action. */
export type Done = (exitCode: number) => void;

/** Adds a command to a program: its flags, its help, and an action that loads what it needs. */
export type AddCommand = (program: Command, done: Done) => void;

/** @param name what precedes a command: `tunnelscope`, `tunnelscope lab` */
export function createProgram(name: string): Command {
  return layOutHelp(new Command(name)).exitOverride().enablePositionalOptions().showSuggestionAfterError();
}

/**
 * Runs the command line.
 *
 * @param argv the words after the program's name
 * @returns the exit code
 * @throws {UsageError} if they are not understood
 */
export async function runProgram(
  program: Command,
  commands: readonly AddCommand[],
  argv: readonly string[],
): Promise<number> {
  let exitCode: number = EXIT.done;
  const done = (code: number) => {
    exitCode = code;
  };
  for (const add of commands) add(program, done);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and the version end with an error too.
    if (error.exitCode === 0) return EXIT.done;
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    throw new UsageError(`${message}; see ${program.name()} --help`);
  }
  return exitCode;
}

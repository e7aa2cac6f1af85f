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
  for (const command of program.commands) {
    command.exitOverride((error) => notUnderstood(error, `${program.name()} ${command.name()}`));
  }
  program.exitOverride((error) => notUnderstood(error, program.name()));
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    // Help and the version end with an error too.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    throw error;
  }
  return exitCode;
}

/** Commander's sentences, and ours. */
const SENTENCES: readonly (readonly [commanders: RegExp, ours: string, complete?: 'complete'])[] = [
  [
    /^option '([^ ,']+)[^']*' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s,
    '$1 "$2" is not understood; expected one of $3',
    'complete',
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '(.*)'\. Allowed choices are (.*)\.$/s,
    '$2 "$1" is not understood; expected one of $3',
    'complete',
  ],
  [/^option '([^ ,']+)[^']*?([<[][^']*)?' argument missing$/, '$1 needs a value: $1 $2'],
  [/^missing required argument '(.*)'$/, 'the $1 is missing'],
  [
    /^unknown (option|command) '(.*)'\n\(Did you mean (.*)\?\)$/s,
    'unknown $1 "$2"; did you mean $3?',
    'complete',
  ],
  [/^unknown (option|command) '(.*)'$/s, 'unknown $1 "$2"'],
  [
    /^too many arguments.*\. Expected (\d+) arguments? but got (\d+)\.$/,
    'too many arguments: received $2, expected $1',
  ],
];

function notUnderstood(error: CommanderError, command: string): never {
  if (error.exitCode === 0) throw error;
  const message = error.message.replace(/^error: /, '');
  const [commanders, ours, complete] = SENTENCES.find(([pattern]) => pattern.test(message)) ?? [];
  const sentence = commanders && ours ? message.replace(commanders, ours) : message.replaceAll('\n', ' ');
  throw new UsageError(complete ? sentence : `${sentence}; see ${command} --help`);
}

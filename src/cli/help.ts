/** How help is laid out: as wide as the terminal, options in groups, a word or two for each value, examples at the end. */
import { type Command, Help, type Option } from 'commander';
import { UsageError } from './errors.ts';
import { isTerminal } from './is-terminal.ts';
import { writeText } from './standard-output.ts';

/** The groups that options stand under, in the order of the help. */
export const GROUP = {
  capture: 'Capture:',
  read: 'Read:',
  choose: 'Choose:',
  expect: 'Expect:',
  print: 'Print:',
  write: 'Write:',
  screen: 'Screen:',
  network: 'Network:',
  other: 'Other:',
} as const;

const ORDER: readonly string[] = Object.values(GROUP);

const STANDARD_OUTPUT = 1;
/** Columns: longer lines are hard to read; and so many where there is no terminal. */
const [MOST_COLUMNS, PAPER_COLUMNS] = [100, 80];
/** Columns that a description has beside its flag before it is left unwrapped. */
const LEAST_COLUMNS = 16;

/** To be called before a program's commands are made, which take it over. */
export function layOutHelp(program: Command): Command {
  const plain = new Help();
  return program
    .configureOutput({
      writeOut: writeText,
      writeErr: () => {},
      // Node's own streams take longer to load than all the help to make.
      getOutHelpWidth: () =>
        Math.min((isTerminal(STANDARD_OUTPUT) && process.stdout.columns) || PAPER_COLUMNS, MOST_COLUMNS),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({
      minWidthToWrap: LEAST_COLUMNS,
      groupItems: (all, visible, groupOf) =>
        new Map(
          [...plain.groupItems(all, visible, groupOf)].sort(
            ([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b),
          ),
        ),
      subcommandTerm: (command) => command.name(),
      optionDescription,
    })
    .optionsGroup(GROUP.other)
    .helpOption('-h, --help', 'print this help');
}

/** `line, tree or json (default: line)`; as it is where it has the choices already. */
function optionDescription({ argChoices, description }: Option): string {
  if (argChoices === undefined || argChoices.every((choice) => description.includes(choice)))
    return description;
  const choices = `${argChoices.slice(0, -1).join(', ')} or ${argChoices.at(-1)}`;
  return description.startsWith('(') ? `${choices} ${description}` : `${description}: ${choices}`;
}

/** @param lines what somebody would type, and what it does */
export function withExamples(
  command: Command,
  lines: readonly (readonly [words: string, does: string])[],
): Command {
  const text = lines.map(([words, does]) => `  # ${does}\n  ${words}`);
  return command.addHelpText('after', `\nExamples:\n${text.join('\n')}`);
}

/** Adds `help [command]`, which prints what `--help` of that command does. */
export function addHelp(program: Command): void {
  program
    .helpCommand(false)
    .command('help')
    .description('print the help of a command')
    .argument('[command...]', 'a command’s name')
    .action(async (words: string[]) => {
      const [first] = words;
      const visible = program.createHelp().visibleCommands(program);
      const names = visible.map((command) => command.name());
      if (first !== undefined && !names.includes(first)) {
        const similar = (await import('../text/similar.ts')).similarTo(first, names);
        const advice =
          similar === undefined ? `commands are ${names.join(', ')}` : `did you mean ${similar}?`;
        throw new UsageError(`unknown command "${first}"; ${advice}`);
      }
      await program.parseAsync([...words, '--help'], { from: 'user' });
    });
}

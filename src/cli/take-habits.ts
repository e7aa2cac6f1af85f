/** The flags of `habits.ts` on the command line. */
import { type Command, Option } from 'commander';
import { UsageError } from './errors.ts';
import { HABITS, type Habit, refusal } from './habits.ts';

/** By flag, for those that no flag of ours does. */
const OTHERS = new Map<string, Habit[]>();
for (const habit of HABITS) OTHERS.set(habit.flag, [...(OTHERS.get(habit.flag) ?? []), habit]);
for (const [flag, habits] of OTHERS) if (habits.some(({ way }) => way === 'taken')) OTHERS.delete(flag);

/** Whether a word may have the flag in it: single letters can stand together. */
function mayHave(word: string, flag: string): boolean {
  return flag.startsWith('--') ? word.startsWith(flag) : /^-[^-]/.test(word) && word.includes(flag.slice(1));
}

/**
 * Adds those flags that a command which reads packets does not have itself; they are not in its help.
 *
 * @param argv the command line: what is not in it is not added
 */
export function addHabits(program: Command, argv: readonly string[]): void {
  const given = [...OTHERS].filter(([flag]) => argv.some((word) => mayHave(word, flag)));
  if (given.length === 0) return;
  for (const command of [program, ...program.commands]) {
    const has = (flag: string) => command.options.some(({ short, long }) => short === flag || long === flag);
    if (!has('--read')) continue;
    for (const [flag, habits] of given) {
      if (has(flag)) continue;
      if (habits.some(({ way }) => way === 'ignored')) command.addOption(new Option(flag).hideHelp());
      else refuse(command, flag, habits);
    }
  }
}

function refuse(command: Command, flag: string, habits: readonly Habit[]): void {
  const option = new Option(`${flag} [value]`).hideHelp();
  command.addOption(option).on(`option:${option.name()}`, (given: string | null) => {
    const habit = habits.find(({ value = '' }) => (given ?? '').startsWith(value)) as Habit;
    throw new UsageError(refusal(habit));
  });
}

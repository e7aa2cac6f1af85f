/** The flags of `habits.ts` on the command line. */
import { type Command, Option } from 'commander';
import { UsageError } from './errors.ts';
import { HABITS, type Habit, refusal } from './habits.ts';

/** Adds those flags that a command which reads packets does not have itself; they are not in its help. */
export function addHabits(program: Command): void {
  for (const command of [program, ...program.commands]) {
    const has = (flag: string) => command.options.some(({ short, long }) => short === flag || long === flag);
    if (!has('--read')) continue;
    for (const flag of new Set(HABITS.map((habit) => habit.flag))) {
      const habits = HABITS.filter((habit) => habit.flag === flag);
      if (has(flag) || habits.some(({ way }) => way === 'taken')) continue;
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

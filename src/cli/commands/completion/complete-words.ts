/** What the last word of a command line may become: commands, flags and their values, by commander's own description of them. */
import type { Argument, Command, Option } from 'commander';
import { createLabProgram } from '../lab/lab-program.ts';
import { argumentValues, FILES, flagValues, type Values } from './values.ts';

/** Where a command line has got to. */
interface Place {
  readonly command: Command;
  /** The flag whose value comes next. */
  readonly flag: Option | undefined;
  /** How many words were neither flags nor their values nor commands. */
  readonly position: number;
  /** `--` was there: no flags any more. */
  readonly isEnd: boolean;
}

/** Interfaces are named by others, also by containers: what a shell would understand is not put on its line. */
const HARMLESS = /^[\w.,:@%+=/-]+$/;

/**
 * @param words those behind the program's name, up to the cursor; the last is to be completed, and may be empty
 * @returns a line for each, with a tab and what it is; `:files` where files may stand there too
 */
export async function completionsOf(program: Command, words: readonly string[]): Promise<string> {
  const last = words.at(-1) ?? '';
  const place = placeOf(program, words.slice(0, -1));
  const { values, files } = await valuesAt(place, last);
  const lines = [...values]
    .filter(([value]) => value.startsWith(last) && HARMLESS.test(value))
    .map(([value, description]) => `${value}\t${description.replace(/\s+/g, ' ')}\n`);
  return lines.join('') + (files ? `${FILES}\n` : '');
}

function placeOf(program: Command, words: readonly string[]): Place {
  let command = program;
  let flag: Option | undefined;
  let position = 0;
  let isEnd = false;
  for (const word of words) {
    if (flag !== undefined) {
      flag = undefined;
    } else if (!isEnd && word === '--') {
      isEnd = true;
    } else if (!isEnd && word.startsWith('-') && word !== '-') {
      const known = optionsOf(command).find((one) => one.long === word || one.short === word);
      flag = known !== undefined && (known.required || known.optional) ? known : undefined;
    } else {
      const inner = position === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (inner === undefined) position++;
      else command = inner.name() === 'lab' && command === program ? createLabProgram() : inner;
    }
  }
  return { command, flag, position, isEnd };
}

/** A command's own, and before the command's name the program's. */
function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

async function valuesAt({ command, flag, position, isEnd }: Place, last: string): Promise<Values> {
  if (flag !== undefined) return flagValues(flag, last);
  const [, name, begun] = /^(--[\w-]+)=(.*)$/s.exec(last) ?? [];
  const given = optionsOf(command).find((one) => one.long === name);
  if (!isEnd && given !== undefined && begun !== undefined) {
    const { values } = await flagValues(given, begun);
    return { values: [...values].map(([value, is]) => [`${name}=${value}`, is]), files: false };
  }
  if (!isEnd && last.startsWith('-')) {
    return {
      values: optionsOf(command).map((one) => [one.long ?? one.short ?? '', one.description]),
      files: false,
    };
  }
  const commands = position === 0 ? command.createHelp().visibleCommands(command) : [];
  const { values, files } = await valuesOfArgument(command, position, last);
  return {
    values: [...commands.map((one) => [one.name(), one.summary() || one.description()] as const), ...values],
    files,
  };
}

async function valuesOfArgument(command: Command, position: number, last: string): Promise<Values> {
  const all: readonly Argument[] = command.registeredArguments;
  const argument = all[position] ?? (all.at(-1)?.variadic === true ? all.at(-1) : undefined);
  return argument === undefined
    ? { values: [], files: false }
    : argumentValues(command.name(), argument, last);
}

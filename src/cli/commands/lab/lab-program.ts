/**
 * The commands of `tunnelscope lab`, a file each. What several share:
 *
 *   lab-options.ts    `--lab` and the lab that it names; `-i`
 *   step-text.ts      a step of bringing up or mending, as it is printed
 *   keys.ts           single keys from a terminal
 *   lesson/ results/ status/ watch/    what those commands load
 */
import type { Command } from 'commander';
import { type AddCommand, createProgram, runProgram } from '../../command-line.ts';
import { addHelp, withExamples } from '../../help.ts';
import { addDown } from './down.ts';
import { addLesson } from './lesson.ts';
import { addList } from './list.ts';
import { addMend } from './mend.ts';
import { addPing } from './ping.ts';
import { addRecord } from './record.ts';
import { addResults } from './results.ts';
import { addRun } from './run.ts';
import { addShell } from './shell.ts';
import { addStatus } from './status.ts';
import { addUp } from './up.ts';
import { addWatch } from './watch.ts';

/** In the order of the help, by groups of it. */
const COMMANDS: readonly AddCommand[] = [
  group('Build:', [addList, addUp, addStatus, addMend, addDown]),
  group('Use:', [addPing, addWatch, addRun, addShell]),
  group('Learn:', [addLesson, addResults]),
  group('More:', [addRecord, addHelp]),
];

function group(heading: string, commands: readonly AddCommand[]): AddCommand {
  return (program, done) => {
    program.commandsGroup(heading);
    for (const add of commands) add(program, done);
  };
}

/** The program with its commands' flags and help, for whoever only looks at them. */
export function createLabProgram(): Command {
  const program = emptyProgram();
  for (const add of COMMANDS) add(program, () => undefined);
  return program;
}

/**
 * @param argv the words behind `lab`
 * @returns the exit code
 */
export function runLab(argv: readonly string[]): Promise<number> {
  return runProgram(emptyProgram(), COMMANDS, argv.length === 0 ? ['--help'] : argv);
}

function emptyProgram(): Command {
  const program = createProgram('tunnelscope lab').description(
    'Container networks on this machine, in network namespaces, to learn and test on.',
  );
  return withExamples(program, [
    ['sudo tunnelscope lab watch socat', 'bring a network up, and watch pings go through its tunnel'],
    ['sudo tunnelscope lab up vxlan', 'bring a network up'],
    ['sudo tunnelscope lab ping', 'ping through it'],
    ['tunnelscope lab lesson envelope --offline', 'take a lesson without root'],
  ]);
}

/**
 * The command line: flags are tshark's and tcpdump's own where those have one. Nothing else knows argv.
 *
 *   start.ts, command.ts   what dist/cli.js runs: the command as a few scripts; main.ts: the same for a single executable
 *   execute.ts, version.ts from a process's words to its exit code
 *   is-terminal.ts         whether somebody looks
 *   commands/NAME.ts       a command: its flags, help and action; what the action loads is in commands/NAME/
 *   command-line.ts        what the program and `lab`, which has commands of its own, have in common
 *   help.ts                how help is laid out; habits.ts, take-habits.ts: flags known from tshark and tcpdump
 *   input-options.ts       the flags of every command that reads packets; flag-values.ts parses others
 *   bundled.ts             captures that come with the package, by name
 *   input.ts               which file or interfaces those flags and words name; input-kept.ts: never what is written
 *   open-source.ts         opens it, gives up root; capture-filter.ts: what is to be said of filters in libpcap's language
 *   progress.ts            how far a file is read, in a line on a terminal
 *   read-packets.ts        reads it to its end; signals.ts, status-signal.ts: what comes from outside meanwhile
 *   standard-output.ts     where all output goes
 *   errors.ts              exit codes, and one line for what went wrong
 */
import { Command } from 'commander';
import { type AddCommand, createProgram, runProgram } from './command-line.ts';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDrops } from './commands/drops.ts';
import { addExplain } from './commands/explain.ts';
import { addExport } from './commands/export.ts';
import { addExtcap } from './commands/extcap.ts';
import { addInterfaces } from './commands/interfaces.ts';
import { addLab } from './commands/lab.ts';
import { addPath } from './commands/path.ts';
import { addProbe } from './commands/probe.ts';
import { addShow } from './commands/show.ts';
import { addSnapshot } from './commands/snapshot.ts';
import { addSql } from './commands/sql.ts';
import { addVerify, reportVerifyFailure } from './commands/verify.ts';
import { addWatch } from './commands/watch.ts';
import { addHelp, withExamples } from './help.ts';
import { addHabits } from './take-habits.ts';

/**
 * In the order of the help, with the word that asks for each; without one it is there in any case. These files are loaded at every start,
 * and so load nothing large themselves before their action.
 */
const COMMANDS: readonly (readonly [add: AddCommand, word?: string])[] = [
  [(program, done) => addShow(program, done, names())],
  [addVerify, 'verify'],
  [addExplain, 'explain'],
  [addSnapshot, 'snapshot'],
  [addPath, 'path'],
  [addExport, 'export'],
  [addSql, 'sql'],
  [addWatch, 'watch'],
  [addProbe, 'probe'],
  [addDrops, 'drops'],
  [addDoctor, 'doctor'],
  [addInterfaces, 'interfaces'],
  [addExtcap, 'extcap'],
  [addLab, 'lab'],
  [addCompletion, 'completion'],
  [addHelp, 'help'],
];

const names = () => COMMANDS.flatMap(([, word]) => word ?? []);

/** Words that are about all commands. */
const ABOUT_ALL = ['help', 'complete'];

/** The commands that these words may be about: to make the flags of all takes as long as to read a small capture. */
function commandsFor(argv: readonly string[]): readonly AddCommand[] {
  const isAboutAll = argv.some((word) => ABOUT_ALL.includes(word) || /^-([a-zA-Z]*h|-help)/.test(word));
  const wanted = COMMANDS.filter(([, word]) => isAboutAll || word === undefined || argv.includes(word));
  return [...wanted.map(([add]) => add), (program) => addHabits(program, argv)];
}

/** A command that the general help only lists: making its flags too would take as long as everything else. */
class ListedCommand extends Command {
  override option(): this {
    return this;
  }
  override addOption(): this {
    return this;
  }
}

/**
 * Runs a command line.
 *
 * @param argv the words after `node script`
 * @param version the package's
 * @returns the exit code
 */
export async function run(argv: readonly string[], version: string): Promise<number> {
  const program = emptyProgram(version);
  if (argv.length === 1 && (argv[0] === '--help' || argv[0] === '-h'))
    program.createCommand = (name) => new ListedCommand(name);
  try {
    return await runProgram(program, commandsFor(argv), argv);
  } catch (error) {
    await reportVerifyFailure(argv, error);
    throw error;
  }
}

/** The program with its commands' flags and help, for whoever only looks at them. */
export function createMainProgram(version: string): Command {
  const program = emptyProgram(version);
  for (const [add] of COMMANDS) add(program, () => undefined);
  return program;
}

function emptyProgram(version: string): Command {
  const program = createProgram('tunnelscope')
    .description('See what is inside your tunnels: outer and inner headers side by side, pings verified.')
    .version(version, '--version', 'print the version')
    .hook('preAction', async (_program, command) => {
      const { hostRoot } = command.optsWithGlobals<{ hostRoot?: string }>();
      if (hostRoot !== undefined) (await import('../host/host-root.ts')).setHostRoot(hostRoot);
    });
  return withExamples(program, [
    ['sudo tunnelscope -i eth0 udp port 4789', 'capture VXLAN live, on the screen'],
    ['tunnelscope @socat', 'look into a capture file; this one comes with the package'],
    ['tunnelscope verify ping.pcap', 'were the pings in it answered?'],
    ['tunnelscope -r big.pcap -Y icmp -w pings.pcapng', 'write the matching packets to a file'],
  ]);
}

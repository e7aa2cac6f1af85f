/** `tunnelscope lab`: container networks in network namespaces. Its commands, and what they print. */
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import wrapAnsi from 'wrap-ansi';
import type { Lab } from '../../lab/network/labs.ts';
import type { Network, Step } from '../../lab/network/network.ts';
import { shellLine, stepLines } from '../../lab/network/step-commands.ts';
import { escapeControls } from '../../text/printable.ts';
import { EXIT, UsageError } from '../errors.ts';
import { openKeys } from '../keys.ts';
import { parseInterval, parseNumber } from '../options.ts';
import { SIGNALS } from '../session.ts';
import { writeText } from '../standard-output.ts';
import type { LessonOptions } from './lab/lab-lesson.ts';
import type { WatchOptions } from './lab/lab-watch.ts';

/**
 * @param argv the words behind `lab`
 * @returns the exit code
 */
export async function lab(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = new Command('tunnelscope lab')
    .description('Container networks on this machine, in network namespaces: to learn on, to test with.')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError();

  program
    .command('list')
    .description('the networks that can be brought up, and the labs that are')
    .action(async () => {
      await list();
    });

  program
    .command('up')
    .description('bring a network up, step by step, each shown with its command and why')
    .argument('<network>', 'its name (see: list), or a file: ./my-network.yaml')
    .option('--as <name>', 'name the lab so; two labs can stand side by side')
    .option('--step', 'wait for a key before each step; q stops, and takes down')
    .option('--dry-run', 'print a script that does the same without tunnelscope')
    .option('-q, --quiet', 'no steps')
    .action(async (name: string, options: UpFlags) => {
      await up(name, options);
    });

  withLab(program.command('ping'))
    .description('ping from node to node; without nodes the ping that the network is about')
    .argument('[from]', 'a node: h1-ns1')
    .argument('[to]', 'a node, or an address')
    .option('-c, --count <n>', 'so many pings', parseNumber('-c', 1))
    .option('-i, --interval <seconds>', 'between two', parseInterval)
    .action(
      async (from: string | undefined, to: string | undefined, options: PingFlags, command: Command) => {
        exitCode = await ping(from, to, options, command.args.slice(2));
      },
    )
    .allowExcessArguments();

  withLab(program.command('watch'))
    .description('pings that go on, each shown from point to point, and where an envelope is put around it')
    .argument('[network]', 'brought up for this, and taken down afterwards, where it is not up')
    .option('--from <node>', 'pings come from here')
    .option('--to <node|address>', 'and go there')
    .option('-i, --interval <seconds>', 'between two pings', parseInterval)
    .addOption(
      new Option('--engine <engine>', 'cap: npm cap, for one point of the way').choices(['ring', 'cap']),
    )
    .option('--user <name|uid[:gid]>', 'become this user once all is open (with sudo: who called it)')
    .action(async (network: string | undefined, { lab, ...options }: WatchOptions & LabFlags) => {
      const { watch, watchNetwork } = await import('./lab/lab-watch.ts');
      if (network === undefined) {
        exitCode = await watch(await labOf({ ...(lab !== undefined && { lab }) }), options);
        return;
      }
      const { loadNetwork } = await import('../../lab/network/network.ts');
      const name = lab ?? loadNetwork(network).name;
      exitCode = await watchNetwork(name, options, () => up(network, { as: name }));
    });

  withLab(program.command('status'))
    .description(
      'a drawing of the lab with what is up, tunnels, processes; exit code 1 where something is missing',
    )
    .addOption(new Option('-T, --format <format>', 'how to print it').choices(['text', 'json']))
    .option('--width <columns>', 'make the drawing for so many columns', parseNumber('--width', 40, 1000))
    .action(async (options: LabFlags & { format?: 'text' | 'json'; width?: number }) => {
      const lab = await labOf(options);
      const { showStatus } = await import('./lab/lab-status.ts');
      exitCode = await showStatus(lab, options.format ?? 'text', options.width);
    });

  withLab(program.command('run'))
    .description('run a command in a node: run h1 -- ip route')
    .argument('<node>', 'h1, rt, h1-ns1, …')
    .argument('<command...>', 'the command and its words')
    .passThroughOptions()
    .action(async (node: string, words: string[], options: LabFlags) => {
      const { nodeWords, runHere } = await import('../../lab/network/run.ts');
      const command = words[0] === '--' ? words.slice(1) : words;
      exitCode = await runHere(nodeWords(await labOf(options), node, command));
    });

  withLab(program.command('mend'))
    .description('repair a network that is broken on purpose, step by step')
    .action(async (options: LabFlags) => {
      await mend(options);
    });

  program
    .command('lesson')
    .description('a guided lesson: a network, questions, packets, things to do; without a name the list')
    .argument('[name]', 'the lesson’s')
    .option('--offline', 'with recorded packets: without root, on any system')
    .option('--language <code>', 'of the texts, where they are translated: en; as LANG says, where not given')
    .option('--as <name>', 'name its lab so')
    .option('--record <folder>', 'for authors: take it by itself, and record what --offline needs')
    .action(async (name: string | undefined, options: LessonOptions) => {
      exitCode = await (await import('./lab/lab-lesson.ts')).lesson(name, options);
    });

  program
    .command('record')
    .description(
      'record the captures of fixtures/ anew, with labs of their own and tcpdump, and those of the lessons',
    )
    .argument('<folder>', 'for the captures')
    .action(async (folder: string) => {
      await record(folder);
      exitCode = await (await import('./lab/lab-lesson.ts')).recordLessons(
        undefined,
        join(folder, 'lessons'),
      );
    });

  program
    .command('down')
    .description('take a lab down: everything that it made, and nothing else')
    .argument('[name]', 'the lab’s; the only one where not given')
    .option('--all', 'all labs')
    .option(
      '--force',
      'also one whose journal is damaged: every namespace whose name begins with its name, and that is of no other lab',
    )
    .action(async (name: string | undefined, options: { all?: boolean; force?: boolean }) => {
      await down(name, options);
    });

  try {
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done;
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    throw new UsageError(`${message}; see tunnelscope lab --help`);
  }
  return exitCode;
}

interface LabFlags {
  lab?: string;
}

interface UpFlags {
  as?: string;
  step?: boolean;
  dryRun?: boolean;
  quiet?: boolean;
}

interface PingFlags extends LabFlags {
  count?: number;
  interval?: number;
}

function withLab(command: Command): Command {
  return command.option('--lab <name>', 'the lab, where several are up');
}

async function labOf({ lab }: LabFlags) {
  const [{ findLab }, { requireRoot }] = await Promise.all([
    import('../../lab/network/labs.ts'),
    import('../../lab/network/machine.ts'),
  ]);
  requireRoot();
  return findLab(lab);
}

async function list(): Promise<void> {
  const { loadNetwork, networkNames } = await import('../../lab/network/network.ts');
  const { journalNames } = await import('../../lab/network/journal.ts');
  const names = networkNames();
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `${name.padEnd(width)}  ${loadNetwork(name).title}`);
  const labs = journalNames();
  if (labs.length > 0) lines.push('', `labs: ${labs.join(', ')}`);
  writeText(lines.map((line) => `${line}\n`).join(''));
}

async function up(nameOrPath: string, { as, quiet, step: isStepped, dryRun }: UpFlags): Promise<void> {
  const { loadNetwork, requireLabName } = await import('../../lab/network/network.ts');
  const network = loadNetwork(nameOrPath);
  const name = requireLabName(as ?? network.name);
  if (dryRun === true) {
    const { networkScript } = await import('../../lab/network/script.ts');
    writeText(networkScript(network, name));
    return;
  }
  const { bringUp } = await import('../../lab/network/up.ts');
  const interruption = new AbortController();
  const stop = () => interruption.abort();
  for (const signal of SIGNALS) process.on(signal, stop);
  const keys = isStepped === true ? openKeys(stop) : undefined;
  try {
    const lab = await bringUp(network, {
      name,
      signal: interruption.signal,
      onStep: async (step, number, count) => {
        if (quiet !== true) writeText(stepText(step, { name, processes: [] }, number, count));
        if (keys === undefined) return;
        const key = await keys.next();
        if (key === 'q' || key === undefined) stop();
      },
      onTakeDown: () => console.error('tunnelscope: taking down what was made'),
    });
    const { journalNames } = await import('../../lab/network/journal.ts');
    writeText(upText(network, lab.name, journalNames().length === 1));
  } finally {
    keys?.close();
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}

async function record(folder: string): Promise<void> {
  const { loadRecordings, record: recordAll } = await import('../../lab/network/record.ts');
  const interruption = new AbortController();
  const stop = () => interruption.abort();
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    await recordAll(loadRecordings(), folder, {
      signal: interruption.signal,
      onFile: (file) => writeText(`${escapeControls(file)}\n`),
    });
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}

async function mend(options: LabFlags): Promise<void> {
  const lab = await labOf(options);
  const { mend } = await import('../../lab/network/mend.ts');
  await mend(lab, {
    onStep: (step, number, count) => writeText(stepText(step, lab, number, count)),
  });
}

async function down(
  name: string | undefined,
  { all, force }: { all?: boolean; force?: boolean },
): Promise<void> {
  const { bringDown } = await import('../../lab/network/down.ts');
  const { journalNames } = await import('../../lab/network/journal.ts');
  const names = journalNames();
  if (all !== true && name === undefined && names.length !== 1) {
    throw new UsageError(
      names.length === 0
        ? 'no lab is up: there is nothing to take down'
        : `several labs are there: ${names.join(', ')}; say which, or --all`,
    );
  }
  for (const one of all === true ? names : [name ?? (names[0] as string)]) {
    const { namespaces, processes, foreign, byInode } = await bringDown(one, { isForced: force === true });
    writeText(`lab ${one} is down: ${namespaces.length} namespaces removed, ${processes} processes ended\n`);
    for (const namespace of foreign) {
      console.error(escapeControls(`tunnelscope: left alone: namespace ${namespace} is not this lab’s`));
    }
    if (byInode) {
      console.error(
        'tunnelscope: namespaces were told apart by inode alone, since there are no cookies here (Linux 5.14)',
      );
    }
  }
}

async function ping(
  from: string | undefined,
  to: string | undefined,
  { lab, count, interval }: PingFlags,
  options: readonly string[],
): Promise<number> {
  const { pingWords, runHere } = await import('../../lab/network/run.ts');
  const found = await labOf({ ...(lab !== undefined && { lab }) });
  const words = pingWords(found, {
    from,
    to,
    count,
    interval,
    ...(options.length > 0 && { options }),
  });
  console.error(`$ ${escapeControls(shellLine(words))}`);
  return runHere(words);
}

const LINE_WIDTH = 100;

/** Its number, why, and the lines that a person would type. */
function stepText(step: Step, lab: Pick<Lab, 'name' | 'processes'>, number: number, count: number): string {
  const width = Math.min(process.stdout.columns ?? LINE_WIDTH, LINE_WIDTH);
  const place = `${String(number).padStart(String(count).length)}/${count}  `;
  const indent = ' '.repeat(place.length);
  const why = wrapAnsi(step.why.trim(), width - place.length).split('\n');
  const lines = why.map((line, i) => (i === 0 ? place : indent) + line);
  for (const line of stepLines(lab.name, step, lab.processes)) lines.push(`${indent}$ ${line}`);
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

function upText(network: Network, lab: string, isOnly: boolean): string {
  const flag = isOnly ? '' : ` --lab ${lab}`;
  const { ping } = network;
  const what = ping.arrives ? 'its ping arrives' : 'its ping does not arrive, on purpose: find out why';
  return `lab ${lab} is up; ${what}: sudo tunnelscope lab ping${flag}\n`;
}

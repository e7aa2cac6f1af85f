/** The command line: flags are tshark's and tcpdump's own where those have one. Nothing else knows argv. */
import { Command, CommanderError, Option } from 'commander';
import type { Engine } from '../capture/live.ts';
import type { Rotation } from '../capture/write/writer.ts';
import type { PingDemands } from '../verdict/ping-demands.ts';
import { UsageError } from './errors.ts';
import {
  collect,
  type InputOptions,
  parseAutostop,
  parseBufferSize,
  parseDecodeAs,
  parseKeptSize,
  parseNames,
  parseNumber,
  parsePair,
  parseRead,
  parseRotation,
  parseShare,
  parseTime,
  parseTunnelDemand,
} from './options.ts';

const ENGINES: readonly Engine[] = ['ring', 'cap'];
const FORMATS = ['line', 'tree', 'fields', 'json', 'tui', 'path'] as const;
export type Format = (typeof FORMATS)[number];

export interface PacketOptions extends InputOptions {
  format?: Format;
  field?: string[];
  fieldOption?: string[];
  tree?: boolean;
  bytes?: boolean;
  /** False leaves fragments as they came. */
  reassembly?: boolean;
  listInterfaces?: boolean;
  /** A file to write packets to, `-` for standard output. */
  write?: string;
  rotation?: Rotation;
  /** Lines even where packets are written. */
  print?: boolean;
  /** The path's, against which a tunnel's cost is told. */
  mtu?: number;
  /** Bytes of packets that the screen keeps. */
  buffer?: number;
}

const VERDICT_FORMATS = ['table', 'json', 'tap', 'github'] as const;

export interface VerifyOptions extends InputOptions {
  /** Files to read: each has a verdict of its own. */
  files?: string[];
  format?: (typeof VERDICT_FORMATS)[number];
  /** Each ping as it happens, a JSON object a line, and the verdict as the last. */
  jsonLines?: boolean;
  /** Also as JUnit XML, in this file. */
  junit?: string;
  /** A file of named checks. */
  spec?: string;
  /** What is expected of the pings by flags; undefined where no flag says anything. */
  demands?: PingDemands;
  noFindings?: 'error' | 'warning';
  timeoutMilliseconds?: number;
}

export interface ExplainOptions extends InputOptions {
  /** The packet's, from 1; the first that passes the filters where not given. */
  number?: number;
  /** Files to write a page and a picture to. */
  html?: string;
  svg?: string;
  /** Columns of the text. */
  width?: number;
  /** The path's, against which a tunnel's cost is told. */
  mtu?: number;
}

export interface PathOptions extends InputOptions {
  format?: 'text' | 'json';
  /** Files to read: one a host, or one that holds several interfaces. */
  files?: string[];
  /** The files' times are of one clock: nothing is estimated. */
  oneClock?: boolean;
  /** Columns; the terminal's where not given. */
  width?: number;
}

export interface SnapshotOptions extends InputOptions {
  /** Names of fields that are left open. */
  mask?: string[];
  /** A file to write to; standard output where not given. */
  output?: string;
  /** A snapshot to hold the capture against. */
  check?: string;
  /** Write that snapshot anew where the capture is another. */
  update?: boolean;
}

const READ = '-r, --read <file>';
const READ_HELP = 'read a capture file (pcap or pcapng, also compressed); - is standard input';

/** 68 is the least that IPv4 allows (RFC 791, section 3.2). */
const MTU = [
  '--mtu <bytes>',
  'the path’s MTU, for what a tunnel costs; else the interface’s where live, or 1500',
  parseNumber('--mtu', 68, 65_535),
] as const;

function withInput(command: Command, read?: Option): Command {
  return withSource(command, read)
    .option('-c, --count <n>', 'stop after N packets', parseNumber('-c', 1))
    .option('-a, --autostop <duration:S>', 'stop a live capture after S seconds', parseAutostop)
    .addOption(new Option('-n, --no-name-resolution', 'accepted; names are never looked up'));
}

function withSource(
  command: Command,
  read: Option = new Option(READ, READ_HELP).argParser(parseRead),
): Command {
  return command
    .option(
      '-i, --interface <name>',
      'capture live on this interface; repeatable, "any" for all, nflog:5 for a group of the packet log',
      collect,
    )
    .addOption(read)
    .option(
      '-d, --decode-as <udp.port==PORT,PROTOCOL>',
      'payloads of a UDP port are tun, raw, eth or vxlan',
      parseDecodeAs,
    )
    .option('-Y, --display-filter <expr>', 'only packets that match, in Wireshark’s words: icmp.type == 8')
    .option('-s, --snaplen <n>', 'live: keep this many bytes of a packet', parseNumber('-s', 0, 262144))
    .option(
      '--user <name|uid[:gid]>',
      'root: become this user once all is open, nobody for one (with sudo: who called it)',
    )
    .option('-B, --buffer-size <MiB>', 'live: the kernel’s buffer, for each interface', parseBufferSize)
    .option('-p, --no-promiscuous', 'live: only what the interface takes by itself')
    .addOption(
      new Option(
        '--engine <engine>',
        'live: how packets are captured; ring is Linux’s own, cap portable',
      ).choices(ENGINES),
    );
}

/** Commander's attribute names turned into ours. */
function inputOptions(options: Record<string, unknown>): InputOptions {
  const { interface: interfaces, read, decodeAs, displayFilter, count, autostop, snaplen, user } = options;
  const { bufferSize, promiscuous, engine } = options;
  return {
    interface: interfaces,
    read,
    decodeAs,
    displayFilter,
    count,
    duration: autostop,
    snaplen,
    user,
    bufferSize,
    promiscuous,
    engine,
  } as InputOptions;
}

/**
 * Runs a command line.
 *
 * @param argv the words after `node script`
 * @param version the package's
 * @returns the exit code
 */
export async function run(argv: readonly string[], version: string): Promise<number> {
  let exitCode = 0;
  const program = new Command('tunnelscope')
    .description('See what is inside your tunnels: outer and inner headers side by side, pings verified.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError();

  withInput(program)
    .argument('[filter...]', 'a capture file, or a filter in libpcap’s language: udp port 9000')
    .addOption(
      new Option('-T, --format <format>', 'how to print packets; a terminal gets tui, a pipe line').choices(
        FORMATS,
      ),
    )
    .option('-e, --field <name>', 'with -T fields: print this field; repeatable', collect)
    .option(
      '-E, --field-option <key=value>',
      'with -T fields: header=y, separator=, occurrence=, aggregator=, quote=',
      collect,
    )
    .option('-V, --tree', 'the same as -T tree: every field')
    .option('-x, --bytes', 'print the bytes too')
    .option('--no-reassembly', 'show fragments as they came, instead of the whole packet at the last of them')
    .option(
      '-w, --write <file>',
      'write packets to a pcapng file (pcap where it ends so; .gz compresses); - is standard output',
    )
    .option(
      '-b, --ring-buffer <filesize:KB|duration:S|packets:N|files:N>',
      'with -w: begin the next file then; files: how many are kept',
      parseRotation,
    )
    .option('-P, --print', 'with -w: print lines too')
    .option(
      '--buffer <size>',
      'the screen: bytes of packets kept of what can’t be read again (512M, 2G; 256M where not given)',
      parseKeptSize,
    )
    .option(...MTU)
    .option('-D, --list-interfaces', 'the same as the command interfaces')
    .action(async (words: string[], options: Record<string, unknown>) => {
      const rotation = options.ringBuffer;
      const given = { ...options, ...inputOptions(options), rotation } as PacketOptions;
      const { format, listInterfaces } = given;
      if (listInterfaces === true) exitCode = await interfacesCommand(format);
      else {
        const { showPackets } = await import('./commands/show/show-packets.ts');
        try {
          exitCode = await showPackets(given, words);
        } catch (error) {
          throw await withCommandHint(
            error,
            words,
            program.commands.map((command) => command.name()),
          );
        }
      }
    });

  const captures = new Option(READ, `${READ_HELP}; repeatable: a verdict for each`).argParser(collect);
  withInput(program.command('verify'), captures)
    .description('were the tunneled pings answered? verdict, table, exit code 0 or 1')
    .argument('[filter...]', 'capture files, or a filter in libpcap’s language')
    .addOption(new Option('-T, --format <format>', 'how to print the verdict').choices(VERDICT_FORMATS))
    .option('--json-lines', 'each ping as it happens, one JSON object a line, and the verdict as the last')
    .option('--junit <file>', 'write the verdict to a file as JUnit XML too; where there is none, why')
    .option(
      '--spec <file>',
      'named checks from a YAML file: pings, layers, fields, counts; - is standard input',
    )
    .option(
      '--expect <tunnel=KIND,vni=N,port=N>',
      'all pings go through such a tunnel, there and back: tunnel=vxlan,vni=42; tunnel=none',
      parseTunnelDemand,
    )
    .option(
      '--outer <src,dst>',
      "that tunnel's ends, as the requests go: addresses or networks",
      parsePair('--outer'),
    )
    .option(
      '--inner <src,dst>',
      'only pings from SRC to DST count: addresses or networks',
      parsePair('--inner'),
    )
    .option('--min-answered <n>', 'at least N requests are answered', parseNumber('--min-answered', 1))
    .option('--max-loss <share>', 'at most so many are not: 0%, 2.5%', parseShare)
    .option('--max-rtt <duration>', 'no answer takes longer: 5ms, 0.5s, 250us', parseTime('--max-rtt'))
    .addOption(
      new Option(
        '--no-findings <severity>',
        'no finding that is an error; with warning, none that is an error or a warning',
      ).choices(['error', 'warning']),
    )
    .option(
      '--timeout <duration>',
      'a reply that takes longer does not count; where not given every one does, and one over 1s is a finding',
      parseTime('--timeout'),
    )
    .action(async (words: string[], _options: unknown, command: Command) => {
      const { read, ...options } = command.optsWithGlobals();
      const { format, jsonLines, junit, spec, expect, outer, inner, minAnswered, maxLoss, maxRtt } = options;
      const demands = { ...expect, outer, inner, minAnswered, maxLoss, maxRtt };
      // Commander's way with a flag that begins with --no-: true where it was not given.
      const noFindings = options.findings === true ? undefined : options.findings;
      const isDemand =
        noFindings !== undefined || Object.values(demands).some((value) => value !== undefined);
      const given = {
        ...inputOptions(options),
        ...{ files: [read ?? []].flat(), format, jsonLines, junit, spec, noFindings },
        demands: isDemand ? demands : undefined,
        timeoutMilliseconds: options.timeout,
      } as VerifyOptions;
      exitCode = await (await import('./commands/verify.ts')).verify(given, words);
    });

  withSource(program.command('explain'))
    .description('one packet, layer by layer, for people who learn')
    .argument('[filter...]', 'a capture file, or a filter in libpcap’s language')
    .option(
      '-n, --number <n>',
      'the packet’s number; the first that passes the filters where not given',
      parseNumber('-n', 1),
    )
    .option('--width <columns>', 'columns of the text', parseNumber('--width', 60, 1000))
    .option('--html <file>', 'write one page that needs nothing else; - is standard output')
    .option('--svg <file>', 'write a picture for slides; - is standard output')
    .option(...MTU)
    .action(async (words: string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals();
      const { number, html, svg, width, mtu } = options;
      const given = { ...inputOptions(options), number, html, svg, width, mtu } as ExplainOptions;
      exitCode = await (await import('./commands/explain.ts')).explain(given, words);
    });

  withInput(program.command('snapshot'))
    .description('every layer and field as text to keep beside a test; --check compares: exit code 0 or 1')
    .argument('[filter...]', 'a capture file, or a filter in libpcap’s language')
    .option(
      '--mask <field[,field…]>',
      'leave these fields open, by filter name; volatile: times, MACs, identifications, checksums, …',
      parseNames,
    )
    .option('-o, --output <file>', 'write it to a file')
    .option('--check <file>', 'compare with a snapshot, by packets and fields')
    .option('-u, --update', 'with --check: write the snapshot anew where it differs')
    .action(async (words: string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals();
      const { mask, output, check, update } = options;
      const given = { ...inputOptions(options), mask, output, check, update } as SnapshotOptions;
      exitCode = await (await import('./commands/snapshot.ts')).snapshot(given, words);
    });

  const files = new Option(READ, `${READ_HELP}; repeatable: one file a host`).argParser(collect);
  withInput(program.command('path'), files)
    .description('where was each ping seen, from point to point, and where last? exit code 0 or 1')
    .argument('[filter...]', 'capture files, or a filter in libpcap’s language')
    .addOption(new Option('-T, --format <format>', 'how to print').choices(['text', 'json']))
    .option('--one-clock', 'several files, recorded by one clock: nothing is estimated')
    .option('--width <columns>', 'make the table for so many columns', parseNumber('--width', 60, 1000))
    .action(async (words: string[], _options: unknown, command: Command) => {
      const { read, format, oneClock, width, ...options } = command.optsWithGlobals();
      const given = {
        ...inputOptions(options),
        files: [read ?? []].flat(),
        format,
        oneClock,
        width,
      } as PathOptions;
      exitCode = await (await import('./commands/path.ts')).path(given, words);
    });

  program
    .command('interfaces')
    .description('what can be captured on, in every network namespace')
    .addOption(new Option('-T, --format <format>', 'how to print them').choices(['table', 'json']))
    .action(async (_options: unknown, command: Command) => {
      exitCode = await interfacesCommand(command.optsWithGlobals().format);
    });

  program
    .command('lab')
    .description('container networks on this machine, in network namespaces: to learn on, to test with')
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => {
      exitCode = await (await import('./commands/lab.ts')).lab(words);
    });

  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const failure = error instanceof CommanderError ? usageError(error) : error;
    if (argv.includes('verify'))
      (await import('./commands/verify/verify-reports.ts')).reportFailure(argv, failure);
    throw failure;
  }
  return exitCode;
}

function usageError({ message }: CommanderError): UsageError {
  return new UsageError(`${message.replace(/^error: /, '').replaceAll('\n', ' ')}; see tunnelscope --help`);
}

/** A mistyped command is a filter to the command line, and libpcap's words for it help nobody. */
async function withCommandHint(
  error: unknown,
  [first = '']: readonly string[],
  commands: readonly string[],
): Promise<unknown> {
  if (!(error instanceof Error) || !error.message.startsWith(`the filter "${first}`)) return error;
  const similar = (await import('../text/similar.ts')).similarTo(first, commands);
  if (similar !== undefined) return new UsageError(`${error.message}; did you mean the command ${similar}?`);
  if (!error.message.startsWith(`the filter "${first}"`)) return error;
  return new UsageError(`${error.message}; commands are ${commands.join(', ')}`);
}

async function interfacesCommand(format: string | undefined): Promise<number> {
  return (await import('./commands/interfaces.ts')).interfaces(format === 'json' ? 'json' : 'table');
}

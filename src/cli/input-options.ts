/** The flags of every command that reads packets: `-r`, `-i`, `-d`, `-Y`, `--user` and their like, and what they come to. */
import { type Command, Option } from 'commander';
import type { Engine } from '../capture/live.ts';
import { KUBE_IMAGE, KUBE_PROFILE } from '../capture/remote/kubectl-defaults.ts';
import { DECODE_AS_NAMES, type DecodeAs } from '../decode/decode-as.ts';
import { bundledPath } from './bundled.ts';
import { UsageError } from './errors.ts';
import { collect, parseNumber } from './flag-values.ts';
import { valueRefusal } from './habits.ts';
import { GROUP } from './help.ts';
import { collectNamedFiles } from './named-files.ts';

/** As commander names them, so that a command can hand on what it gets. */
export interface InputOptions {
  interface?: string[];
  read?: string;
  /** Files that are read beside it, for one list in the order of time. */
  others?: readonly string[];
  decodeAs?: DecodeAs[];
  /** Wireshark's filter language, on decoded packets. */
  displayFilter?: string;
  count?: number;
  /** Milliseconds. */
  autostop?: number;
  snaplen?: number;
  /** Whom to become once everything is open. */
  user?: string;
  /** libpcap's filter language, where it does not stand among the command's words. */
  captureFilter?: string;
  /** Which way packets go, as their interface sees it; default: both. */
  direction?: Direction;
  /** No line that tells how far a file is read. */
  quiet?: boolean;
  /** Nothing on standard error but errors; no flag sets it. */
  silent?: boolean;
  /** Bytes of the kernel's buffer, for each interface. */
  bufferSize?: number;
  /** Milliseconds that packets may wait in it; no flag sets it. */
  bufferTimeout?: number;
  /** False leaves out what is for other machines. */
  promiscuous?: boolean;
  engine?: Engine;
  /** Whose addresses are: found out when a live capture begins. */
  names?: boolean;
  /** Of the pods that are made on nodes to capture in. */
  kubeImage?: string;
  kubeProfile?: string;
  /** Ask the kernel why it drops packets, beside a live capture. */
  why?: boolean;
}

/** Of a command that reads several files. */
export interface SeveralInputOptions extends Omit<InputOptions, 'read' | 'others'> {
  read?: string[];
}

/** Of a command that reads one file: several were given before its name, where a list of packets may have several. */
export function withOneFile<Flags extends InputOptions>(
  flags: Omit<Flags, 'read'> & { readonly read?: string | string[] },
): Flags {
  const { read, ...others } = flags;
  const one = Array.isArray(read)
    ? read.reduce<string | undefined>((previous, file) => parseRead(file, previous), undefined)
    : read;
  return { ...others, ...(one !== undefined && { read: one }) } as unknown as Flags;
}

type Direction = 'in' | 'out' | 'inout';

const DIRECTIONS: readonly Direction[] = ['in', 'out', 'inout'];
const ENGINES: readonly Engine[] = ['ring', 'cap'];

const READ = '-r, --read <file>';
const READ_HELP = 'read a capture file: pcap or pcapng, also compressed; - is standard input';

/** What can be done with several files, where a command reads one. */
export const ONE_FILE =
  'expected one file: tunnelscope without a command, verify and path read several (-r before each)';

/** `-r` of a command that reads several files. @param why there may be several */
export function readSeveral(why: string): Option {
  return new Option(READ, `${READ_HELP}; NAME=FILE names it; repeatable: ${why}`).argParser(
    collectNamedFiles,
  );
}

/** For `command.option(...USER)`. */
export const USER = [
  '-Z, --user <user>',
  'as root: become this user, name or uid[:gid], once everything is open (default: the user who called sudo)',
] as const;

/** For `command.option(...WHY)`. */
export const WHY = [
  '--why',
  'live: say why the kernel dropped a lost ping, and which counters rose (root)',
] as const;

/** For `command.option(...HOST_ROOT)`; program.ts looks at it. */
export const HOST_ROOT = [
  '--host-root <folder>',
  'inside of a container: where the host’s / is mounted, to know other containers by name',
] as const;

/** For `command.option(...MTU)`. 68 is the least that IPv4 allows (RFC 791, section 3.2). */
export const MTU = [
  '--mtu <bytes>',
  'the path’s MTU, to show what a tunnel costs (default: the interface’s when live, else 1500)',
  parseNumber('--mtu', 68, 65_535),
] as const;

/**
 * Adds the flags of a command that reads packets to the end, or up to `-c` and `-a`.
 *
 * @param read its `-r`; default: one file
 */
export function withInput(command: Command, read?: Option): Command {
  withSource(command, read)
    .optionsGroup(GROUP.choose)
    .option('-c, --count <n>', 'stop after N packets', parseNumber('-c', 1));
  return withAutostop(command)
    .optionsGroup(GROUP.other)
    .option('-n, --no-name-resolution', 'accepted; names are never looked up');
}

/** Adds `-a`, which ends what is live. */
export function withAutostop(command: Command): Command {
  return command
    .option(
      '-a, --autostop <limit>',
      'stop a live capture: duration:SECONDS; packets:N: the same as -c N',
      parseAutostop,
    )
    .on('option:autostop', (text: string) => {
      const [, packets] = PACKETS_LIMIT.exec(text) ?? [];
      if (packets === undefined) return;
      command.setOptionValue('count', parseNumber('-a packets:', 1)(packets));
      // commander makes an empty text of what a parser leaves undefined.
      if (command.getOptionValue('autostop') === '') command.setOptionValue('autostop', undefined);
    });
}

/** Adds the flags that say where packets come from, and which. */
export function withSource(
  command: Command,
  read: Option = new Option(READ, READ_HELP).argParser(parseRead),
): Command {
  return command
    .optionsGroup(GROUP.capture)
    .option(
      '-i, --interface <name>',
      'capture live; repeatable; any: all interfaces; NETNS:NAME: in another network namespace; pod:NAMESPACE/NAME[:NAME], container:NAME[:NAME]; nflog:5: a group of the packet log; elsewhere: ssh://[USER@]HOST/NAME, kube://node/NODE/NAME, kube://NAMESPACE/pod/POD/NAME, cmd:NAME=COMMAND',
      collect,
    )
    .addOption(
      new Option('-Q, --direction <direction>', 'only packets in this direction').choices(DIRECTIONS),
    )
    .option(
      '-s, --snaplen <bytes>',
      'capture at most this many bytes of each packet',
      parseNumber('-s', 0, 262144),
    )
    .option('-p, --no-promiscuous', 'live: do not use promiscuous mode')
    .option('-B, --buffer-size <MiB>', 'the size of the kernel’s buffer for each interface', parseBufferSize)
    .addOption(
      new Option('--engine <engine>', 'how to capture: ring (Linux’s own) or cap (portable)').choices(
        ENGINES,
      ),
    )
    .option(
      '--names',
      'live: show whose addresses are, pods and containers of this host; -w keeps it for Wireshark',
    )
    .option(...HOST_ROOT)
    .option(
      '--kube-image <image>',
      `for kube://node/…: the image of the pod to capture in (default: ${KUBE_IMAGE})`,
    )
    .option(
      '--kube-profile <profile>',
      `its profile, as kubectl debug has it; '' leaves it out (default: ${KUBE_PROFILE})`,
    )
    .option(...USER)
    .optionsGroup(GROUP.read)
    .addOption(read)
    .option(
      '-d, --decode-as <rule>',
      `decode a UDP port’s payload as a kind, as in udp.port==9000,tun: ${DECODE_AS_NAMES.join(', ')} (N bytes in front)`,
      parseDecodeAs,
    )
    .optionsGroup(GROUP.choose)
    .option('-f, --capture-filter <expr>', 'the same as the filter arguments')
    .option('-Y, --display-filter <expr>', 'only packets that match, in Wireshark’s language: icmp.type == 8')
    .optionsGroup(GROUP.other)
    .option('-q, --quiet', 'print no progress line');
}

/** `-r` of commands that read one file. */
function parseRead(file: string, previous: string | undefined): string {
  if (previous !== undefined) {
    throw new UsageError(`-r was given more than once (${previous}, ${file}); ${ONE_FILE}`);
  }
  return bundledPath(file);
}

/** `udp.port==9000,tun`, as tshark writes it. */
function parseDecodeAs(text: string, previous: DecodeAs[] = []): DecodeAs[] {
  const match = /^udp\.port==(\d+),([a-z0-9:-]+)$/.exec(text);
  if (match === null || Number(match[1]) > 65535) {
    throw new UsageError(
      `-d "${text}" is not understood; expected udp.port==PORT,KIND, as in udp.port==9000,tun, where KIND is one of ${DECODE_AS_NAMES.join(', ')}`,
    );
  }
  return [...previous, { table: 'udp.port', value: Number(match[1]), name: match[2] as string }];
}

/** `-B 64`: MiB, as tshark has it, in bytes. */
function parseBufferSize(text: string): number {
  return parseNumber('-B', 1, 2047)(text) * 2 ** 20;
}

const PACKETS_LIMIT = /^packets:(.*)$/;

/** `duration:10` in milliseconds; what another `-a` said, if any, where it is packets that are counted. */
function parseAutostop(text: string, previous: number | undefined): number | undefined {
  if (PACKETS_LIMIT.test(text)) return previous;
  const match = /^duration:(\d+(?:\.\d+)?)$/.exec(text);
  const milliseconds = match === null ? Number.NaN : Number(match[1]) * 1000;
  // A timer's limit: about 24.8 days.
  if (!(milliseconds > 0 && milliseconds < 2 ** 31)) {
    throw new UsageError(
      valueRefusal('-a', text) ??
        `-a "${text}" is not understood; expected duration:SECONDS or packets:N, as in duration:10`,
    );
  }
  return milliseconds;
}

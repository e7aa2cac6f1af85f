/**
 * Flags that fingers know from tshark, tcpdump and termshark, and what each comes to here. docs/coming-from.md is made from this table
 * (npm run docs:coming-from).
 */
export interface Habit {
  /** As it is typed there: `-z`. */
  readonly flag: string;
  /** What its value begins with, where values differ: `io,stat`. */
  readonly value?: string;
  /** Whose flag it is, and what it does there. */
  readonly there: string;
  /**
   * `taken`: a flag of ours does it; `ignored`: taken without effect, as this is so in any case; `instead`: refused with one line that
   * says what to use.
   */
  readonly way: 'taken' | 'ignored' | 'instead';
  /** What it does here, or what to use. */
  readonly here: string;
}

const BOTH = 'tshark, tcpdump';

export const HABITS: readonly Habit[] = [
  {
    flag: '-i',
    there: `${BOTH}: interface`,
    way: 'taken',
    here: 'the same; repeatable; NETNS:NAME is an interface in another network namespace, ssh://HOST/NAME one on another host',
  },
  {
    flag: '-r',
    there: `${BOTH}: read a file`,
    way: 'taken',
    here: 'the same; or give the file as the first argument; several files are one list in the order of time',
  },
  {
    flag: '-w',
    there: `${BOTH}: write a file`,
    way: 'taken',
    here: 'the same; -Y selects what is written, live too',
  },
  {
    flag: '-f',
    there: 'tshark: capture filter',
    way: 'taken',
    here: 'the same, also on files; or as the last arguments, as with tcpdump',
  },
  { flag: '-Y', there: 'tshark: display filter', way: 'taken', here: 'the same' },
  { flag: '-R', there: 'tshark: read filter', way: 'instead', here: 'use -Y FILTER' },
  {
    flag: '-d',
    there: 'tshark: decode as',
    way: 'taken',
    here: 'the same, for UDP ports: -d udp.port==9000,tun',
  },
  { flag: '-c', there: `${BOTH}: stop after N packets`, way: 'taken', here: 'the same' },
  {
    flag: '-a',
    there: 'tshark: stop after',
    way: 'taken',
    here: 'duration:SECONDS, live and in pipes; packets:N, the same as -c N',
  },
  {
    flag: '-a',
    value: 'filesize:',
    there: 'tshark: stop after so many kB',
    way: 'instead',
    here: 'use -b filesize:KB with -b files:N, which keeps the last N files of that size; or -c N',
  },
  {
    flag: '-a',
    value: 'files:',
    there: 'tshark: stop after so many files',
    way: 'instead',
    here: 'use -b files:N, which keeps the last N; or -a duration:SECONDS',
  },
  {
    flag: '-b',
    there: 'tshark: ring buffer',
    way: 'taken',
    here: 'filesize:KB, duration:SECONDS, packets:N, files:N',
  },
  {
    flag: '-C',
    there: 'tcpdump: start the next file after millions of bytes',
    way: 'taken',
    here: 'the same, as -b filesize:KB; files are named as dumpcap names them',
  },
  {
    flag: '-G',
    there: 'tcpdump: start the next file after seconds',
    way: 'taken',
    here: 'the same, as -b duration:SECONDS',
  },
  {
    flag: '-W',
    there: 'tcpdump: how many files',
    way: 'taken',
    here: 'with -C: keep the last N files, as -b files:N; with -G alone: use -a duration:SECONDS',
  },
  { flag: '-F', there: 'tshark: file format', way: 'taken', here: 'pcap or pcapng; or by the file’s name' },
  { flag: '-s', there: `${BOTH}: snapshot length`, way: 'taken', here: 'the same, live' },
  { flag: '-B', there: `${BOTH}: kernel buffer`, way: 'taken', here: 'in MiB, as with tshark' },
  { flag: '-p', there: `${BOTH}: no promiscuous mode`, way: 'taken', here: 'the same' },
  { flag: '-Q', there: 'tcpdump: direction', way: 'taken', here: 'in, out or inout; live' },
  {
    flag: '-D',
    there: `${BOTH}: list interfaces`,
    way: 'taken',
    here: 'the same; in every network namespace',
  },
  {
    flag: '-T',
    there: 'tshark: output format',
    way: 'taken',
    here: 'text (the same as line), tree, fields, json (one line per packet, as -T ek)',
  },
  {
    flag: '-T',
    value: 'ek',
    there: 'tshark: JSON for Elasticsearch, a line per packet',
    way: 'instead',
    here: 'use -T json, which prints a line per packet; its layers are an array',
  },
  {
    flag: '-T',
    value: 'jsonraw',
    there: 'tshark: JSON with bytes in hex',
    way: 'instead',
    here: 'use -T json; or -T tree -x, which prints bytes',
  },
  {
    flag: '-T',
    value: 'pdml',
    there: 'tshark: packet details in XML',
    way: 'instead',
    here: 'use -T json',
  },
  {
    flag: '-T',
    value: 'psml',
    there: 'tshark: packet lines in XML',
    way: 'instead',
    here: 'use -T fields -e FIELD, or -T json',
  },
  {
    flag: '-T',
    value: 'tabs',
    there: 'tshark: packet lines with tabs between columns',
    way: 'instead',
    here: 'use -T fields -e FIELD, which has tabs between fields',
  },
  {
    flag: '-e',
    there: 'tshark: print a field',
    way: 'taken',
    here: 'the same; implies -T fields (tcpdump’s -e: use -V, which prints link-layer headers)',
  },
  { flag: '-E', there: 'tshark: how to print fields', way: 'taken', here: 'the same' },
  { flag: '-V', there: 'tshark: packet details', way: 'taken', here: 'the same' },
  {
    flag: '-v',
    there: 'tcpdump: more detail; tshark: version',
    way: 'taken',
    here: 'every field, as -V; alone: the version',
  },
  {
    flag: '-x',
    there: `${BOTH}: print bytes`,
    way: 'taken',
    here: 'in hex and ASCII, link-layer header included',
  },
  { flag: '-X', there: 'tcpdump: print bytes in hex and ASCII', way: 'taken', here: 'as -x' },
  {
    flag: '-A',
    there: 'tcpdump: print bytes in ASCII',
    way: 'taken',
    here: 'as -x, which prints ASCII next to hex',
  },
  {
    flag: '-t',
    there: `${BOTH}: time format`,
    way: 'taken',
    here: 'tshark’s a, ad, d, dd, e, r, u, ud; tcpdump’s -tt, -ttt, -tttt, -ttttt',
  },
  { flag: '-P', there: 'tshark: print while writing', way: 'taken', here: 'the same; also --print' },
  { flag: '-Z', there: 'tcpdump: give up root', way: 'taken', here: 'the same, as --user' },
  {
    flag: '-n',
    there: `${BOTH}: no name resolution`,
    way: 'ignored',
    here: 'names are never looked up; -nn too',
  },
  { flag: '-l', there: `${BOTH}: flush every line`, way: 'ignored', here: 'always on, live and from pipes' },
  {
    flag: '-U',
    there: 'tcpdump: flush every packet',
    way: 'ignored',
    here: 'always on, live and from pipes',
  },
  {
    flag: '-S',
    there: 'tcpdump: absolute TCP sequence numbers',
    way: 'ignored',
    here: 'lines always show them',
  },
  {
    flag: '-2',
    there: 'tshark: read twice',
    way: 'ignored',
    here: 'files are read twice if a field needs it',
  },
  { flag: '-q', there: `${BOTH}: print less`, way: 'ignored', here: 'no progress line; also --quiet' },
  {
    flag: '--immediate-mode',
    there: 'tcpdump: don’t wait for a full buffer',
    way: 'ignored',
    here: 'always on when packets are shown live',
  },
  {
    flag: '-#',
    there: 'tcpdump: print packet numbers',
    way: 'ignored',
    here: 'lines always show them',
  },
  {
    flag: '--color',
    there: 'tshark: colour lines',
    way: 'instead',
    here: 'use the screen, which is coloured',
  },
  {
    flag: '-u',
    there: 'tshark: format of seconds; tcpdump: NFS handles',
    way: 'instead',
    here: 'use -t for other formats of times',
  },
  {
    flag: '-H',
    there: 'tshark: read a hosts file; tcpdump: detect mesh headers',
    way: 'instead',
    here: 'names are never looked up: leave it out',
  },
  {
    flag: '-g',
    there: 'tshark: files that the group may read',
    way: 'instead',
    here: 'use umask 027 before it',
  },
  {
    flag: '-N',
    there: `${BOTH}: which names to look up`,
    way: 'instead',
    here: 'names are never looked up: leave it out',
  },
  {
    flag: '-o',
    there: 'tshark: set a preference',
    way: 'instead',
    here: 'there are none: checksums are always verified, and -d says what a port carries',
  },
  {
    flag: '-O',
    there: 'tshark: details of these protocols; tcpdump: don’t optimise the filter',
    way: 'instead',
    here: 'use -V for every protocol, or -T fields -e FIELD',
  },
  {
    flag: '-K',
    there: 'tshark: Kerberos keys; tcpdump: don’t verify checksums',
    way: 'instead',
    here: 'nothing is decrypted, and checksums left to the network card are not reported as bad: leave it out',
  },
  {
    flag: '-y',
    there: `${BOTH}: link type`,
    way: 'instead',
    here: 'the link type is detected: leave it out',
  },
  {
    flag: '-L',
    there: `${BOTH}: list link types`,
    way: 'instead',
    here: 'each interface has one, which -T json prints with every packet',
  },
  {
    flag: '-I',
    there: `${BOTH}: monitor mode`,
    way: 'instead',
    here: 'put the interface into monitor mode with iw instead',
  },
  {
    flag: '-j',
    there: 'tshark: protocols in JSON; tcpdump: time stamp type',
    way: 'instead',
    here: 'use -T fields -e FIELD, or jq; times are the kernel’s',
  },
  {
    flag: '-J',
    there: 'tshark: protocols in JSON; tcpdump: list time stamp types',
    way: 'instead',
    here: 'use -T fields -e FIELD, or jq; times are the kernel’s',
  },
  {
    flag: '-z',
    value: 'icmp,srt',
    there: 'tshark: response times of pings',
    way: 'instead',
    here: 'use tunnelscope verify, which measures them inside tunnels too',
  },
  {
    flag: '-z',
    value: 'icmpv6,srt',
    there: 'tshark: response times of pings',
    way: 'instead',
    here: 'use tunnelscope verify, which measures them inside tunnels too',
  },
  {
    flag: '-z',
    value: 'expert',
    there: 'tshark: expert information',
    way: 'instead',
    here: 'use tunnelscope verify, which lists findings; on the screen, e goes to the next problem',
  },
  {
    flag: '-z',
    value: 'conv',
    there: 'tshark: conversations',
    way: 'instead',
    here: 'use the screen: key 4',
  },
  {
    flag: '-z',
    value: 'endpoints',
    there: 'tshark: endpoints',
    way: 'instead',
    here: 'use the screen: key 4 lists them in pairs',
  },
  {
    flag: '-z',
    value: 'io,phs',
    there: 'tshark: protocol hierarchy',
    way: 'instead',
    here: 'use the screen: key 3',
  },
  {
    flag: '-z',
    value: 'io,stat',
    there: 'tshark: packets by interval',
    way: 'instead',
    here: 'use tshark for it; -T fields -e frame.time_epoch prints the times',
  },
  {
    flag: '-z',
    there: 'tshark: statistics; tcpdump: run a command on each file',
    way: 'instead',
    here: 'use tshark for other statistics; -w FILE.pcapng.gz compresses',
  },
];

/** `-R is not taken (tshark: read filter); use -Y FILTER`. */
export function refusal({ flag, value, there, here }: Habit): string {
  return `${flag}${value === undefined ? '' : ` ${value}`} is not supported (${there}); ${here}`;
}

/** What is said to a value that a flag of ours has not, and tshark's has; undefined where nobody knows it. */
export function valueRefusal(flag: string, value: string): string | undefined {
  const habit = HABITS.find(
    (one) => one.flag === flag && one.value !== undefined && value.startsWith(one.value),
  );
  return habit && refusal(habit);
}

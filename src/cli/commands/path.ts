/** `tunnelscope path`: each ping from point to point, and where it was seen last. */
import { type Command, Option } from 'commander';
import { FOLLOWED, type Followed } from '../../path/followed.ts';
import { collectWords } from '../bundled.ts';
import type { Done } from '../command-line.ts';
import { UsageError } from '../errors.ts';
import { parseNumber } from '../flag-values.ts';
import { GROUP, withExamples } from '../help.ts';
import { readSeveral, type SeveralInputOptions, WHY, withInput } from '../input-options.ts';
import type { PathOptions } from './path/follow-paths.ts';
import { PICTURE_FORMATS, parsePings } from './path/path-pictures.ts';
import { parseTime } from './verify/demand-flags.ts';

type PathFlags = SeveralInputOptions &
  Pick<PathOptions, 'format' | 'oneClock' | 'of' | 'wait' | 'width' | 'svg' | 'html' | 'topology' | 'pings'>;

export function addPath(program: Command, done: Done): void {
  const command = program.command('path');
  withExamples(command, [
    ['tunnelscope path host1.pcap host2.pcap', 'captures from two hosts'],
    ['tunnelscope path capture.pcapng', 'one capture of several interfaces'],
    ['sudo tunnelscope path -i any -c 1000', 'live, up to 1000 packets'],
    ['sudo tunnelscope path -i eth0 -i ssh://node1/eth0', 'live, here and on another host'],
    ['sudo tunnelscope path -i h1:eth0 -i h2:eth0 --why', 'and why the kernel dropped a lost ping'],
    ['tunnelscope path host1.pcap host2.pcap --of icmp,tcp,dns', 'connections and queries too'],
    ['tunnelscope path host1.pcap host2.pcap -T json', 'for a script'],
  ]);
  withInput(command, readSeveral('one file per host'))
    .summary('show where each ping was seen, and where last')
    .description(
      'Follows each ping from point to point: where it was seen, what changed on the way, and where it was seen last; with --of, TCP handshakes and DNS queries too. Exit code: 0 if every one was answered, 1 if not.',
    )
    .argument('[filter...]', 'capture files, then a capture filter in libpcap’s language', collectWords)
    .optionsGroup(GROUP.read)
    .option('--of <what>', 'what is followed: icmp, tcp, dns, or several (default: icmp)', parseFollowed)
    .option('--one-clock', 'the files were recorded by one clock: don’t estimate differences')
    .optionsGroup(GROUP.capture)
    .option(
      '--wait <duration>',
      'live: how long a ping may take to come from every point before its line is printed: 500ms, 5s (default: 2s)',
      parseTime('--wait'),
    )
    .option(...WHY)
    .optionsGroup(GROUP.print)
    .addOption(
      new Option('-T, --format <format>', '(default: text)').choices(['text', 'json', ...PICTURE_FORMATS]),
    )
    .option('--pings <which>', 'in pictures: lost (and one good), all, 3, or 3-7 (default: lost)', parsePings)
    .option('--width <columns>', 'width of the table', parseNumber('--width', 60, 1000))
    .optionsGroup(GROUP.write)
    .option('--svg <file>', 'write the way of the pings as a picture; - is standard output')
    .option('--html <file>', 'write it as a self-contained web page; - is standard output')
    .option('--topology <file>', 'draw devices and tunnels with the way of a ping: live, this machine’s')
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { read = [], ...options } = command.optsWithGlobals<PathFlags>();
      const { path } = await import('./path/follow-paths.ts');
      done(await path({ ...options, files: read }, words));
    });
}

function parseFollowed(value: string): Followed[] {
  const names = value.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !FOLLOWED.some((known) => known === name));
  if (unknown === undefined) return FOLLOWED.filter((known) => names.includes(known));
  throw new UsageError(
    `--of "${value}": ${unknown === '' ? 'a name is missing' : `${unknown} is not followed`}; expected ${FOLLOWED.join(', ')}, or several with commas`,
  );
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageDescription from '../../package.json' with { type: 'json' };
import { COMMAND, tunnelscope } from '../support/command.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-usage-'));
  writeFileSync(join(folder, 'text.pcap'), 'this is no capture');
  writeFileSync(join(folder, 'empty.pcap'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a request that can’t be carried out ends with 2 and one line that says what was received and what to do', () => {
  it.each<[args: string[], received: RegExp, expected: RegExp]>([
    [['--frobnicate'], /^tunnelscope: unknown option "--frobnicate"; see tunnelscope --help$/m, /--help/],
    [['verify', '--frobnicate'], /"--frobnicate"/, /see tunnelscope verify --help$/m],
    [['lab', 'status', '--frobnicate'], /"--frobnicate"/, /see tunnelscope lab status --help$/m],
    [['verify', '--qiet'], /unknown option "--qiet"/, /did you mean --quiet\?$/m],
    [['lab', 'upp'], /unknown command "upp"/, /did you mean up\?$/m],
    [['lab', 'frobnicate'], /unknown command "frobnicate"/, /see tunnelscope lab --help$/m],
    [['verify', '-c'], /-c needs a value: -c <n>/, /see tunnelscope verify --help$/m],
    [['completion'], /the shell is missing/, /see tunnelscope completion --help$/m],
    [['completion', 'csh'], /shell "csh" is not understood/, /expected one of bash, zsh, fish$/m],
    [
      ['interfaces', 'lo'],
      /too many arguments: received 1/,
      /expected 0; see tunnelscope interfaces --help$/m,
    ],
    [['-i', 'lo', '--engine', 'x'], /--engine "x" is not understood/, /expected one of ring, cap$/m],
    [['watch'], /watch needs a capture, and none was given/, /-r FILE.*-i NAME/],
    [
      ['watch', '-i', 'lo', '--metrics', 'localhost:9790'],
      /--metrics "localhost:9790"/,
      /expected :PORT, ADDRESS:PORT/,
    ],
    [['watch', '-i', 'lo', '--metrics', ':65536'], /--metrics ":65536"/, /expected :PORT, ADDRESS:PORT/],
    [['watch', '-i', 'lo', '--metrics', '[127.0.0.1]:1'], /--metrics "\[127\.0\.0\.1\]:1"/, /\[IPV6\]:PORT/],
    [['watch', '-r', 'fixtures/socat.pcap', '--interval', '0s'], /--interval "0s"/, /a duration above 0/],
    [
      ['watch', '-r', 'fixtures/socat.pcap', '--timeout', '61s'],
      /--timeout is 61 s, and --interval 60 s/,
      /expected a timeout that is no longer/,
    ],
    [['-r', 'no-such.pcap'], /no-such\.pcap/, /no such file/],
    [['no-such.pcap'], /no-such\.pcap/, /no such file/],
    [['-r', '{folder}/text.pcap'], /text\.pcap/, /not a capture|expected/],
    [['-r', '{folder}/empty.pcap'], /empty\.pcap/, /empty|expected/],
    [['-r', 'src'], /src/, /directory/],
    [['-r', 'fixtures/socat.pcap', '-i', 'lo'], /-r .*-i/, /one of them/],
    [['-r', 'fixtures/socat.pcap', '-d', 'udp.port=9000'], /udp\.port=9000/, /udp\.port==PORT,KIND/],
    [['-r', 'fixtures/socat.pcap', '-d', 'udp.port==70000,tun'], /70000/, /udp\.port==PORT,KIND/],
    [['-r', 'fixtures/socat.pcap', '-d', 'udp.port==9000,quic'], /quic/, /raw.*tun.*vxlan/],
    [['-r', 'fixtures/socat.pcap', '-c', 'x'], /-c "x"/, /whole number/],
    [['-r', 'fixtures/socat.pcap', '-c', '0'], /-c "0"/, /at least 1/],
    [['-r', 'fixtures/socat.pcap', '-T', 'xml'], /xml/, /line, tree, fields, json/],
    [['-r', 'fixtures/socat.pcap', '-T', 'tui'], /-T tui/, /terminal/],
    [['-r', 'fixtures/socat.pcap', '-V', '-T', 'json'], /-V.*json/, /one of them/],
    [['-r', 'fixtures/socat.pcap', '-T', 'json', '-x'], /-x/, /line or -T tree/],
    [['-r', 'fixtures/socat.pcap', '-T', 'json', '-e', 'ip.src'], /-e/, /-T fields/],
    [['-r', 'fixtures/socat.pcap', '-T', 'fields'], /-T fields/, /-e/],
    [['-r', 'fixtures/socat.pcap', '-T', 'fields', '-e', 'ip.tll'], /ip\.tll/, /ip\.ttl/],
    [['-r', 'fixtures/socat.pcap', '-a', 'duration:5'], /-a/, /live/],
    [['-i', 'lo', '-a', 'forever'], /forever/, /duration:SECONDS/],
    [['-r', 'fixtures/socat.pcap', 'udp', 'prot', '9000'], /prot/, /filter|syntax|expression/],
    [
      ['explain', '-r', 'a.pcap', '-r', 'b.pcap'],
      /-r was given more than once \(a\.pcap, b\.pcap\)/,
      /expected one file/,
    ],
    [['-r', 'fixtures/socat.pcap', '-s', '60'], /-s limits .*live/, /editcap -s/],
    [['-r', 'fixtures/socat.pcap', '-B', '4'], /-B is for live capture/, /with -i/],
    [['-i', 'lo', '-B', '4096'], /-B "4096"/, /from 1 to 2047/],
    ...[['explain'], ['snapshot']].flatMap((command) =>
      [
        ['-r', 'fixtures/socat.pcap', 'fixtures/ipip.pcap'],
        ['fixtures/socat.pcap', 'fixtures/ipip.pcap'],
        ['fixtures/socat.pcap', 'udp', 'fixtures/ipip.pcap'],
        ['fixtures/socat.pcap', 'no-such/ipip.pcap'],
      ].map((files): [string[], RegExp, RegExp] => [
        [...command, ...files],
        /ipip\.pcap is another file/,
        /expected one file: tunnelscope without a command, verify and path read several \(-r before each\)/,
      ]),
    ),
    [['icmp', 'fixtures/ipip.pcap'], /ipip\.pcap is a file/, /use -r fixtures\/ipip\.pcap/],
    [['verify', 'icmp', 'fixtures/ipip.pcap'], /ipip\.pcap is a file/, /use -r fixtures/],
    [['-i', 'lo', 'fixtures/ipip.pcap'], /ipip\.pcap is a file/, /-i captures live; expected one of them/],
    [['fixtures/socat.pcap', 'udp', 'fixtures/ipip.pcap'], /ipip\.pcap is another file/, /expected one file/],
    [['-r', 'fixtures/socat.pcap', '-w', ''], /-w "" is not a file name/, /expected a path/],
    [['-r', 'fixtures/socat.pcap', '-w', 'x.pcap.zst'], /-w x\.pcap\.zst/, /\.pcapng\.gz/],
    [['-i', 'lo', '-i', 'lo'], /-i lo was given twice/, /each interface once/],
    [['-i', 'lo', '--buffer', '64'], /--buffer "64"/, /a size from 2M to .* such as 512M or 2G/],
    [['-i', 'lo', '--buffer', '1M'], /--buffer "1M"/, /from 2M/],
    [['-i', 'lo', '--buffer', '9000000G'], /--buffer "9000000G"/, /all memory/],
    [['-r', 'fixtures/socat.pcap', '--buffer', '64M'], /--buffer is for the screen/, /-T tui/],
    [['-i', ''], /-i "" is not an interface/, /tunnelscope interfaces/],
    [['-r', ''], /-r "" is not a file name/, /expected a path/],
    ...['verify', 'path', 'explain', 'snapshot'].flatMap((command): [string[], RegExp, RegExp][] => [
      [
        [command],
        new RegExp(`^tunnelscope: ${command} needs a capture, and none was given`),
        /-r FILE.*-i NAME/,
      ],
      [[command, ''], /none was given/, /-r FILE.*-i NAME/],
      [[command, '-r', ''], /-r "" is not a file name/, /expected a path/],
      [[command, '-Y', 'icmp', '-d', 'udp.port==9000,tun'], /none was given/, /-r FILE.*-i NAME/],
      [[command, 'udp', 'port', '9000'], /only the filter "udp port 9000" was given/, /-r FILE.*-i NAME/],
    ]),
    [['-T', 'path'], /path needs a capture, and none was given/, /-r FILE.*-i NAME/],
    [
      ['probe', '192.0.2.1', '192.0.2.2'],
      /nothing can be sent from 192\.0\.2\.1/,
      /expected a network namespace/,
    ],
    [['probe', 'no-such', '192.0.2.2'], /no such network namespace: no-such/, /list them with/],
    [['probe', 'a', 'b', '--dns', '$(id)'], /--dns "\$\(id\)" is not a name/, /expected letters/],
    [['probe', 'a', 'b', '--tcp', '0'], /--tcp "0"/, /from 1 to 65535/],
    [['-r', 'fixtures/socat.pcap', '--names'], /--names is for live capture/, /with -i/],
    [
      ['interfaces', '--host-root', '/no/such'],
      /--host-root \/no\/such: no such folder/,
      /where the host’s \/ is mounted/,
    ],
    [['verify', '-r', 'no-such.pcap'], /no-such\.pcap/, /no such file/],
    [
      ['verify', '-r', 'fixtures/socat.pcap', '-T', 'xml'],
      /-T "xml" is not understood/,
      /one of table, json/,
    ],
  ])('%j', (args, received, expected) => {
    const { status, stdout, stderr } = tunnelscope(args.map((word) => word.replace('{folder}', folder)));
    expect(stderr).toMatch(received);
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

it('a name can’t send control characters to the terminal', () => {
  const { stderr, status } = tunnelscope(['-r', 'no\u001b]0;title\u0007such.pcap']);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(stderr).toContain('such.pcap');
  expect(status).toBe(2);
});

it.each([
  [['explian', '-n', '2'], 'did you mean the command explain?'],
  [['verfy', 'icmp'], 'did you mean the command verify?'],
  [['interface'], 'did you mean the command interfaces?'],
  [['something'], 'commands are verify, explain,'],
])('%j is no filter, and says which command was meant', (args, hint) => {
  const { status, stderr } = tunnelscope(['-r', 'fixtures/socat.pcap', ...args]);
  expect(stderr).toContain(
    `"${args.filter((word) => word !== '-n').join(' ')}" is not a valid capture filter`,
  );
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toContain(hint);
  expect(status).toBe(2);
});

it.each([
  [['--version'], packageDescription.version],
  [['--help'], 'Usage: tunnelscope [options] [command] [filter...]'],
  [['verify', '--help'], 'Usage: tunnelscope verify [options] [filter...]'],
])('%j prints and ends with 0', (args, text) => {
  const { status, stdout, stderr } = tunnelscope(args);
  expect(stdout).toContain(text);
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

it.each([
  ['-r - </tmp', /standard input is a directory; expected a capture file/],
  ['-r fixtures/socat.pcap >/dev/full', /standard output: writing failed: no space left there/],
  ['verify -r fixtures/socat.pcap >/dev/full', /standard output: writing failed: no space left there/],
  ['-r fixtures/socat.pcap -w - >/dev/full', /standard output: writing failed: no space left there/],
])('%s', (words, message) => {
  const run = spawnSync('bash', ['-c', `"$0" "$1" ${words}`, process.execPath, COMMAND], {
    encoding: 'utf8',
  });
  expect(run.stderr).toMatch(message);
  expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(run.status).toBe(2);
});

/** Display filters beside tshark's, over every fixture: the same packets pass, and what one does not understand, neither does the other. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileDisplayFilter, type DisplayFilter } from '../../src/display-filter/display-filter.ts';
import { ByteWriter } from '../../src/output/byte-writer.ts';
import { frameFields } from '../../src/output/frame-fields.ts';
import type { PacketRecord } from '../../src/output/printer.ts';
import { generatedCaptures, labCaptures } from '../support/captures.ts';
import { visitPackets } from '../support/filtering.ts';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

/** tshark told to read each packet by itself, to verify checksums, and what is inside socat's tunnels. */
const TSHARK = [
  ...[
    'ip.defragment:FALSE',
    'ipv6.defragment:FALSE',
    'ip.check_checksum:TRUE',
    'udp.check_checksum:TRUE',
    'tcp.check_checksum:TRUE',
    'tcp.relative_sequence_numbers:FALSE',
  ].flatMap((preference) => ['-o', preference]),
  ...['-X', 'lua_script:test/support/tunnels.lua', '-d', 'udp.port==8472,vxlan'],
];

/** By what they are about; all are asked in one run of tshark. */
const EXPRESSIONS: Readonly<Record<string, readonly string[]>> = {
  presence: [
    ...['ip', 'eth', 'udp', 'tcp', 'icmp', 'icmpv6', 'ipv6', 'arp', 'vlan', 'vxlan', 'sll', 'null', 'llc'],
    ...[
      'ip.src',
      'tcp.flags.syn',
      'ip.flags.df',
      'icmp.seq',
      'icmp.mtu',
      'vxlan.vni',
      'vlan.id',
      'ipv6.flow',
    ],
    ...['frame', 'frame.number', 'not ip', '!udp', 'not not udp', '! ! udp', 'ip[0]', 'frame[9999]'],
  ],
  comparisons: [
    ...['==', 'eq', '!=', 'ne', '<', 'lt', '<=', 'le', '>', 'gt', '>=', 'ge', '===', '!==']
      .concat(['any_eq', 'all_ne', 'all_eq', 'any_ne'])
      .flatMap((operator) => [
        `ip.src ${operator} 10.1.0.10`,
        `ip.addr ${operator} 10.2.0.10`,
        `ip.ttl ${operator} 63`,
        `udp.port ${operator} 4789`,
        `eth.src ${operator} fa:f0:90:c4:bf:12`,
        `ipv6.dst ${operator} 2001:db8::2`,
        `frame.protocols ${operator} "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:icmp:data"`,
        `any ip.ttl ${operator} 64`,
        `all ip.ttl ${operator} 64`,
        `ip.flags.df ${operator} 1`,
        `ip.src ${operator} ip.dst`,
      ]),
    ...['udp.srcport == udp.dstport', 'udp.srcport == udp.dstport == 9000', 'frame.cap_len == frame.len'],
    ...['ip.src==10.1.0.10', 'ip.src==10.1.0.10&&udp', 'ip.src ==10.1.0.10||arp', 'ip.src#1 == ip.src#2'],
  ],
  logic: [
    'ip && udp || arp',
    'arp || udp && ip.src == 10.1.0.10',
    '(arp || udp) && ip.src == 10.1.0.10',
    'ip and not udp or ipv6 and not icmpv6',
    '! ip && udp',
    '!(ip.src == 10.1.0.10) && udp',
    'not ip.src == 10.1.0.10',
    'udp or tcp and not ip.ttl == 64',
    'ip.ttl == 64 and not ip.ttl == 64 or arp',
    '((((ip))))',
  ],
  numbers: [
    ...[
      'ip.ttl == 0x40',
      'ip.ttl == 0100',
      'ip.ttl == 0b1000000',
      "ip.ttl == '@'",
      'ip.ttl == +64',
      'ip.ttl == -1',
    ],
    ...[
      "ip.ttl == '\\x40'",
      "ip.ttl == '\\100'",
      'ip.id > 0xff00',
      'ip.id == 0',
      'ip.hdr_len > 20',
      'ip.frag_offset > 0',
    ],
    ...[
      'ip.version == 6',
      'ip.version === 4',
      'icmp.type == 8',
      'icmp.code > 0',
      'ip.flags == 2',
      'ip.flags == 0x2',
    ],
    ...[
      'vlan.id == 10',
      'vlan.id > 5',
      'ip.len > 100',
      'udp.length < 60',
      'tcp.window_size_value > 1000',
      'ipv6.hlim == 64',
    ],
    ...[
      'icmp.seq >= 2',
      'icmp.ident != 0',
      'vxlan.vni == 42',
      'vxlan.vni > 0',
      'frame.len > 100',
      'frame.cap_len < 60',
    ],
    ...['frame.number == 5', 'frame.number <= 5 or frame.number == 7', 'data.len == 0'],
  ],
  arithmetic: [
    ...[
      'udp.srcport + 1 == 9001',
      'udp.dstport - 1 == 8999',
      'udp.dstport -1 == 8999',
      'udp.dstport+1 == 9001',
    ],
    ...[
      'udp.dstport * 2 == 18000',
      'udp.dstport / 2 == 4500',
      'udp.dstport/2 == 4500',
      'udp.dstport % 7 == 5',
    ],
    ...['udp.dstport == 4 * {2240 + 10}', 'udp.dstport == 4 * 2240 + 40', 'udp.dstport >= udp.srcport + 1'],
    ...['ip.ttl - 65 == -1', '-ip.ttl == -64', '-ip.ttl < 0', 'ip.ttl / 0 == 1', 'ip.ttl % 0 == 1'],
    ...[
      'udp.srcport + udp.dstport > 20000',
      'frame.len - frame.cap_len > 0',
      'udp.srcport - udp.dstport == 0',
    ],
  ],
  bits: [
    ...['tcp.flags & 0x02', 'tcp.flags & 0x02 == 2', 'tcp.flags & 2 && tcp', 'tcp.flags bitwise_and 2'],
    ...[
      'ip.ttl & 0xff == 64',
      'udp.srcport & 1',
      'udp.srcport & udp.dstport == 9000',
      'ip.src & 255.255.0.0 == 10.1.0.0',
    ],
    ...[
      'eth.src[0] & 0x0f == 0a',
      'eth.src[0] & 0f == 0a',
      'frame[0] & 0x0f',
      'frame[0:2] & ff:00',
      'ip[0] & f0 == 40',
    ],
    ...['eth.src & ff:00:00:00:00:00 == fa:00:00:00:00:00'],
  ],
  booleans: [
    ...['tcp.flags.syn == 1', 'tcp.flags.syn == True', 'tcp.flags.syn == TRUE', 'tcp.flags.syn == "Set"'],
    ...[
      'tcp.flags.syn == 2',
      'tcp.flags.syn > 0',
      'tcp.flags.syn != 0',
      'ip.flags.df == False',
      'ip.flags.df == 0',
    ],
    ...['ip.flags.df == "Not set"', 'ip.flags.df != 1', 'ip.flags.mf == 1', 'vxlan.flag_i == 1'],
  ],
  addresses: [
    ...['ip.addr == 10.1.0.0/16', 'ip.addr != 10.1.0.0/16', 'ip.src > 10.1.0.0/16', 'ip.src < 10.1.0.10/16'],
    ...[
      'ip.src >= 172.16.0.0/12',
      'ip.src == 0.0.0.0/0',
      'ip.src == 10.1.0.10/32',
      'ip.src === 172.16.0.0/16',
    ],
    ...['ipv6.src == 2001:db8::1', 'ipv6.src == 2001:db8::/32', 'ipv6.addr == fe80::/10', 'ipv6.src > ::'],
    ...[
      'ipv6.src == ::ffff:1.2.3.4',
      'ipv6.addr != fe80::/10',
      'ipv6.src < 2001:db8::/33',
      'ipv6.src == ::/0',
    ],
    ...['eth.src == fa-f0-90-c4-bf-12', 'eth.src == faf0.90c4.bf12', 'eth.src == fa.f0.90.c4.bf.12'],
    ...['eth.addr == ff:ff:ff:ff:ff:ff', 'eth.dst > 80:00:00:00:00:00', 'arp.src.proto_ipv4 == 10.0.0.0/8'],
  ],
  sets: [
    ...[
      'udp.port in {9000, 4789}',
      'udp.port in{9000}',
      'udp.port in { 4000..5000 , 9000 }',
      'udp.port in {4000 .. 5000}',
    ],
    ...['not udp.port in {4000..5000}', 'udp.port not in {4000..5000}', 'all udp.port in {9000..9010}'],
    ...[
      'ip.src in {10.1.0.0/16}',
      'ip.src in {10.1.0.1..10.1.0.255, 172.16.0.0/16}',
      'ip.ttl in {60..64, 128}',
    ],
    ...['any ip.src in {10.1.0.10}', 'all ip.src in {10.1.0.0/16}', 'eth.src in {fa:f0:90:c4:bf:12}'],
    ...[
      'ipv6.src in {2001:db8::1 .. 2001:db8::ff, ::1}',
      'ipv6.src in {2001:db8::/32}',
      'eth.type in {0x0800, 0x0806}',
    ],
    ...[
      'eth.type in {"IPv4", "ARP"}',
      'ip.proto in {"UDP", 1}',
      'frame.time_epoch in {1795367416 .. 1795367420}',
    ],
    ...['frame.number in {1, 3, 5..8}', 'frame.protocols in {"eth:ethertype:arp"}'],
  ],
  slices: [
    ...[
      'eth.src[0:3] == fa:f0:90',
      'eth.src[0-2] == fa:f0:90',
      'eth.src[0] == fa',
      'eth.src[0] == 0xfa',
      'eth.src[:2] == fa:f0',
    ],
    ...[
      'eth.src[4:] == bf:12',
      'eth.src[0,2] == fa:90',
      'eth.src[0,-1] == fa:12',
      'eth.src[-1] > 10',
      'eth.src[-2:] == bf:12',
    ],
    ...[
      'frame[14:2] == 45:00',
      'frame[14-15] == 45:00',
      'frame[-4:4] == 0.1.2.3',
      'frame[-4:2] > 00:10',
      'frame[0x0e] == 45',
    ],
    ...[
      'frame[1,3-5,9:] contains 00',
      'frame[0:9999]',
      'frame[-9999:2]',
      'frame[12:2] == "\\x08\\x00"',
      'ip[8] == 40',
    ],
    ...[
      'ip[9] == 11',
      'udp[6:] == 00:00',
      'udp[-1] == 00',
      'icmp[0] == 8',
      'icmp[0:1] == 08',
      'icmp[8:1]',
      'icmp[0:2] == 03:03',
    ],
    ...[
      'ip.src[0] == 0a',
      'ip.src[0:2] == 0a:01',
      'ip.src[-1] == 0a',
      'ipv6.src[0:2] == 20:01',
      'frame.protocols[0:3] == "eth"',
    ],
    ...[
      'frame.protocols[0:3] == 65:74:68',
      'eth.src[3] == be',
      'vxlan[4:3] == 00:00:2a',
      'frame[0:2] > "A"',
      'frame[0:2] > "AA"',
      'ip > "a"',
      'frame.protocols[0:3] > "z"',
    ],
  ],
  lengths: [
    ...[
      'len(udp) == 8',
      'len(ip) == 20',
      'len(ip) > 20',
      'len(eth) == 14',
      'len(icmp) > 8',
      'len(vxlan) == 8',
    ],
    ...[
      'len(vlan) == 4',
      'len(ipv6) == 40',
      'len(icmpv6) > 8',
      'len(frame) > 100',
      'len(frame.protocols) > 10',
      'len(eth.src) == 6',
    ],
  ],
  search: [
    ...[
      'frame contains "abc"',
      'frame contains 08:00',
      'frame contains 0800',
      'frame contains 0x08',
      'frame contains a',
    ],
    ...[
      'frame contains :aa',
      'frame contains "\\141"',
      'frame contains "a\\"b"',
      "frame contains 'a'",
      'udp contains 08:00',
    ],
    ...[
      'ip contains 00:00:08:00',
      'eth contains 45:00',
      'icmp contains 10:11:12',
      'tcp contains "a"',
      'all frame contains "a"',
    ],
    ...[
      'frame.protocols contains "vxlan"',
      'frame contains 10-11-12',
      'frame contains r"\\x"',
      'eth.src contains 01',
    ],
    ...[
      'udp matches "\\x08"',
      'frame matches "ABC"',
      'frame matches "(?-i)ABC"',
      'frame ~ "q"',
      'frame matches "^\\xfa"',
    ],
    ...[
      'frame matches "\\x45\\x00.*\\x08"',
      'frame matches "[\\x80-\\xff]{4}"',
      'frame matches "a$"',
      'frame matches ""',
    ],
    ...[
      'frame matches "\\\\d{3}"',
      'frame matches "[[:digit:]]{3}"',
      'frame matches "a(b|c)+d?"',
      'frame matches "\\\\bab"',
    ],
    ...[
      'frame matches "\\\\w+@\\\\w"',
      'frame matches "\\\\xe9"',
      'frame matches "^.{60}$"',
      'frame matches "(?s)^.{74}$"',
    ],
    ...[
      'frame matches "[^\\\\x00-\\\\x7f]{6}"',
      'frame matches "(?:ab|cd|ef)+?[^a-z]"',
      'frame matches "a{2,}|b{3}"',
    ],
    ...[
      'frame.protocols matches "^eth:ethertype:ip(v6)?:udp"',
      'frame.protocols matches "VXLAN"',
      'frame.protocols ~ "icmp:data$"',
    ],
    ...[
      'frame matches "\\\\A\\\\xfa|\\\\x07\\\\z"',
      'frame matches "[]a]b"',
      'frame matches "[a\\\\]-]{2}"',
      'frame matches r"\\bab\\B"',
    ],
  ],
  functions: [
    ...[
      'count(ip.src) == 2',
      'count(ip) == 2',
      'count(arp) == 0',
      'count(arp) < 5',
      'count(ip.addr) == 4',
      'count(ip.ttl#2) == 1',
    ],
    ...[
      'max(ip.ttl, 10) == 64',
      'max(udp.srcport, udp.dstport) == 9000',
      'min(udp.srcport) < 9000',
      'min(ip.ttl, 10) == 10',
    ],
    ...[
      'max(ip.src) == 10.1.0.10',
      'abs(ip.ttl) == 64',
      'abs(ip.ttl - 128) == 64',
      'upper(frame.protocols) contains "ETH"',
    ],
    ...[
      'lower(frame.protocols) contains "eth"',
      'string(ip.src) matches "^10"',
      'string(frame.number) matches "[13579]$"',
    ],
    ...[
      'string(ip.ttl) == "64"',
      'string(ip.id) contains "0x"',
      'string(eth.src) contains "fa"',
      'string(ip.src)[0:2] == "10"',
    ],
    ...['string(ipv6.src) contains "2001"'],
  ],
  names: [
    ...[
      'ip.proto == "UDP"',
      'ip.proto == UDP',
      'ip.proto == "udp"',
      'eth.type == "IPv4"',
      'eth.type == IPv4',
      'eth.type > "IPv4"',
    ],
    ...['arp.opcode == "request"', 'arp.opcode == request', 'ip.dsfield.dscp == "Default"'],
    ...[
      'ip.checksum.status == "Good"',
      'ip.checksum.status == good',
      'ip.checksum.status == 1',
      'ip.checksum.status == "bad"',
    ],
    ...['ip.checksum.status == "Unverified"'],
  ],
  layers: [
    ...[
      '#1',
      '#2',
      '#3',
      '#0',
      '#[1-2]',
      '#[2:]',
      '#[2:1]',
      '#[-1]',
      '#[-2:1]',
      '#[1,2]',
      '#[:1]',
      '#[:2]',
      '#[0:1]',
      '#[2]',
    ].flatMap((layers) => [`ip.src${layers} == 172.16.0.2`, `ip${layers}`, `ip.ttl${layers} != 64`]),
    ...[
      'eth.src#2',
      'vlan.id#2',
      'vlan.id#1 > 0',
      'icmp.type#1',
      'icmp#2',
      'vxlan#1',
      'udp.port#2 == 4789',
      'ip.version#2 == 6',
    ],
    ...['ip.src#2 == 172.16.0.2 && icmp.type == 8'],
  ],
  times: [
    ...[
      'frame.time_relative < 1',
      'frame.time_relative < 1.5',
      'frame.time_relative == 0',
      'frame.time_relative > -1',
    ],
    ...[
      'frame.time_relative < -100',
      'frame.time_delta > 0.1',
      'frame.time_delta == 0.000000',
      'frame.time_epoch > 1795367416',
    ],
    ...[
      'frame.time_epoch > 1795367416.5',
      'frame.time_delta <= 0.0001',
      'frame.time_epoch == 1795367416.230652000',
    ],
  ],
};

/** tshark says of these that they are nothing, and so do we. */
const WRONG: readonly string[] = [
  ...[
    'ip.ttl == 300',
    'ip.ttl > 300',
    'ip.ttl == 64.0',
    'ip.ttl == "64"',
    'ip.ttl == 64a',
    'ip.ttl == 0x',
    'ip.ttl == --64',
  ],
  ...[
    'ip.src == 10.1.0',
    'ip.src == 10.1.0.10/33',
    'ip.src == 10',
    'ip.src == 10.1.0.10/255.255.255.0',
    'eth.src == fa:f0:90',
  ],
  ...[
    'ip.src ==',
    '== 3',
    'ip.src == 1.2.3.4 )',
    '( ip',
    'ip udp',
    'ip.src == 1.2.3.4 ip.dst',
    '"abc"',
    'abc',
    '10',
    'ip.src exists',
  ],
  ...[
    'ip.src[0',
    'ip.src[]',
    'ip.src["a"]',
    'frame[0:0]',
    'frame[3-1]',
    'ip.ttl[0] == 40',
    'NOT udp',
    'ip AND udp',
    'IP.SRC',
    'true',
  ],
  ...[
    'ip.src contains 01',
    'ip.src matches "10"',
    'ip.ttl matches "6"',
    'frame matches abc',
    'frame matches "(a"',
    'frame contains "\\"',
  ],
  ...[
    'frame contains "\\z"',
    'frame contains 0x0800',
    'any ip.src',
    'all ip',
    'udp.port in {}',
    'udp.port in {9000,}',
    'udp.port in {9000..}',
  ],
  ...[
    'udp.port in {9000 4789}',
    'foo(ip)',
    'len()',
    'len(ip, udp)',
    'max(ip.ttl, 10)',
    'count(ip.nonsense) > 1',
    'ip.src + 1 == 10.1.0.11',
  ],
  ...[
    '64 == ip.ttl',
    '10.1.0.10 == ip.src',
    'ip.ttl > 1 < 3',
    'udp.port > 1000 && < 2000',
    'ip.src # 2',
    'ip.src#[2-] == 10.1.0.10',
  ],
  ...[
    'frame.time_delta >= 1e-3',
    'string(ip.flags.df) == "1"',
    'upper(ip.src) == "A"',
    'frame.len == 1e2',
    'any_eq',
    'udp.dstport-1 == 8999',
  ],
];

const expressions = Object.values(EXPRESSIONS).flat();
/** Packets that tshark gives up on are not compared. */
const MALFORMED = '_ws.malformed';
const asked = [...expressions, ...WRONG, MALFORMED];

/** What the payload is called at the end of frame.protocols; a TUN header has no name in tshark. */
const layersAlike = (protocols: string): string =>
  protocols.replace(/:(data|stp|lldp|ospf|tapa)$/, '').replace(':tunpi', '');

let folder: string;
let merged: string;
/** tshark's answers: by expression, the numbers of the packets that pass, or its complaint. */
const theirs = new Map<string, number[] | string>();
const ours = new Map<string, number[]>();
/** Packets that both read as the same layers, without doubt about any: what is compared. */
const compared = new Set<number>();
/** Those of them whose payload has the same name, too. */
const sameText = new Set<number>();
let packets = 0;

describe.skipIf(!hasTshark)('display filters beside tshark’s (skipped where tshark is missing)', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tunnelscope-filters-'));
    merged = join(folder, 'all.pcapng');
    execFileSync('mergecap', ['-F', 'pcapng', '-w', merged, ...labCaptures, ...generatedCaptures]);
    const [filters, found] = [join(folder, 'filters'), join(folder, 'found')];
    writeFileSync(filters, `${asked.join('\n')}\n`);
    execFileSync(
      'tshark',
      ['-q', '-r', merged, ...TSHARK, '-X', 'lua_script:test/support/display-filters.lua'],
      {
        env: { ...process.env, FILTERS: filters, FOUND: found },
        stdio: 'ignore',
      },
    );
    const lines = readFileSync(found, 'utf8').split('\n');
    const layers = lines.slice(0, lines.length - 1 - asked.length);
    for (const [i, expression] of asked.entries()) {
      const line = lines[layers.length + i] as string;
      const numbers = line === '' ? [] : line.split(' ').map(Number);
      theirs.set(expression, line.startsWith('error') ? line : numbers);
    }
    const compiled = expressions.map((expression): [DisplayFilter, number[]] => {
      const numbers: number[] = [];
      ours.set(expression, numbers);
      return [compileDisplayFilter(expression), numbers];
    });
    const malformed = theirs.get(MALFORMED) as number[];
    const out = new ByteWriter();
    await visitPackets(merged, (record) => {
      packets++;
      for (const [{ matches }, numbers] of compiled) if (matches(record)) numbers.push(record.number);
      out.clear();
      frameFields.get('frame.protocols')?.(out, record);
      const [our, their] = [out.toString(), layers[record.number - 1] as string];
      if (isDoubtful(record) || malformed.includes(record.number)) return;
      if (layersAlike(our) === layersAlike(their)) compared.add(record.number);
      if (our === their) sameText.add(record.number);
    });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('compares most packets of the fixtures', () => {
    expect(compared.size).toBeGreaterThan(packets / 2);
  });

  it('every expression is one to tshark too, and most let some packets pass and others not', () => {
    expect(expressions.filter((expression) => typeof theirs.get(expression) === 'string')).toEqual([]);
    const telling = expressions.filter((expression) => {
      const passed = (theirs.get(expression) as number[]).filter((number) => compared.has(number)).length;
      return passed > 0 && passed < compared.size;
    });
    expect(telling.length).toBeGreaterThan(expressions.length * 0.75);
  });

  it.each(Object.keys(EXPRESSIONS))('%s', (kind) => {
    const differences = (EXPRESSIONS[kind] as readonly string[]).flatMap((expression) => {
      const among = expression.includes('frame.protocols') ? sameText : compared;
      const their = (theirs.get(expression) as number[]).filter((number) => among.has(number));
      const our = (ours.get(expression) as number[]).filter((number) => among.has(number));
      const [onlyOurs, onlyTheirs] = [
        our.filter((n) => !their.includes(n)),
        their.filter((n) => !our.includes(n)),
      ];
      return onlyOurs.length + onlyTheirs.length === 0
        ? []
        : [`${expression}: only ours ${onlyOurs.slice(0, 9)}, only tshark's ${onlyTheirs.slice(0, 9)}`];
    });
    expect(differences).toEqual([]);
  });

  it.each(WRONG)('neither understands %s', (expression) => {
    expect(theirs.get(expression)).toMatch(/^error/);
    expect(() => compileDisplayFilter(expression)).toThrow(/^display filter: [^\n]+$/);
  });

  it.each(['ip.src#2 == 172.16.0.2 && icmp.type == 8', 'vxlan', 'frame.number in {1, 3, 5..8}'])(
    'a tap answers as -Y does: %s',
    (expression) => {
      const printed = execFileSync(
        'tshark',
        ['-r', merged, ...TSHARK, '-Y', expression, '-T', 'fields', '-e', 'frame.number'],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      );
      expect(theirs.get(expression)).toEqual(printed.trimEnd().split('\n').map(Number));
    },
  );
});

/** Cut off, malformed, a fragment, or quoted: what is left over is fields to one and data to the other. */
function isDoubtful({ stack }: PacketRecord): boolean {
  const layers = Array.from({ length: stack.count }, (_, layer) => layer);
  return stack.issueCount > 0 || layers.some((layer) => stack.isIncomplete(layer));
}

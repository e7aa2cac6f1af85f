/**
 * Which tshark is meant by "as tshark prints": 4.4, Debian 13's. What 4.0 (Debian 12) and 4.6 do otherwise stands here and nowhere
 * else: `-T fields` prints by it, tests choose what they expect by the version that they meet, and docs/tshark.md is made from it.
 */

export const TSHARK_VERSIONS = ['4.0', '4.4', '4.6'] as const;
export type TsharkVersion = (typeof TSHARK_VERSIONS)[number];
/** The version that is followed. */
export const REFERENCE: TsharkVersion = '4.4';

/** How `-T fields` writes values. */
export interface FieldForms {
  /** False and true. */
  readonly booleans: readonly [no: string, yes: string];
  /** A backslash stands before a separator inside a column; a quote inside quotes is doubled. */
  readonly escapes: boolean;
  /** `frame.time`: in words, or as ISO 8601 has it. */
  readonly dates: 'words' | 'ISO';
  /** `frame.time_delta` of the first packet: zero, or nothing. */
  readonly firstDelta: 'zero' | 'nothing';
}

export const FIELD_FORMS: Readonly<Record<TsharkVersion, FieldForms>> = {
  '4.0': { booleans: ['0', '1'], escapes: false, dates: 'words', firstDelta: 'zero' },
  '4.4': { booleans: ['False', 'True'], escapes: true, dates: 'words', firstDelta: 'zero' },
  '4.6': { booleans: ['False', 'True'], escapes: true, dates: 'ISO', firstDelta: 'nothing' },
};

/** `udp.checksum.status` of what offload leaves to the network card: bad, or good; 4 here, which says what it is. */
export const PARTIAL_CHECKSUM: Readonly<Record<TsharkVersion, '0' | '1'>> = {
  '4.0': '0',
  '4.4': '1',
  '4.6': '1',
};

/** What a version makes of an expression: the same as here, an error, or other packets. */
export type Outcome = 'same' | 'refused' | 'other packets';

/** A way in which display filters differ. */
export interface FilterDifference {
  readonly what: string;
  /** What is done here, and why. */
  readonly here: string;
  readonly expressions: readonly string[];
  readonly outcomes: Readonly<Record<TsharkVersion, Outcome>>;
}

const since44: FilterDifference['outcomes'] = { '4.0': 'refused', '4.4': 'same', '4.6': 'same' };
const otherIn40: FilterDifference['outcomes'] = { '4.0': 'other packets', '4.4': 'same', '4.6': 'same' };
const since46: FilterDifference['outcomes'] = { '4.0': 'refused', '4.4': 'refused', '4.6': 'same' };
const onlyHere: FilterDifference['outcomes'] = { '4.0': 'refused', '4.4': 'refused', '4.6': 'refused' };

export const FILTER_DIFFERENCES: readonly FilterDifference[] = [
  {
    what: 'A number among bytes',
    here: 'It is decimal, hexadecimal after 0x, or octal after 0. Two digits with a letter, or bytes with colons, are hexadecimal.',
    expressions: [
      'ip[8] == 64',
      'ip[9] == 17',
      'ip.src[0] == 10',
      'eth.src[-1] > 10',
      'ip[0] & 240 == 64',
      'frame[0:4] contains 64',
    ],
    outcomes: otherIn40,
  },
  {
    what: '`count()` of nothing',
    here: 'It is 0, and can be compared.',
    expressions: ['count(arp) == 0', 'count(arp) < 5', 'count(vlan.id) != 1'],
    outcomes: otherIn40,
  },
  {
    what: '`not in`',
    here: 'True if there are values and none of them is in the set; 4.0 means `not (… in …)`, which also matches a packet without values.',
    expressions: ['udp.port not in {4000..5000}', 'ip.ttl not in {64}', 'all udp.port not in {4000..5000}'],
    outcomes: otherIn40,
  },
  {
    what: 'Which of two byte strings is greater',
    here: 'The first byte that differs says so; in 4.0 the longer one is.',
    expressions: ['frame[0:2] > "A"'],
    outcomes: otherIn40,
  },
  {
    what: 'A piece of a text',
    here: 'It is text, not bytes.',
    expressions: ['frame.protocols[0:3] == 65:74:68', 'frame.protocols[0:3] > "z"'],
    outcomes: otherIn40,
  },
  {
    what: 'A constant on the left side',
    here: 'Either side may be a constant.',
    expressions: [
      '64 == ip.ttl',
      '10.1.0.10 == ip.src',
      '10.0.0.0/8 == ip.src',
      '60 < ip.ttl < 64',
      '8 > icmp.type',
    ],
    outcomes: since44,
  },
  {
    what: 'Several signs',
    here: 'Each counts.',
    expressions: ['ip.ttl == --64', 'ip.ttl == ++64', '--ip.ttl == 64'],
    outcomes: since44,
  },
  {
    what: 'Seconds with an exponent, or in hexadecimal',
    here: 'They are numbers like others.',
    expressions: [
      'frame.time_delta >= 1e-3',
      'frame.time_relative >= 0x1',
      'frame.time_delta >= 1.0000000001',
    ],
    outcomes: since44,
  },
  {
    what: 'A function on its own',
    here: 'True if a value is not zero.',
    expressions: ['count(arp)', 'len(ip)', '!count(arp)', 'max(ip.ttl, 10)', 'string(ip.ttl)'],
    outcomes: since44,
  },
  {
    what: '`xor`, `^^`',
    here: 'Exclusive or.',
    expressions: ['ip.src == 10.1.0.10 xor udp', 'ip.src == 10.1.0.10 ^^ udp'],
    outcomes: since44,
  },
  {
    what: 'Dates as seconds since 1970',
    here: 'Dates and seconds are both accepted, for `frame.time` and of `frame.time_epoch`.',
    expressions: [
      'frame.time > 1795367432',
      'frame.time_epoch > "2026-11-22 17:10:32"',
      'frame.time_utc > "2026-11-22 17:10:32"',
      'frame.time == frame.time_epoch',
    ],
    outcomes: since44,
  },
  {
    what: '`true` in any case',
    here: 'Accepted.',
    expressions: ['ip.flags.df == true'],
    outcomes: since44,
  },
  {
    what: 'The names of a field’s values, where Wireshark puts them into its tree in code',
    here: 'Accepted for every field that has names, as 4.6 does; also in a set, and for a field that has the name of a protocol among them.',
    expressions: [
      'icmp.type == "Echo (ping) request"',
      'icmp.type != "echo (ping) request"',
      'icmp.type in {"Echo (ping) request", 0}',
    ],
    outcomes: since46,
  },
  {
    what: 'A range from a number below zero',
    here: 'It holds the numbers in it; up to 4.4 it wraps around and holds none.',
    expressions: ['ip.ttl in {-1 .. 64}'],
    outcomes: { '4.0': 'other packets', '4.4': 'other packets', '4.6': 'same' },
  },
  {
    what: 'Sets after slices and functions',
    here: 'Accepted; tshark wants a field before `in`.',
    expressions: ['ip[8] in {64}', 'count(arp) in {0}'],
    outcomes: onlyHere,
  },
  {
    what: 'A text for an address',
    here: 'Accepted if it is one.',
    expressions: ['ip.src == "10.1.0.10"'],
    outcomes: onlyHere,
  },
  {
    what: 'A text for a boolean',
    here: '"True" and "Set" are both accepted.',
    expressions: ['ip.flags.df == "True"'],
    outcomes: { '4.0': 'refused', '4.4': 'same', '4.6': 'refused' },
  },
  {
    what: 'How long a protocol is',
    here: 'The header, and for ICMP the message; 4.6 includes IPv6’s extension headers.',
    expressions: ['len(ipv6) == 40'],
    outcomes: { '4.0': 'same', '4.4': 'same', '4.6': 'other packets' },
  },
  {
    what: 'The first packet’s time since the one before',
    here: 'Zero; 4.6 has none.',
    expressions: ['frame.time_delta == 0', 'frame.time_delta <= 0.0001', 'frame.time_delta_displayed >= 0'],
    outcomes: { '4.0': 'same', '4.4': 'same', '4.6': 'other packets' },
  },
  {
    what: 'The name of a protocol among a field’s values',
    here: 'It is the value; to tshark it is the protocol.',
    expressions: ['ip.proto == icmp', 'ip.proto == udp'],
    outcomes: onlyHere,
  },
  {
    what: 'Bytes that look like a binary number without digits',
    here: 'The byte 0x0b; 4.4 reads 0.',
    expressions: ['frame contains 0b'],
    outcomes: { '4.0': 'same', '4.4': 'refused', '4.6': 'refused' },
  },
];

/** Accepted by 4.0, and refused here as since 4.4. */
export const REFUSED_SINCE_4_4: readonly string[] = [
  'ip[0] & f0 == 40',
  'ip[0:2] == 4500',
  'ip[8] == 256',
  'ip[0:2] == 45.00',
  'udp.dstport/2 == 4500',
  'frame contains 0x08',
  'frame contains 64',
  'frame contains 0700',
  'eth.src contains 01',
  'ip == 64',
  'eth.src == 112233445566',
  'frame.protocols == 64',
  'frame.protocols contains 64',
];

/**
 * TCP's options (RFC 9293, 3.2; RFC 7323, 2018, 2385, 5925, 7413, 5482, 6994).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Kind      |    Length     |  value …
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, byteString, flag, hex, ofEach, sideBySide, span, uint } from '../fields.ts';
import type { Field } from '../protocol.ts';
import { hasLength, isOption, OPTION_LENGTH, optionItems } from './option-items.ts';

const FIXED_HEADER = 20;
const VALUE = 2;
const BLOCK = 8;
/** "If a Window Scale option is received with a shift.cnt value larger than 14, the TCP … MUST use 14" (RFC 7323, 2.3). */
const LARGEST_SHIFT = 14;

const SACK = 5;
const FAST_OPEN = 34;
const EXPERIMENT_1 = 253;
const EXPERIMENT_2 = 254;
/** Fast Open's experiment identifier, from before it had a kind of its own (RFC 7413, A). */
const FAST_OPEN_EXPERIMENT = 0xf989;

const kindNames: Readonly<Record<number, string>> = {
  0: 'End of Option List',
  1: 'No-Operation',
  2: 'Maximum Segment Size',
  3: 'Window Scale',
  4: 'SACK Permitted',
  5: 'SACK',
  6: 'Echo',
  7: 'Echo Reply',
  8: 'Time Stamp Option',
  9: 'Partial Order Connection Permitted',
  10: 'Partial Order Service Profile',
  11: 'CC',
  12: 'CC.NEW',
  13: 'CC.ECHO',
  14: 'TCP Alternate Checksum Request',
  15: 'TCP Alternate Checksum Data',
  18: 'Trailer Checksum Option',
  19: 'MD5 Signature Option',
  20: 'SCPS Capabilities',
  21: 'Selective Negative Acknowledgements (SNACK)',
  22: 'Record Boundaries',
  23: 'Corruption experienced',
  27: 'Quick-Start Response',
  28: 'User Timeout Option',
  29: 'The TCP Authentication Option (TCP-AO)',
  30: 'Multipath TCP',
  34: 'TCP Fast Open Cookie',
  69: 'Encryption Negotiation (TCP-ENO)',
  172: 'Accurate ECN Order 0',
  174: 'Accurate ECN Order 1',
  [EXPERIMENT_1]: 'RFC3692-style Experiment 1',
  [EXPERIMENT_2]: 'RFC3692-style Experiment 2',
};

const multipathNames: Readonly<Record<number, string>> = {
  0: 'Multipath Capable',
  1: 'Join Connection',
  2: 'Data Sequence Signal',
  3: 'Add Address',
  4: 'Remove Address',
  5: 'Change Subflow Priority',
  6: 'TCP Fallback',
  7: 'Fast Close',
  8: 'TCP Reset',
};

const isExperiment = (view: DataView, option: number): boolean =>
  isOption(EXPERIMENT_1, 4)(view, option) || isOption(EXPERIMENT_2, 4)(view, option);

/** Where a Fast Open option has its cookie, from its start. */
const cookieAt = (view: DataView, option: number): number =>
  view.getUint8(option) === FAST_OPEN ? VALUE : VALUE + 2;

const isFastOpen = (view: DataView, option: number): boolean =>
  isOption(FAST_OPEN, 2)(view, option) ||
  (isExperiment(view, option) && view.getUint16(option + VALUE) === FAST_OPEN_EXPERIMENT);

/** What is behind the first `from` bytes of an option. */
const behind =
  (from: number): NonNullable<Field['span']> =>
  (view, option) =>
    span(from, view.getUint8(option + OPTION_LENGTH) - from);

const isTimeStamps = isOption(8, 10, 10);
const isWindowScale = isOption(3, 3, 3);
const isAuthentication = isOption(29, 4);
const isUserTimeout = isOption(28, 4, 4);

export const tcpOptionFields: readonly Field[] = [
  ...ofEach('option', optionItems(FIXED_HEADER, true), [
    uint('option_kind', 0, 8, 'Option', 'The type of the option.', { values: kindNames }),
    uint(
      'option_len',
      OPTION_LENGTH,
      8,
      'Length',
      'The length of the option in bytes, including kind and length.',
      {
        when: hasLength,
      },
    ),
    uint(
      'options.mss_val',
      VALUE,
      16,
      'MSS Value',
      'The largest segment that the sender accepts. Routers clamp it, so that segments fit into a tunnel.',
      { when: isOption(2, 4, 4) },
    ),
    uint('options.wscale.shift', VALUE, 8, 'Shift count', 'How many bits the window is shifted left.', {
      when: isWindowScale,
    }),
    uint('options.wscale.multiplier', VALUE, 16, 'Multiplier', 'The same, as a factor.', {
      when: isWindowScale,
      read: (view, option) => 1 << Math.min(view.getUint8(option + VALUE), LARGEST_SHIFT),
    }),
    byteString('options.sack_perm', 'SACK permitted', 'Selective acknowledgment is permitted.', behind(0), {
      hidden: true,
      when: isOption(4, 2, 2),
    }),
    uint('options.sack.count', 0, 8, 'SACK Count', 'How many blocks were received out of order.', {
      when: isOption(SACK, VALUE + BLOCK),
      read: (view, option) => Math.floor((view.getUint8(option + OPTION_LENGTH) - VALUE) / BLOCK),
    }),
    uint('options.echo_value', VALUE, 32, 'TCP Echo Option', 'Replaced by time stamps.', {
      when: (view, option) => isOption(6, 6, 6)(view, option) || isOption(7, 6, 6)(view, option),
    }),
    uint('options.timestamp.tsval', VALUE, 32, 'Timestamp value', 'The sender’s clock.', {
      when: isTimeStamps,
    }),
    uint(
      'options.timestamp.tsecr',
      6,
      32,
      'Timestamp echo reply',
      'The other side’s clock, echoed: the difference is the round-trip time.',
      { when: isTimeStamps },
    ),
    byteString(
      'options.md5.digest',
      'MD5 digest',
      'Signs the segment, as BGP neighbours use it.',
      behind(VALUE),
      {
        when: isOption(19, 18, 18),
      },
    ),
    bits('options.qs.rate', 20, 4, 'QS Rate', 'The rate: 40 kbit/s times two to this power.', {
      when: isOption(27, 8, 8),
    }),
    flag(
      'options.user_to_granularity',
      16,
      'Granularity',
      'Whether the timeout is in minutes instead of seconds.',
      {
        when: isUserTimeout,
      },
    ),
    bits('options.user_to_val', 17, 15, 'User Timeout', 'How long unacknowledged data may wait.', {
      when: isUserTimeout,
    }),
    uint('options.ao.keyid', VALUE, 8, 'AO KeyID', 'The key that signed the segment.', {
      when: isAuthentication,
    }),
    uint('options.ao.rnextkeyid', 3, 8, 'AO RNextKeyID', 'The key that answers should be signed with.', {
      when: isAuthentication,
    }),
    byteString('options.ao.mac', 'AO MAC', 'The signature.', behind(4), { when: isOption(29, 5) }),
    bits(
      'options.mptcp.subtype',
      16,
      4,
      'Multipath TCP subtype',
      'The type of the message about the other paths.',
      {
        when: isOption(30, 3),
        values: multipathNames,
      },
    ),
    hex('options.experimental.exid', VALUE, 16, 'Experiment Identifier', 'The experiment’s identifier.', {
      when: isExperiment,
    }),
    byteString(
      'options.tfo.cookie',
      'Fast Open Cookie',
      'Lets a returning client send data at once.',
      (view, option) => {
        const from = cookieAt(view, option);
        return span(from, view.getUint8(option + OPTION_LENGTH) - from);
      },
      {
        when: (view, option) =>
          isFastOpen(view, option) && view.getUint8(option + OPTION_LENGTH) > cookieAt(view, option),
      },
    ),
  ]),
  ...sideBySide(
    'options.sack',
    optionItems(FIXED_HEADER, true, { is: isOption(SACK, VALUE + BLOCK), from: VALUE, step: () => BLOCK }),
    [
      uint('options.sack_le', 0, 32, 'TCP SACK Left Edge', 'The first byte of a received block.'),
      uint('options.sack_re', 4, 32, 'TCP SACK Right Edge', 'The byte after its last.'),
    ],
  ),
];

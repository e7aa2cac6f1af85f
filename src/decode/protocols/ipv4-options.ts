/**
 * IPv4's options (RFC 791, 3.1; RFC 1108, 1063, 1393, 2113, 4782).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |C|Cls| Number  |     Length    |    Pointer    |  route data …
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |C|Cls| Number  |     Length    |    Pointer    |Ovflow | Flag  |  time stamps follow
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, flag, hex, ipv4Address, ofEach, sideBySide, uint } from '../fields.ts';
import type { Field } from '../protocol.ts';
import { hasLength, isOption, OPTION_LENGTH, type OptionList, optionItems } from './option-items.ts';
import { OWN_ADDRESS } from './pseudo-address.ts';

const FIXED_HEADER = 20;
const OPTION_HEADER = 2;
const POINTER = 2;
const ADDRESS = 4;
const ROUTE_DATA = 3;
const TIME_STAMPS = 4;
const FLAG = 0x0f;

const END_OF_LIST = 0;
const NO_OPERATION = 1;
const RECORD_ROUTE = 7;
const TIME_STAMP = 68;
const SECURITY = 130;
const LOOSE_SOURCE_ROUTE = 131;
const EXTENDED_SECURITY = 133;
const STREAM_ID = 136;
const STRICT_SOURCE_ROUTE = 137;
const ROUTER_ALERT = 148;
const DIRECTED_BROADCAST = 149;
const MTU_PROBE = 11;
const MTU_REPLY = 12;
const QUICK_START = 25;
const TRACEROUTE = 82;

const typeNames: Readonly<Record<number, string>> = {
  [END_OF_LIST]: 'End of Options List',
  [NO_OPERATION]: 'No-Operation',
  [RECORD_ROUTE]: 'Record Route',
  10: 'Experimental Measurement',
  [MTU_PROBE]: 'MTU Probe',
  [MTU_REPLY]: 'MTU Reply',
  15: 'ENCODE',
  [QUICK_START]: 'Quick-Start',
  30: 'RFC 3692 experiment',
  [TIME_STAMP]: 'Time Stamp',
  [TRACEROUTE]: 'Traceroute',
  94: 'RFC 3692 experiment',
  [SECURITY]: 'Security',
  [LOOSE_SOURCE_ROUTE]: 'Loose Source Route',
  [EXTENDED_SECURITY]: 'Extended Security',
  134: 'Commercial Security',
  [STREAM_ID]: 'Stream Identifier',
  [STRICT_SOURCE_ROUTE]: 'Strict Source Route',
  142: 'Experimental Access Control',
  144: 'IMI Traffic Descriptor',
  145: 'Extended Internet Protocol',
  147: 'Address Extension',
  [ROUTER_ALERT]: 'Router Alert',
  [DIRECTED_BROADCAST]: 'Selective Directed Broadcast',
  151: 'Dynamic Packet State',
  152: 'Upstream Multicast Packet',
  158: 'RFC 3692 experiment',
  205: 'Experimental Flow Control',
  222: 'RFC 3692 experiment',
};

const classNames: Readonly<Record<number, string>> = { 0: 'Control', 2: 'Debugging and measurement' };

const levelNames: Readonly<Record<number, string>> = {
  61: 'Top Secret',
  90: 'Secret',
  150: 'Confidential',
  171: 'Unclassified',
};

const timeStampNames: Readonly<Record<number, string>> = {
  0: 'Time stamps only',
  1: 'Time stamp and address',
  3: 'Time stamps for prespecified addresses',
};

const isSourceRoute = (view: DataView, option: number): boolean =>
  view.getUint8(option) === LOOSE_SOURCE_ROUTE || view.getUint8(option) === STRICT_SOURCE_ROUTE;

/**
 * Where the address stands that transport checksums count as the destination: under a source route it is the route's last, as long as
 * the pointer says that addresses are left; behind that, "the routing is to be based on the destination address field" (RFC 791, 3.1).
 *
 * @returns its place in `view`, or OWN_ADDRESS
 */
export function sourceRouteEnd(view: DataView, start: number, headerLength: number): number {
  const end = start + headerLength;
  for (let at = start + FIXED_HEADER; at + ROUTE_DATA <= end; ) {
    const type = view.getUint8(at);
    if (type === END_OF_LIST) break;
    if (type === NO_OPERATION) {
      at++;
      continue;
    }
    const length = view.getUint8(at + OPTION_LENGTH);
    if (length < OPTION_HEADER || at + length > end) break;
    if (isSourceRoute(view, at) && length >= ROUTE_DATA + ADDRESS) {
      return view.getUint8(at + POINTER) > length ? OWN_ADDRESS : at + length - ADDRESS;
    }
    at += length;
  }
  return OWN_ADDRESS;
}

const hasPointer = (view: DataView, option: number): boolean =>
  (view.getUint8(option) === RECORD_ROUTE ||
    view.getUint8(option) === TIME_STAMP ||
    isSourceRoute(view, option)) &&
  view.getUint8(option + OPTION_LENGTH) > POINTER;

/** "The pointer is relative to this option": its first byte is number 1. */
const isBeforePointer = (view: DataView, option: number, entry: number): boolean =>
  entry - option + 1 < view.getUint8(option + POINTER);

const addressStep = () => ADDRESS;

/** Addresses that routers have put in: all before the pointer. */
const recorded: OptionList = {
  is: (view, option) => view.getUint8(option) === RECORD_ROUTE || isSourceRoute(view, option),
  from: ROUTE_DATA,
  step: addressStep,
  where: isBeforePointer,
};

const empty: OptionList = {
  is: (view, option) => view.getUint8(option) === RECORD_ROUTE,
  from: ROUTE_DATA,
  step: addressStep,
  where: (view, option, entry) => !isBeforePointer(view, option, entry),
};

const still: OptionList = {
  is: isSourceRoute,
  from: ROUTE_DATA,
  step: addressStep,
  where: (view, option, entry) => !isBeforePointer(view, option, entry),
};

const broadcastTo: OptionList = {
  is: (view, option) => view.getUint8(option) === DIRECTED_BROADCAST,
  from: 2,
  step: addressStep,
};

const hasAddresses = (view: DataView, option: number): boolean => (view.getUint8(option + 3) & FLAG) !== 0;

const plainTimeStamps: OptionList = {
  is: (view, option) => isOption(TIME_STAMP, TIME_STAMPS)(view, option) && !hasAddresses(view, option),
  from: TIME_STAMPS,
  step: addressStep,
};

const timeStampsWithAddress: OptionList = {
  is: (view, option) => isOption(TIME_STAMP, TIME_STAMPS)(view, option) && hasAddresses(view, option),
  from: TIME_STAMPS,
  step: () => 2 * ADDRESS,
};

const isTimeStamp = isOption(TIME_STAMP, TIME_STAMPS);
const isSecurity = isOption(SECURITY, 3);
const hasAuthorities = isOption(SECURITY, 4);
const isTraceroute = isOption(TRACEROUTE, 12);
const isQuickStart = isOption(QUICK_START, 8);
const isMtu = (view: DataView, option: number): boolean =>
  isOption(MTU_PROBE, 4)(view, option) || isOption(MTU_REPLY, 4)(view, option);

const TIME_STAMP_ABOUT = 'When the packet passed, in milliseconds since midnight UTC.';

function entries(name: string, list: OptionList, fields: readonly Field[]): readonly Field[] {
  return ofEach(name, optionItems(FIXED_HEADER, false, list), fields);
}

export const ipv4OptionFields: readonly Field[] = [
  ...ofEach('opt', optionItems(FIXED_HEADER, false), [
    uint('opt.type', 0, 8, 'Option', 'The type of the option.', { values: typeNames }),
    flag('opt.type.copy', 0, 'Copy on fragmentation', 'Every fragment carries the option.'),
    bits('opt.type.class', 1, 2, 'Class', '0 controls, 2 measures.', { values: classNames }),
    bits('opt.type.number', 3, 5, 'Number', 'The number of the option within its class.', { hidden: true }),
    uint(
      'opt.len',
      OPTION_LENGTH,
      8,
      'Length',
      'The length of the option in bytes, including type and length.',
      {
        when: hasLength,
      },
    ),
    uint('opt.ptr', POINTER, 8, 'Pointer', 'Where in the option the next entry is, counted from 1.', {
      when: hasPointer,
    }),
    bits('opt.overflow', 24, 4, 'Overflow', 'How many routers had no room for their time stamp.', {
      when: isTimeStamp,
    }),
    {
      key: 'opt.flag',
      label: 'Flag',
      about: 'Whether addresses are recorded with the time stamps.',
      kind: 'hex',
      bit: 28,
      width: 4,
      when: isTimeStamp,
      values: timeStampNames,
    },
    uint('opt.sid', 2, 16, 'Stream Identifier', 'SATNET’s stream identifier; obsolete.', {
      when: isOption(STREAM_ID, 4),
    }),
    uint('opt.mtu', 2, 16, 'MTU', 'The smallest MTU on the path so far (RFC 1063, obsolete).', {
      when: isMtu,
    }),
    uint('opt.ra', 2, 16, 'Router Alert', '0: every router should examine the packet (RFC 2113).', {
      when: isOption(ROUTER_ALERT, 4),
    }),
    hex('opt.sec_cl', 2, 8, 'Classification Level', 'The classification of the packet (RFC 1108).', {
      when: isSecurity,
      values: levelNames,
    }),
    hex(
      'opt.sec_prot_auth_flags',
      3,
      8,
      'Protection Authority Flags',
      'The authorities whose rules apply to the packet.',
      {
        when: hasAuthorities,
      },
    ),
    hex(
      'opt.ext_sec_add_sec_info_format_code',
      2,
      8,
      'Additional Security Info Format Code',
      'How to read the rest of the option.',
      { when: isOption(EXTENDED_SECURITY, 3) },
    ),
    uint('opt.id_number', 2, 16, 'ID Number', 'Which trace the packet belongs to (RFC 1393).', {
      when: isTraceroute,
    }),
    uint('opt.ohc', 4, 16, 'Outbound Hop Count', 'Routers that the packet has passed.', {
      when: isTraceroute,
    }),
    uint('opt.rhc', 6, 16, 'Return Hop Count', 'Routers that the reply has passed.', { when: isTraceroute }),
    ipv4Address('opt.originator', 8, 'Originator IP Address', 'The sender of the trace.', {
      when: isTraceroute,
    }),
    bits('opt.qs_func', 16, 4, 'Function', '0 requests a rate, 8 reports the approved one (RFC 4782).', {
      when: isQuickStart,
    }),
    bits('opt.qs_rate', 20, 4, 'Rate', 'The rate: 40 kbit/s times two to this power.', {
      when: isQuickStart,
    }),
    uint('opt.qs_ttl', 3, 8, 'QS TTL', 'Decremented by each router that approves.', { when: isQuickStart }),
  ]),
  ...entries('rec_rt', recorded, [
    ipv4Address('rec_rt', 0, 'Recorded Route', 'A router that the packet has passed.'),
  ]),
  ...entries('empty_rt', empty, [
    ipv4Address('empty_rt', 0, 'Empty Route', 'Room for a router on the rest of the path.'),
  ]),
  ...entries('src_rt', still, [
    ipv4Address('src_rt', 0, 'Source Route', 'A router that the packet still has to pass.'),
  ]),
  ...entries('opt.time_stamp', plainTimeStamps, [
    uint('opt.time_stamp', 0, 32, 'Time stamp', TIME_STAMP_ABOUT),
  ]),
  ...sideBySide('opt.time_stamp_addr', optionItems(FIXED_HEADER, false, timeStampsWithAddress), [
    ipv4Address('opt.time_stamp_addr', 0, 'Address', 'The router whose time stamp follows.'),
    uint('opt.time_stamp', 4, 32, 'Time stamp', TIME_STAMP_ABOUT),
  ]),
  ...entries('opt.addr', broadcastTo, [
    ipv4Address('opt.addr', 0, 'IP Address', 'Another receiver of the packet.'),
  ]),
];

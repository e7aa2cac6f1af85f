/**
 * Neighbor Discovery's options (RFC 4861, section 4.6; RFC 4191, 8106, 8781, 6275, 3971).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     Type      |    Length     |              ...              |  the length in units of 8 bytes, type and length included
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, byteString, etherAddress, flag, hex, ipv6Address, ofEach, span, uint } from '../fields.ts';
import type { Decoding, Field, Items } from '../protocol.ts';

const LENGTH = 1;
const UNIT = 8;
const ADDRESS = 16;

const SOURCE_LINK_LAYER = 1;
const TARGET_LINK_LAYER = 2;
const PREFIX_INFORMATION = 3;
const MTU = 5;
const ADVERTISEMENT_INTERVAL = 7;
const HOME_AGENT = 8;
const NONCE = 14;
const ROUTE_INFORMATION = 24;
const DNS_SERVERS = 25;
const DNS_SEARCH_LIST = 31;
const PREF64 = 38;

const typeNames: Readonly<Record<number, string>> = {
  [SOURCE_LINK_LAYER]: 'Source link-layer address',
  [TARGET_LINK_LAYER]: 'Target link-layer address',
  [PREFIX_INFORMATION]: 'Prefix information',
  4: 'Redirected header',
  [MTU]: 'MTU',
  6: 'NBMA Shortcut Limit Option',
  [ADVERTISEMENT_INTERVAL]: 'Advertisement Interval',
  [HOME_AGENT]: 'Home Agent Information',
  9: 'Source Address List',
  10: 'Target Address List',
  11: 'CGA',
  12: 'RSA Signature',
  13: 'Timestamp',
  [NONCE]: 'Nonce',
  15: 'Trust Anchor',
  16: 'Certificate',
  17: 'IP Address/Prefix Option',
  18: 'New Router Prefix Information',
  19: 'Link-layer Address',
  20: 'Neighbor Advertisement Acknowledgment',
  23: 'MAP',
  [ROUTE_INFORMATION]: 'Route Information',
  [DNS_SERVERS]: 'Recursive DNS Server',
  26: 'RA Flags Extension',
  27: 'Handover Key Request',
  28: 'Handover Key Reply',
  29: 'Handover Assist Information',
  30: 'Mobile Node Identifier Option',
  [DNS_SEARCH_LIST]: 'DNS Search List Option',
  32: 'Proxy Signature (PS)',
  33: 'Address Registration Option',
  34: '6LoWPAN Context Option',
  35: 'Authoritative Border Router',
  36: '6LoWPAN Capability Indication Option',
  37: 'DHCP Captive-Portal',
  [PREF64]: 'PREF64 Option',
  138: 'CARD Request',
  139: 'CARD Reply',
  253: 'RFC3692-style Experiment 1',
  254: 'RFC3692-style Experiment 2',
};

export const routerPreferenceNames: Readonly<Record<number, string>> = {
  0: 'Medium',
  1: 'High',
  2: 'Reserved',
  3: 'Low',
};

/** Where a message's options start, from its start; 0 for a message that has none. */
export type OptionsStart = (view: DataView, start: number) => number;

/**
 * The options that stand wholly in the message: "Nodes MUST silently discard an ND packet that contains an option with length zero."
 *
 * @param visitOption called with an option's place and its end
 */
function walk(
  optionsStart: OptionsStart,
  visitOption: (view: DataView, option: number, end: number, visit: (item: number) => void) => void,
): Items {
  return (view, start, stack, layer, visit) => {
    const first = optionsStart(view, start);
    if (first === 0) return;
    const end = stack.layerEnd(layer);
    for (let at = start + first; at + UNIT <= end; ) {
      const next = at + view.getUint8(at + LENGTH) * UNIT;
      if (next === at || next > end) return;
      visitOption(view, at, next, visit);
      at = next;
    }
  };
}

/**
 * Whether the options fill their message: "Nodes MUST silently discard an ND packet that contains an option with length zero" (RFC 4861,
 * 4.6), and Linux one with an option that goes beyond. Only says what it finds.
 */
export function checkNeighborOptions(stack: Decoding, view: DataView, first: number, end: number): void {
  for (let at = first; at < end; ) {
    const length = at + LENGTH < end ? view.getUint8(at + LENGTH) * UNIT : UNIT;
    if (length === 0) {
      stack.malformed(at + LENGTH, 'Neighbor Discovery option has length zero');
      return;
    }
    if (at + length > end) {
      stack.tooShort(at, length, end - at, 'Neighbor Discovery option');
      return;
    }
    at += length;
  }
}

/** Whether an option is of this type, and has so many units of 8 bytes at least. */
function isOption(type: number, least: number): (view: DataView, option: number) => boolean {
  return (view, option) => view.getUint8(option) === type && view.getUint8(option + LENGTH) >= least;
}

const isPrefix = isOption(PREFIX_INFORMATION, 4);
const isRoute = isOption(ROUTE_INFORMATION, 1);
const isHomeAgent = isOption(HOME_AGENT, 1);
const isPref64 = isOption(PREF64, 2);

/** Ethernet's addresses: with type and length, just 8 bytes. */
function isEtherAddress(type: number): (view: DataView, option: number) => boolean {
  return (view, option) => view.getUint8(option) === type && view.getUint8(option + LENGTH) === 1;
}

/** The first link-layer address of a kind: what JSON shows of the options. */
function linkAddressField(
  optionsStart: OptionsStart,
  type: number,
  key: string,
  label: string,
  about: string,
): Field {
  const first = (view: DataView, start: number, end: number): number => {
    const from = optionsStart(view, start);
    if (from === 0) return 0;
    for (let at = start + from; at + UNIT <= end; ) {
      const length = view.getUint8(at + LENGTH) * UNIT;
      if (length === 0 || at + length > end) return 0;
      if (isEtherAddress(type)(view, at)) return at + 2 - start;
      at += length;
    }
    return 0;
  };
  return etherAddress(key, 0, label, about, {
    when: (view, start, stack, layer) => first(view, start, stack.layerEnd(layer)) !== 0,
    span: (view, start, stack, layer) => span(first(view, start, stack.layerEnd(layer)), 6),
  });
}

export function neighborOptionFields(optionsStart: OptionsStart): readonly Field[] {
  return [
    linkAddressField(
      optionsStart,
      SOURCE_LINK_LAYER,
      'opt.src_linkaddr',
      'Source Link-layer address',
      'The MAC address of the sender’s network card.',
    ),
    linkAddressField(
      optionsStart,
      TARGET_LINK_LAYER,
      'opt.target_linkaddr',
      'Target Link-layer address',
      'The MAC address of the network card that has the target address.',
    ),
    ...ofEach(
      'opt',
      walk(optionsStart, (_view, option, _end, visit) => visit(option)),
      [
        uint('opt.type', 0, 8, 'Option', 'The type of the option.', { values: typeNames }),
        uint('opt.length', LENGTH, 8, 'Length', 'The length in units of 8 bytes, including type and length.'),
        etherAddress('opt.linkaddr', 2, 'Link-layer address', 'The address of the sender or the target.', {
          hidden: true,
          when: (view, option) =>
            isEtherAddress(SOURCE_LINK_LAYER)(view, option) ||
            isEtherAddress(TARGET_LINK_LAYER)(view, option),
        }),
        uint('opt.prefix.length', 2, 8, 'Prefix Length', 'How many bits of the prefix are significant.', {
          when: (view, option) => isPrefix(view, option) || isRoute(view, option),
        }),
        hex('opt.prefix.flag', 3, 8, 'Flag', 'All flags in one number.', { hidden: true, when: isPrefix }),
        flag('opt.prefix.flag.l', 24, 'On-link flag (L)', 'Addresses of the prefix are on this link.', {
          when: isPrefix,
        }),
        flag(
          'opt.prefix.flag.a',
          25,
          'Autonomous address-configuration flag (A)',
          'Hosts may form their own address from the prefix.',
          { when: isPrefix },
        ),
        flag('opt.prefix.flag.r', 26, 'Router address flag (R)', 'The prefix is a router’s whole address.', {
          hidden: true,
          when: isPrefix,
        }),
        uint('opt.prefix.valid_lifetime', 4, 32, 'Valid Lifetime', 'Seconds; 4294967295 is forever.', {
          when: isPrefix,
        }),
        uint(
          'opt.prefix.preferred_lifetime',
          8,
          32,
          'Preferred Lifetime',
          'Seconds; 4294967295 is forever.',
          {
            when: isPrefix,
          },
        ),
        ipv6Address('opt.prefix', 16, 'Prefix', 'The addresses of the network start with this.', {
          when: isPrefix,
        }),

        ipv6Address('opt.prefix', 8, 'Prefix', 'Where the route leads.', {
          when: isOption(ROUTE_INFORMATION, 3),
        }),
        uint('opt.mtu', 4, 32, 'MTU', 'The largest packet that this link takes. A tunnel’s MTU is smaller.', {
          when: isOption(MTU, 1),
        }),
        bits(
          'opt.route_info.flag.route_preference',
          27,
          2,
          'Route Preference',
          'The route’s preference: high, medium or low.',
          {
            values: routerPreferenceNames,
            when: isRoute,
          },
        ),
        uint('opt.route_lifetime', 4, 32, 'Route Lifetime', 'Seconds; 4294967295 is forever.', {
          when: isRoute,
        }),
        uint('opt.rdnss.lifetime', 4, 32, 'Lifetime', 'How many seconds the servers may be used.', {
          when: isOption(DNS_SERVERS, 1),
        }),
        uint('opt.dnssl.lifetime', 4, 32, 'Lifetime', 'How many seconds the domains are valid.', {
          when: isOption(DNS_SEARCH_LIST, 1),
        }),
        uint(
          'opt.advertisement_interval',
          4,
          32,
          'Advertisement Interval',
          'The maximum interval between advertisements, in milliseconds.',
          {
            when: isOption(ADVERTISEMENT_INTERVAL, 1),
          },
        ),
        uint(
          'opt.home_agent_preference',
          4,
          16,
          'Home Agent Preference',
          'The home agent’s preference: higher is better.',
          {
            when: isHomeAgent,
          },
        ),
        uint(
          'opt.home_agent_lifetime',
          6,
          16,
          'Home Agent Lifetime',
          'Seconds for which the home agent is available.',
          { when: isHomeAgent },
        ),
        byteString(
          'opt.nonce',
          'Nonce',
          'A random number that the answer repeats.',
          (view, option) => span(2, view.getUint8(option + LENGTH) * UNIT - 2),
          { when: isOption(NONCE, 1) },
        ),
        bits('opt.pref64.scaled_lifetime', 16, 13, 'Scaled Lifetime', 'The lifetime in units of 8 seconds.', {
          when: isPref64,
        }),
        hex(
          'opt.pref64.plc',
          2,
          16,
          'PLC (Prefix Length Code)',
          'The length of the NAT64 prefix, as a code.',
          {
            hidden: true,
            when: isPref64,
            read: (view, option) => view.getUint16(option + 2) & 7,
          },
        ),
      ],
    ),
    ...ofEach(
      'opt.rdnss',
      walk(optionsStart, (view, option, end, visit) => {
        if (view.getUint8(option) !== DNS_SERVERS) return;
        for (let at = option + UNIT; at + ADDRESS <= end; at += ADDRESS) visit(at);
      }),
      [ipv6Address('opt.rdnss', 0, 'Recursive DNS Server', 'The address of a DNS server.')],
    ),
  ];
}

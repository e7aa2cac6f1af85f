/**
 * What Neighbor Discovery's messages (RFC 4861, section 4) have in front of their options.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Cur Hop Limit |M|O|H|Prf|     |        Router Lifetime        |  router advertisement, with two times behind it
 * |R|S|O|                     Reserved                            |  neighbor advertisement
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   Target Address (128 bits); a redirect's Destination Address |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, flag, hex, ipv6Address, uint } from '../fields.ts';
import type { Field } from '../protocol.ts';
import { is } from './icmp-messages.ts';
import { ICMPV6_TYPE } from './icmpv6-names.ts';
import { routerPreferenceNames } from './neighbor-options.ts';

/** Of solicitations, advertisements and redirects. */
export const TARGET = 8;

const isRouterAdvertisement = is(ICMPV6_TYPE.routerAdvertisement);
const isNeighborAdvertisement = is(ICMPV6_TYPE.neighborAdvertisement);
const isRedirect = is(ICMPV6_TYPE.redirect);

export const neighborFields: readonly Field[] = [
  uint('nd.ra.cur_hop_limit', 4, 8, 'Cur hop limit', 'The hop limit that hosts should send with.', {
    when: isRouterAdvertisement,
  }),
  hex('nd.ra.flag', 5, 8, 'Flags', 'All flags in one number.', {
    hidden: true,
    when: isRouterAdvertisement,
  }),
  flag('nd.ra.flag.m', 40, 'Managed address configuration', 'Addresses come by DHCPv6.', {
    when: isRouterAdvertisement,
  }),
  flag('nd.ra.flag.o', 41, 'Other configuration', 'Other settings come by DHCPv6.', {
    when: isRouterAdvertisement,
  }),
  flag('nd.ra.flag.h', 42, 'Home Agent', 'The router serves mobile hosts.', {
    hidden: true,
    when: isRouterAdvertisement,
  }),
  bits(
    'nd.ra.flag.prf',
    43,
    2,
    'Default Router Preference',
    'The router’s preference: high, medium or low.',
    {
      when: isRouterAdvertisement,
      values: routerPreferenceNames,
      reference: 'RFC 4191',
    },
  ),
  uint('nd.ra.router_lifetime', 6, 16, 'Router lifetime (s)', 'How long this router is a default router.', {
    when: isRouterAdvertisement,
  }),
  uint(
    'nd.ra.reachable_time',
    8,
    32,
    'Reachable time (ms)',
    'How long a neighbour that answered counts as reachable.',
    {
      when: isRouterAdvertisement,
    },
  ),
  uint('nd.ra.retrans_timer', 12, 32, 'Retrans timer (ms)', 'The time between repeated solicitations.', {
    when: isRouterAdvertisement,
  }),
  hex('nd.na.flag', 4, 32, 'Flags', 'All flags in one number.', {
    hidden: true,
    when: isNeighborAdvertisement,
  }),
  flag('nd.na.flag.r', 32, 'Router', 'The sender is a router.', {
    when: isNeighborAdvertisement,
  }),
  flag('nd.na.flag.s', 33, 'Solicited', 'This answers a solicitation.', {
    when: isNeighborAdvertisement,
  }),
  flag('nd.na.flag.o', 34, 'Override', 'Replaces a link-layer address that is already known.', {
    when: isNeighborAdvertisement,
  }),
  ipv6Address(
    'nd.ns.target_address',
    TARGET,
    'Target Address',
    'The IP address whose link-layer address is asked for.',
    {
      when: is(ICMPV6_TYPE.neighborSolicitation),
    },
  ),
  ipv6Address(
    'nd.na.target_address',
    TARGET,
    'Target Address',
    'The IP address whose link-layer address this announces.',
    {
      when: isNeighborAdvertisement,
    },
  ),
  ipv6Address('nd.rd.target_address', TARGET, 'Target Address', 'The better first hop.', {
    when: isRedirect,
  }),
  ipv6Address(
    'rd.na.destination_address',
    24,
    'Destination Address',
    'The destination that is reached through it.',
    {
      when: isRedirect,
    },
  ),
];

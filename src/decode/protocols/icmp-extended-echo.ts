/**
 * What ICMP's and ICMPv6's extended echo (RFC 8335, sections 2 and 3) have in common: a question about an interface of the router that is
 * asked, or of its neighbour.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Identifier          |Sequence Number|   Reserved  |L|  request
 * |           Identifier          |Sequence Number|State|Res|A|4|6|  reply
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, flag, uint } from '../fields.ts';
import type { Field } from '../protocol.ts';

export const extendedEchoCodeNames: Readonly<Record<number, string>> = {
  0: 'No error',
  1: 'Malformed Query',
  2: 'No Such Interface',
  3: 'No Such Table Entry',
  4: 'Multiple Interfaces Satisfy Query',
};

const stateNames: Readonly<Record<number, string>> = {
  0: 'Reserved',
  1: 'Incomplete',
  2: 'Reachable',
  3: 'Stale',
  4: 'Delay',
  5: 'Probe',
  6: 'Failed',
};

type When = NonNullable<Field['when']>;

export function extendedEchoFields(isEither: When, isRequest: When, isReply: When): readonly Field[] {
  return [
    uint('ext.echo.seq', 6, 8, 'Sequence Number', 'Counts the requests. A reply repeats it.', {
      when: isEither,
    }),
    flag(
      'ext.echo.req.local',
      63,
      'Local bit',
      'Asks about the router’s own interface, not its neighbour’s.',
      {
        when: isRequest,
      },
    ),
    bits('ext.echo.rsp.state', 56, 3, 'State', 'What the router knows of the neighbour.', {
      when: isReply,
      values: stateNames,
    }),
    flag('ext.echo.rsp.active', 61, 'Active bit', 'The interface is up.', { when: isReply }),
    flag('ext.echo.rsp.ipv4', 62, 'IPv4 bit', 'IPv4 runs on it.', { when: isReply }),
    flag('ext.echo.rsp.ipv6', 63, 'IPv6 bit', 'IPv6 runs on it.', { when: isReply }),
  ];
}

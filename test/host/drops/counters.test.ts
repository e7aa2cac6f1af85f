/** The kernel's counters, as its files have them. */
import { expect, it } from 'vitest';
import { parseCounters } from '../../../src/host/drops/counters.ts';

it('counters of loss alone, by their group and name', () => {
  const counters = new Map<string, number>();
  const text = `Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards OutNoRoutes ReasmFails
Ip: 1 64 900 1 2 3 4 5 6 7
Icmp: InMsgs InErrors OutDestUnreachs
Icmp: 1 2 3
Udp: InDatagrams NoPorts InErrors RcvbufErrors InCsumErrors
Udp: 1 2 3 4 5
Tcp: RtoAlgorithm InErrs
Tcp: 1 9
TcpExt: SyncookiesSent IPReversePathFilter
TcpExt: 1 2
IpExt: InNoRoutes InTruncatedPkts InOctets
IpExt: 1 2 3
Ip6InReceives                   \t5
Ip6InNoRoutes                   \t6
Udp6NoPorts                     \t7
`;
  parseCounters(text, counters);
  expect(Object.fromEntries(counters)).toEqual({
    ...{ 'Ip InHdrErrors': 1, 'Ip InAddrErrors': 2, 'Ip InUnknownProtos': 4, 'Ip InDiscards': 5 },
    ...{ 'Ip OutNoRoutes': 6, 'Ip ReasmFails': 7, 'Icmp InErrors': 2, 'Icmp OutDestUnreachs': 3 },
    ...{ 'Udp NoPorts': 2, 'Udp InErrors': 3, 'Udp RcvbufErrors': 4, 'Udp InCsumErrors': 5 },
    ...{ 'TcpExt IPReversePathFilter': 2, 'IpExt InNoRoutes': 1, 'IpExt InTruncatedPkts': 2 },
    ...{ 'Ip6 InNoRoutes': 6, 'Udp6 NoPorts': 7 },
  });
});

/** The one list of protocols. To add one: its file in protocols/, its line here, its fixture. */
import { partialHeaderOf } from './partial-header.ts';
import type { Protocol } from './protocol.ts';
import { arp } from './protocols/arp.ts';
import { authenticationHeader } from './protocols/authentication-header.ts';
import { ayiya } from './protocols/ayiya.ts';
import { ciscoHdlc } from './protocols/chdlc.ts';
import { ciscoMetadata } from './protocols/cisco-metadata.ts';
import { data } from './protocols/data.ts';
import { dhcp } from './protocols/dhcp.ts';
import { dns, multicastDns } from './protocols/dns.ts';
import { erspan } from './protocols/erspan.ts';
import { esp } from './protocols/esp.ts';
import { etherIp } from './protocols/etherip.ts';
import { ethernet } from './protocols/ethernet.ts';
import { exportedPdu } from './protocols/exported-pdu.ts';
import { frameRelay } from './protocols/frame-relay.ts';
import { geneve } from './protocols/geneve.ts';
import { gre } from './protocols/gre.ts';
import { gtp } from './protocols/gtp.ts';
import { gue } from './protocols/gue.ts';
import { http } from './protocols/http.ts';
import { icmp } from './protocols/icmp.ts';
import { icmpv6 } from './protocols/icmpv6.ts';
import { ipoib } from './protocols/ipoib.ts';
import { ipv4 } from './protocols/ipv4.ts';
import { ipv6 } from './protocols/ipv6.ts';
import { ipv6Fragment } from './protocols/ipv6-fragment.ts';
import { ipv6DestinationOptions, ipv6HopByHop } from './protocols/ipv6-options.ts';
import { ipv6Routing } from './protocols/ipv6-routing.ts';
import { isakmp } from './protocols/isakmp.ts';
import { l2tp } from './protocols/l2tp.ts';
import { lispData } from './protocols/lisp-data.ts';
import { llc } from './protocols/llc.ts';
import { lldp } from './protocols/lldp.ts';
import { macsec } from './protocols/macsec.ts';
import { mpls } from './protocols/mpls.ts';
import { nflog } from './protocols/nflog.ts';
import { nullLoopback } from './protocols/null.ts';
import { pim } from './protocols/pim.ts';
import { pktap } from './protocols/pktap.ts';
import { ppi } from './protocols/ppi.ts';
import { ppp } from './protocols/ppp.ts';
import { pppoeDiscovery, pppoeSession } from './protocols/pppoe.ts';
import { prefix, programPreludes } from './protocols/preludes.ts';
import { associatedChannel, ethernetPseudowire } from './protocols/pseudowire.ts';
import { radiotap } from './protocols/radiotap.ts';
import { sll } from './protocols/sll.ts';
import { sll2 } from './protocols/sll2.ts';
import { slowProtocols } from './protocols/slow.ts';
import { stp } from './protocols/stp.ts';
import { broadcomTag, broadcomTagInFront, marvellEtherTypeTag, marvellTag } from './protocols/switch-tags.ts';
import { tcp } from './protocols/tcp.ts';
import { teredo } from './protocols/teredo.ts';
import { tunPacketInformation } from './protocols/tun-pi.ts';
import { udp } from './protocols/udp.ts';
import { udpEncapsulation } from './protocols/udp-encapsulation.ts';
import { providerBridge, vlan } from './protocols/vlan.ts';
import { vxlan } from './protocols/vxlan.ts';
import { vxlanGpe } from './protocols/vxlan-gpe.ts';
import { wireguard } from './protocols/wireguard.ts';
import { wlan } from './protocols/wlan.ts';

/**
 * A protocol's number is its place here; `data` is 0. Payloads of UDP ports that say nothing are asked for a proof in
 * this order too: the longest proof first.
 */
export const protocols: readonly Protocol[] = [
  data,
  tunPacketInformation,
  ethernet,
  ipv4,
  udp,
  icmp,
  tcp,
  vlan,
  vxlan,
  providerBridge,
  llc,
  arp,
  ipv6,
  ipv6HopByHop,
  ipv6Routing,
  ipv6Fragment,
  ipv6DestinationOptions,
  authenticationHeader,
  esp,
  icmpv6,
  sll,
  sll2,
  nullLoopback,
  geneve,
  gre,
  erspan,
  ppp,
  pppoeSession,
  pppoeDiscovery,
  mpls,
  ethernetPseudowire,
  associatedChannel,
  etherIp,
  l2tp,
  vxlanGpe,
  gtp,
  wireguard,
  udpEncapsulation,
  isakmp,
  gue,
  lldp,
  stp,
  slowProtocols,
  ciscoHdlc,
  frameRelay,
  dns,
  multicastDns,
  dhcp,
  http,
  nflog,
  pktap,
  ciscoMetadata,
  teredo,
  lispData,
  ayiya,
  pim,
  macsec,
  ipoib,
  marvellTag,
  marvellEtherTypeTag,
  broadcomTag,
  broadcomTagInFront,
  radiotap,
  ppi,
  wlan,
  exportedPdu,
  ...programPreludes,
  prefix,
  partialHeaderOf(ipv4, 4),
  ...[udp, icmp, tcp, arp].map((protocol) => partialHeaderOf(protocol)),
];

const numbers = new Map(
  protocols.flatMap(({ name, isPartial }, number) => (isPartial === true ? [] : [[name, number] as const])),
);

/** By protocol number: the number of the protocol that stands for a header of it that breaks off; DATA where none does. */
export const partialHeaders = Uint8Array.from(protocols, ({ name, isPartial }) =>
  isPartial
    ? 0
    : Math.max(
        0,
        protocols.findIndex((other) => other.isPartial && other.name === name),
      ),
);

/** The number of a protocol that is known to be in the list. */
export function protocolNumber(protocol: Protocol): number {
  return numbers.get(protocol.name) as number;
}

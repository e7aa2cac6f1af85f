/**
 * Every finding that there is, in one table: code, severities, what it means, what to do. docs/findings.md is made from it. Codes are
 * stable: scripts may rely on them.
 */

/** An `error` explains why pings fail, a `warning` deserves a look, `info` limits what the verdict can know. */
export type Severity = 'error' | 'warning' | 'info';

export interface FindingDescription {
  readonly severity: Severity;
  readonly meaning: string;
  readonly advice: string;
}

const ERROR = 'error';
const WARNING = 'warning';
const INFO = 'info';

export const FINDINGS = {
  'no-echo-request': {
    severity: ERROR,
    meaning:
      'The capture holds no echo request that could be read. The message names what could not be read: a link type that is not decoded, packets cut too short, an encrypted tunnel, or missing fragments.',
    advice:
      'Do what the message says. Otherwise ping while capturing, check interface and filter, and if a tunnel is not recognised, say with -d what its port carries; if the payloads look like a known tunnel, the finding names both.',
  },
  'kernel-dropped': {
    severity: ERROR,
    meaning:
      'With `--why`: this machine’s kernel dropped the pings and gave a reason. `reason` is the kernel’s name for it and `location` its function; `device` and `namespace` are where the packet last was. `certainty` is `certain` if the dropped buffer is the one that was captured, `likely` if that is not certain, and `near`, a warning, if only a packet of a matching size was dropped at that moment.',
    advice: 'Do what the finding says; docs/drop-reasons.md lists every reason.',
  },
  'kernel-counters': {
    severity: INFO,
    meaning:
      'With `--why`, where pings were lost: kernel counters that rose meanwhile, in the captured namespaces and on their devices. They confirm the reasons, and help if the kernel gives none; other traffic increases them too.',
    advice:
      'Look up the counter in docs/drops.md. If it rose by the number of lost pings, it probably counts them.',
  },
  'outer-port-unreachable': {
    severity: ERROR,
    meaning:
      'An end of the tunnel answers that nothing listens on the UDP port that the other end sends to: the tunnel is not running there, or it sends from another port and listens only on that one.',
    advice:
      'Start that end, or correct the port. If the finding names two ports, bind the socket to the one that is sent to (socat: bind=).',
  },
  'outer-unreachable': {
    severity: ERROR,
    meaning:
      'A router or host reports that the tunnel’s packets can’t go on: the host or network is unreachable, a firewall forbids them, or the host does not accept their IP protocol.',
    advice: 'Check routes and firewalls, and whether the tunnel’s other end is up.',
  },
  'outer-ttl-exceeded': {
    severity: ERROR,
    meaning: 'The outer TTL expired at the router named.',
    advice: 'Raise the tunnel’s TTL, and look for a routing loop.',
  },
  'outer-reassembly-timeout': {
    severity: ERROR,
    meaning:
      'The host named received some fragments of the tunnel’s packets and timed out waiting for the others.',
    advice:
      'Look for loss and for firewalls that drop fragments, or lower the inner MTU so that nothing is fragmented.',
  },
  'outer-fragmentation-needed': {
    severity: ERROR,
    meaning:
      'The tunnel’s packets are larger than the MTU of a link on the path, and must not be fragmented (DF, or IPv6).',
    advice: 'Lower the inner MTU by the tunnel’s overhead, to the number that the finding names.',
  },
  'mtu-black-hole': {
    severity: ERROR,
    meaning:
      'Requests above a certain length that must not be fragmented (DF, or IPv6) went unanswered while shorter ones were answered, too often for chance, and no ICMP error says why. It is a warning if no request was answered, so that only their length, above 1500 bytes, points to the MTU.',
    advice:
      'Lower the inner MTU by the tunnel’s overhead, and let ICMP “fragmentation needed” and “packet too big” through firewalls.',
  },
  'inner-unreachable': {
    severity: ERROR,
    meaning: 'A router or host inside the overlay reports that it can’t deliver the ping.',
    advice: 'Check the routes and the firewall of the one that reports it, and whether the address is up.',
  },
  'encrypted-tunnel': {
    severity: INFO,
    meaning:
      'A tunnel was seen whose packets are encrypted: WireGuard, ESP, or OpenVPN. The message says how many packets went each way, and whether their sizes fit pings as they are sent without options: 84 bytes (Linux, macOS), 104 (the same over IPv6), 60 (Windows). WireGuard fills up to a multiple of 16 bytes, so that more than one size fits; keepalives and handshakes are counted apart. Of other UDP payloads it is only said that they come in turns, in one size, if no ping can be read.',
    advice:
      "Sizes prove nothing: capture on the tunnel's own device (-i wg0), where its packets are not encrypted.",
  },
  keepalives: {
    severity: INFO,
    meaning:
      "Packets that a tunnel's program sends of its own, and nobody inside: OpenVPN's pings and messages about options, tinc's MTU probes, GRE keepalives, GTP-U's echo messages, BFD. WireGuard's are counted with the encrypted tunnel.",
    advice: 'Nothing is wrong: these packets are not pings, and are not counted.',
  },
  'inner-ttl-exceeded': {
    severity: ERROR,
    meaning: 'The inner TTL expired at the router named.',
    advice: 'Look for a routing loop inside the overlay; traceroute causes this on purpose.',
  },
  traceroute: {
    severity: INFO,
    meaning:
      'Pings were sent with TTLs that ran out on the way, as traceroute and mtr send them: each router that said so is shown as a hop, and has answered. They are taken for that if the destination answered others, and if all that ran out had fewer hops left than those, 30 at most. UDP datagrams, as traceroute, tracepath and mtr --udp send them, are taken for probes if several distances were tried and hops ran out.',
    advice: 'Nothing is wrong: the verdict lists the hops under the path, or in the table of exchanges.',
  },
  'inner-reassembly-timeout': {
    severity: ERROR,
    meaning: 'The host named received some fragments of the ping and timed out waiting for the others.',
    advice: 'Look for loss and for firewalls that drop fragments, or send smaller packets.',
  },
  'inner-fragmentation-needed': {
    severity: ERROR,
    meaning:
      'The ping is larger than the MTU of a link on its path, often the tunnel’s, and must not be fragmented. An error sent in the destination’s name comes from a tunnel device on the sender’s side: Linux’s VXLAN and GENEVE devices on a bridge do this. If it came through the tunnel itself, it is from a device on the destination’s side.',
    advice: 'Send smaller packets, or give the containers the MTU that the finding names.',
  },
  'tun-packet-information-mismatch': {
    severity: ERROR,
    meaning:
      'One end of the tunnel sends four bytes of TUN packet information before each packet, and the other does not. It is a warning if that is likely but not proven.',
    advice: 'Use the same setting on both ends: iff-no-pi on both, or on neither.',
  },
  'vxlan-flags': {
    severity: ERROR,
    meaning:
      'VXLAN headers lack the I flag, so receivers drop them, and pings inside are not counted. It is a warning if unanswered requests had other flags as well, such as a group policy’s, which Linux drops unless the device was created for them.',
    advice:
      'Fix the sender: RFC 7348 requires 0x08 in the first byte, and no other flags. Extensions must be enabled on both ends.',
  },
  'bad-checksum': {
    severity: ERROR,
    meaning:
      'A checksum of a ping is wrong, and it is not a partial one that the sender left to its network card.',
    advice: 'Look for damage on the path and for faulty checksum offload: ethtool -K DEVICE tx off.',
  },
  'damaged-replies': {
    severity: ERROR,
    meaning:
      'The only answer to a request is a reply with a wrong checksum, which receivers drop: IPv4 header (inside or outside the tunnel), ICMP or ICMPv6. The request counts as unanswered.',
    advice:
      'Look for what damages packets or miscalculates checksums on the way back; ping does not count these replies either.',
  },
  'undelivered-replies': {
    severity: ERROR,
    meaning:
      'Replies were seen, but ICMP errors in the capture quote them as undelivered: nothing listens at their destination, they are too large, their TTL expired, or their reassembly timed out. Their requests count as unanswered.',
    advice: 'Look into the ICMP errors: their own findings say who sent them, and why.',
  },
  'replies-not-back': {
    severity: ERROR,
    meaning:
      'In a capture on several interfaces, replies were seen, but not on the interface where their requests were first seen: they were dropped in between. Their requests count as unanswered.',
    advice:
      'tunnelscope path shows how far they came: check routes and rp_filter there. Programs that pass packets around a device, as eBPF does, look the same; if so, capture on the next device.',
  },
  'other-data': {
    severity: WARNING,
    meaning:
      'Replies do not return the data of their requests: the first bytes, the length or the checksum of all of it differ. They count as answers, as in ping.',
    advice: 'Look for what changes or truncates packets on the path and recomputes their checksums.',
  },
  'reply-other-mac': {
    severity: WARNING,
    meaning:
      'Replies are sent to another MAC address than their requests came from, on the same link, so the sender may never get them. They count as answers, as a bond may send from several addresses. Not reported for requests that a router has forwarded (told by their TTL), nor for Cilium, whose frames keep the addresses of the sender’s host.',
    advice: 'Look for a stale or wrong neighbour entry where the replies come from: ip neigh.',
  },
  'other-address': {
    severity: ERROR,
    meaning:
      'Replies with the identifier, sequence number and data of requests came from another address than the one that was pinged, which did not answer. They do not count as answers. It is a warning if the pinged address answered too.',
    advice:
      'If the address is translated (NAT), route replies through the translation too. Otherwise look for packets that are copied on the path.',
  },
  'group-answers': {
    severity: INFO,
    meaning:
      'Several hosts answer requests to a group: a multicast address, an IPv4 address that ends in .255, or one in a frame to ff:ff:ff:ff:ff:ff. The first answer to a request counts, and the others are duplicates, as in ping.',
    advice: 'Nothing, if all of these hosts should answer.',
  },
  'vxlan-checksum-offload': {
    severity: ERROR,
    meaning:
      'The outer UDP checksum of VXLAN packets is wrong, so receivers drop the packets. The checksum offload of some kernels and network cards causes this, most often on Flannel’s device.',
    advice: 'Run ethtool -K flannel.1 tx-checksum-ip-generic off (or name your VXLAN device).',
  },
  'only-ping-works': {
    severity: ERROR,
    meaning:
      'Pings through this tunnel were answered, but no TCP connection or DNS query through it was, although some went to hosts that answered pings or sent them.',
    advice:
      'Look for a firewall or network policy that allows only ICMP, and for wrong inner checksums. Capture at the other end to see whether SYNs arrive there.',
  },
  'inner-checksum-bad': {
    severity: ERROR,
    meaning:
      'TCP or UDP checksums inside the tunnel are wrong, so receivers drop these packets. Pings get through, as the sender computes their checksums itself. Checksums left to the network card (partial) are recognised and not reported. It is a warning if fewer than one packet in ten is affected, or if the packets were answered anyway, as virtual devices of one machine do not verify checksums.',
    advice:
      'On the sending side, run ethtool -K DEVICE tx-checksum-ip-generic off for the tunnel’s device, such as flannel.1 or vxlan.calico. If it is a warning, look for damage on the path.',
  },
  'tcp-black-hole': {
    severity: ERROR,
    meaning:
      'TCP connections hang in one direction: full segments were sent again and never acknowledged, while shorter ones were. A link on the path seems to take only smaller packets, and the ICMP error that should say so does not reach the sender. The message has the size, the MSS that both ends announced, and the size of the tunnel’s headers. If the capture was taken after that link, it shows data that never arrives although shorter segments after it do. It is a warning if nothing was heard from the other end since, or if the sender switched to shorter segments by itself.',
    advice:
      'Set the inner devices’ MTU to the number in the message, or clamp the MSS (nft: tcp option maxseg size set rt mtu). Let ICMP “fragmentation needed” and “packet too big” through firewalls.',
  },
  'mss-too-large': {
    severity: WARNING,
    meaning:
      'Both ends of a TCP connection inside a tunnel announce an MSS whose packets do not fit the smallest known MTU of the tunnel’s path: from an ICMP error, from --mtu, or from the interface of a live capture. Nothing was lost yet, but the first full segments will be.',
    advice: 'Set the inner devices’ MTU to the number in the message, or clamp the MSS.',
  },
  'one-way-only': {
    severity: WARNING,
    meaning:
      'Packets of TCP connections or UDP flows pass a tunnel in one direction only. Either the packets back take no tunnel or one of another kind, or a connection goes on although the capture has no packet back, while it has other packets back through this tunnel. A UDP flow with no packet back at all is not reported: much of UDP is never answered.',
    advice:
      'Compare both sides’ routes. Stateful firewalls and connection tracking drop such packets. Nothing to do if it is intended, as with direct server return.',
  },
  'tcp-unanswered': {
    severity: ERROR,
    meaning:
      'No TCP connection between these addresses through this tunnel was answered: neither a SYN-ACK nor a RST came. It is a warning if some were.',
    advice:
      'Capture at the other end too, to see how far SYNs get and whether they are answered. A firewall that drops packets looks the same.',
  },
  'dns-unanswered': {
    severity: ERROR,
    meaning:
      'No DNS query over UDP between these addresses through this tunnel was answered within five seconds. It is a warning if some were.',
    advice:
      'Capture at the name server too, to see whether queries arrive there and are answered. A firewall that drops packets looks the same.',
  },
  'tcp-refused': {
    severity: WARNING,
    meaning:
      'TCP connections were refused, by a RST or by an ICMP error. A RST from the destination shows that the tunnel works in both directions.',
    advice: 'Check that something listens on that port, and look for firewalls that reject.',
  },
  'dns-failed': {
    severity: WARNING,
    meaning:
      'DNS queries were answered with a failure (any response code except NOERROR and NXDOMAIN), or refused by an ICMP error.',
    advice: 'Check the name server, and the servers that it queries.',
  },
  'answers-may-be-missing': {
    severity: INFO,
    meaning:
      'Connections or queries have no answer in this capture, or full segments no acknowledgment, which does not prove a loss: the capture dropped packets, cut them short, holds only one direction, or has more open exchanges at once than are remembered. It is a warning if no packet at all comes back that way: either the capture lacks that direction, or nothing comes back.',
    advice: 'Capture where both directions pass, with a narrower filter and a larger -s.',
  },
  'no-reply': {
    severity: ERROR,
    meaning: 'No request between these addresses was answered.',
    advice: 'Capture at the other end too, to see how far requests get and whether replies leave.',
  },
  'lost-replies': {
    severity: WARNING,
    meaning: 'Some requests were answered, and some were not.',
    advice: 'Capture at the other end too, to see in which direction they are lost; look for congestion.',
  },
  'late-replies': {
    severity: WARNING,
    meaning:
      'Replies came after the time limit, and do not count. Without a time limit: replies that took more than a second, which do count.',
    advice: 'Look for congestion and slow ARP resolution, or set --timeout.',
  },
  'request-outside-tunnel': {
    severity: WARNING,
    meaning: 'Some requests of one ping run were seen in a tunnel, and others only outside it.',
    advice: 'Check that the tunnel stays up, the route into it, and what the tunnel’s device drops.',
  },
  'reply-outside-tunnel': {
    severity: WARNING,
    meaning: 'The request went through a tunnel, but its reply came back outside any tunnel.',
    advice: 'Check the return route on the other side.',
  },
  'other-vni': {
    severity: WARNING,
    meaning:
      'The reply came back with another VNI than the request. It is info if packets show that this is intended: VNIs that are identities of the senders, like Cilium’s (UDP 8472 or 6081), or two ends that route between two networks (EVPN, asymmetric IRB), because the request’s end also sends in the reply’s VNI, or both ends use one router’s address. Not reported for OVN, recognised by its option 0x0102/0x80, where a VNI is the destination’s datapath.',
    advice: 'Give both ends of the tunnel the same VNI. If it is info, nothing.',
  },
  'asymmetric-outer-path': {
    severity: WARNING,
    meaning:
      'The reply came back through a tunnel of the same kind, but between other hosts than the request’s.',
    advice: 'Compare routes and forwarding entries on both sides: stateful firewalls drop such replies.',
  },
  'other-tunnel': {
    severity: WARNING,
    meaning:
      'The reply came back through another kind of tunnel than the request, or through more nested tunnels.',
    advice: 'Compare routes and tunnels on both sides.',
  },
  'ttl-differs': {
    severity: WARNING,
    meaning:
      'Pings of one run on the same path came with different TTLs, inside or outside the tunnel: they took routes of different length, or were sent that way. Outside any tunnel, only pings seen at one point are compared.',
    advice:
      'Look for a route that changes, or for a broken one among several; traceroute and ping -t cause this on purpose.',
  },
  'arp-unanswered': {
    severity: WARNING,
    meaning: 'ARP requests inside the overlay were never answered, so the asking host can’t send its pings.',
    advice:
      'Check that the address is up, and that broadcasts reach it: the tunnel’s peers, flood entries, VNI.',
  },
  'duplicate-address': {
    severity: WARNING,
    meaning:
      'Two MAC addresses claim one IP address in the same network: both answer a question, or they take turns. An address that moves to another device for good is not reported.',
    advice:
      'Find both devices, and change the address of one; a redundant pair of routers shares an address on purpose.',
  },
  'duplicate-mac': {
    severity: WARNING,
    meaning:
      'Frames with one source MAC address come from two ends of a tunnel with the same VNI. The two sides of a NAT are one end, if a ping was seen on both. It is info if all of the frames are routed and nobody else sends to that address, as with anycast gateways. Not reported for OVN, whose routers use one address on every host.',
    advice: 'Give each device its own address; cloned machines share theirs. If it is info, nothing.',
  },
  'reply-without-request': {
    severity: WARNING,
    meaning: 'Replies have no request in this capture.',
    advice: 'Capture where both directions pass.',
  },
  'pings-forgotten': {
    severity: WARNING,
    meaning:
      'More than 163,840 requests were waiting for their replies at once, so the oldest were forgotten. They count as unanswered, although replies without a request may be theirs.',
    advice: 'Narrow the capture with a filter: the loss that it shows is not proven.',
  },
  'duplicate-replies': {
    severity: WARNING,
    meaning: 'Replies came more than once.',
    advice: 'Look for a loop, or for two hosts with one address.',
  },
  'repeated-requests': {
    severity: INFO,
    meaning: 'Requests were seen more than once at the same point: sent again, or copied by the network.',
    advice: 'Nothing, if that is expected.',
  },
  'clock-backwards': {
    severity: WARNING,
    meaning:
      'Replies are dated before their requests, so they have no round-trip time; or packets of one interface are dated more than 10 ms before one that precedes them, so round-trip times between them may be missing.',
    advice:
      'The capturing machine’s clock was set back, or whatever wrote the file does not record when packets came: capture again, or rely only on what does not depend on times.',
  },
  'capture-began-late': {
    severity: INFO,
    meaning: 'The first replies answer requests from before the capture.',
    advice: 'Nothing, if pings were running before the capture; these replies are not counted.',
  },
  'capture-ended-early': {
    severity: INFO,
    meaning:
      'Requests, SYNs or DNS queries sent shortly before the end of the capture have no answer, which may have come later.',
    advice: 'Keep capturing for a second after the last ping.',
  },
  'packets-dropped': {
    severity: WARNING,
    meaning: 'The capture itself dropped packets: the loss that it shows is not proven.',
    advice: 'Narrow the capture with a filter.',
  },
  'capture-broken-off': {
    severity: WARNING,
    meaning:
      'The capture ends in the middle of a packet or of its compressed data: what came later is not in the verdict.',
    advice:
      'Do what the message says about the file. Otherwise capture again, or copy the file again once its capture has ended.',
  },
  'arrival-times': {
    severity: INFO,
    meaning:
      'Packets carry the time at which they arrived here, so round-trip times may be far too short or too long.',
    advice: 'For exact times, capture on the interface itself with tcpdump -w, and verify the file.',
  },
  malformed: {
    severity: WARNING,
    meaning: 'Packets have fields that contradict each other.',
    advice: 'Look at them with -V.',
  },
  'link-type-not-decoded': {
    severity: INFO,
    meaning:
      'Packets of an interface have a link type that is not decoded: pings in them are not in the verdict.',
    advice: 'Capture on a network interface instead of that one.',
  },
  truncated: {
    severity: INFO,
    meaning:
      'Packets were cut short by the capture, so their checksums can’t be verified, or even what they carry is unknown.',
    advice: 'Capture with a larger -s.',
  },
  fragments: {
    severity: WARNING,
    meaning:
      'Fragmented packets are incomplete. Echo requests still count from their first fragment, as unanswered if no reply came. It is info if the capture cut fragments short, so that they can’t be reassembled.',
    advice:
      'Look for loss and for firewalls that drop fragments, or lower the inner MTU; capture with a larger -s.',
  },
  'overlapping-fragments': {
    severity: WARNING,
    meaning: 'Fragments overlap or contradict others, which no normal sender does.',
    advice: 'Find out who sends them.',
  },
  'too-many-paths': {
    severity: INFO,
    meaning: 'There are more paths than are listed: the others count only in the totals.',
    advice: 'Narrow the capture with a filter.',
  },
} as const satisfies Readonly<Record<string, FindingDescription>>;

export type FindingCode = keyof typeof FINDINGS;

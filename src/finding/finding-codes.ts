/**
 * Every finding that there is, in one table: code, severities, what it means, what to do. docs/findings.md is made from it. Codes are
 * stable: scripts may rely on them.
 */

/** An `error` explains why pings fail, a `warning` wants a look, `info` limits what the verdict can know. */
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
      'No packet of the capture is an echo request, as far as could be read. The message says what could not: a link type that is not decoded, packets cut before what they carry, an encrypted tunnel, missing fragments.',
    advice:
      'What the message says; else ping while capturing, check interface and filter, and say with -d what a port carries where its tunnel is not recognised; where its payloads look like a known tunnel, the finding names both.',
  },
  'kernel-dropped': {
    severity: ERROR,
    meaning:
      'With `--why`: the kernel of this machine dropped the pings, and says why. `reason` is its name for it and `location` its function; `device` and `namespace` are where the packet was last. `certainty` is `certain` where it is the very buffer that was captured, `likely` where that can’t be told for sure, and `near`, a warning, where it is only a packet of a fitting size in that moment.',
    advice: 'What the finding says; docs/drops.md has every reason.',
  },
  'kernel-counters': {
    severity: INFO,
    meaning:
      'With `--why`, where pings were lost: counters of the kernel’s that rose meanwhile, of the namespaces that were captured in, and of their devices. They are a second witness, also where the kernel gives no reasons; other traffic makes them rise too.',
    advice:
      'Look up the counter in docs/drops.md; where it rises by as much as pings were lost, it is theirs.',
  },
  'outer-port-unreachable': {
    severity: ERROR,
    meaning:
      'An end of the tunnel answers that nothing listens on the UDP port that the other end sends to: it is not running, or it sends from another port and listens on that alone.',
    advice:
      "Start that end, or correct the port; where the finding names two ports, bind its socket to the one that is sent to (socat's bind=).",
  },
  'outer-unreachable': {
    severity: ERROR,
    meaning:
      "A router or host says that the tunnel's packets can't go on: no host, no network, a firewall, or no such IP protocol there.",
    advice: "Check routes, firewalls and whether the tunnel's other end is up.",
  },
  'outer-ttl-exceeded': {
    severity: ERROR,
    meaning: 'The outer TTL ran out at the router named.',
    advice: "Raise the tunnel's TTL, and look for a routing loop.",
  },
  'outer-reassembly-timeout': {
    severity: ERROR,
    meaning: "The one named got fragments of the tunnel's packets, and waited for the others in vain.",
    advice:
      'Look for loss and for firewalls that drop fragments, or lower the inner MTU so that none are needed.',
  },
  'outer-fragmentation-needed': {
    severity: ERROR,
    meaning:
      "The tunnel's packets are larger than the MTU of a link on the way, and must not be fragmented (DF, or IPv6).",
    advice: "Lower the inner MTU by the tunnel's overhead, to the number that the finding names.",
  },
  'mtu-black-hole': {
    severity: ERROR,
    meaning:
      'Requests from a certain length on, which must not be fragmented (DF, or IPv6), went unanswered while shorter ones were answered, too often for chance, and no ICMP error says why. A warning where none was answered and only their length, above 1500 bytes, speaks for it.',
    advice:
      'Lower the inner MTU by the tunnel’s overhead, and let ICMP “fragmentation needed” and “packet too big” through firewalls.',
  },
  'inner-unreachable': {
    severity: ERROR,
    meaning: "A router or host inside the overlay says that the ping can't go on.",
    advice: 'Check the routes of the one that says so, its firewall, and whether the address is up.',
  },
  'inner-ttl-exceeded': {
    severity: ERROR,
    meaning: 'The inner TTL ran out at the router named.',
    advice: 'Look for a routing loop inside the overlay; traceroute does this on purpose.',
  },
  'inner-reassembly-timeout': {
    severity: ERROR,
    meaning: 'The one named got fragments of the ping, and waited for the others in vain.',
    advice: 'Look for loss and for firewalls that drop fragments, or send smaller packets.',
  },
  'inner-fragmentation-needed': {
    severity: ERROR,
    meaning:
      'The ping is larger than the MTU of a link on its way, often that of the tunnel, and must not be fragmented. An error in the name of the destination comes from a tunnel’s device on the sender’s side: Linux’s VXLAN and GENEVE on a bridge write it so. Where it came through the tunnel itself, it is from a device on the destination’s side.',
    advice: 'Send smaller packets, or give the containers the MTU that the finding names.',
  },
  'tun-packet-information-mismatch': {
    severity: ERROR,
    meaning:
      'One end of the tunnel sends four bytes of TUN packet information before each packet, and the other does not. A warning where that is likely, and not proven.',
    advice: 'Give both ends the same setting: iff-no-pi on both, or on neither.',
  },
  'vxlan-flags': {
    severity: ERROR,
    meaning:
      'VXLAN headers do not have the I flag set: receivers drop them, and what is inside counts as no ping. A warning where requests went unanswered in headers with flags beside it, such as a group policy’s, which Linux drops at a device that was not made for them.',
    advice:
      'Correct the sender: RFC 7348 wants 0x08 in the first byte, and nothing in the others. Extensions must be set at both ends.',
  },
  'bad-checksum': {
    severity: ERROR,
    meaning:
      'A checksum on a ping is wrong, which is not the unfinished one that a sender leaves to its network card.',
    advice: 'Look for damage on the way, and for faulty checksum offload: ethtool -K DEVICE tx off.',
  },
  'damaged-replies': {
    severity: ERROR,
    meaning:
      'The only answer to a request is a reply with a wrong IPv4 header checksum, inside or outside the tunnel, or with a wrong ICMP or ICMPv6 checksum, which receivers drop. The request counts as unanswered.',
    advice:
      'Look for what damages or miscalculates packets on the way back; ping itself does not count these.',
  },
  'undelivered-replies': {
    severity: ERROR,
    meaning:
      'Replies were seen, and ICMP errors in the capture quote them as not delivered: nothing listens where they were sent, they are too large, their TTL ran out, or they were not put together. Their requests count as unanswered.',
    advice: 'See to what the errors are about; their own findings say who sent them, and why.',
  },
  'replies-not-back': {
    severity: ERROR,
    meaning:
      'In a capture on several interfaces, replies were seen, and not on the interface where their requests were seen first: they were dropped in between. Their requests count as unanswered.',
    advice:
      'tunnelscope path shows how far they came: check routes and rp_filter there. What hands packets on past a device, as eBPF programs do, shows the same; capture on the device behind it.',
  },
  'other-data': {
    severity: WARNING,
    meaning:
      'Replies do not return the data of their requests, in its first bytes, its length, or by the checksums of all of it. They count as answers, as for ping.',
    advice: 'Look for what changes or cuts packets on the way, and writes their checksums anew.',
  },
  'reply-other-mac': {
    severity: WARNING,
    meaning:
      'Replies are in frames to another hardware address than their requests came from, on the same link: who pings may never get them. They count as answers, as a bond may send from several addresses. Nothing is said of requests that a router has sent on, by their TTL, nor of Cilium, whose frames keep the addresses of the sender’s host.',
    advice: 'Look for a stale or false neighbour entry where replies come from: ip neigh.',
  },
  'other-address': {
    severity: ERROR,
    meaning:
      'Replies with the numbers and the data of requests came from another address than was asked, and none from that one. They do not count as answers. A warning where the address that was asked answered too.',
    advice:
      'Where the address is translated (NAT), let replies pass the translation too; else look for packets that are copied on the way.',
  },
  'group-answers': {
    severity: INFO,
    meaning:
      'Several hosts answer requests to a group: a multicast address, an IPv4 address that ends in .255, or one in a frame to ff:ff:ff:ff:ff:ff. Of the answers to one request the first counts, and the others are duplicates, as for ping.',
    advice: 'Nothing, where these are all hosts that should.',
  },
  'vxlan-checksum-offload': {
    severity: ERROR,
    meaning:
      "The outer UDP checksum of VXLAN packets is wrong: some kernels' and cards' offload does that, on Flannel's device above all, and receivers drop the packets.",
    advice: 'ethtool -K flannel.1 tx-checksum-ip-generic off (or the name of your VXLAN device).',
  },
  'only-ping-works': {
    severity: ERROR,
    meaning:
      'Pings through this tunnel were answered, and no TCP connection or DNS query the same way was, though some were tried.',
    advice:
      'Look for a firewall or network policy that lets ICMP alone through, and for inner checksums that are wrong; capture at the other end, to see whether SYNs arrive there.',
  },
  'inner-checksum-bad': {
    severity: ERROR,
    meaning:
      'TCP or UDP checksums inside the tunnel are wrong, so that receivers drop these packets, while pings, whose checksums the sender itself makes, get through. What is left to the card (partial) is told apart, and no fault. A warning where it is less than one packet in ten, or where packets were answered all the same, as virtual devices of one machine look at no checksums.',
    advice:
      'On the side that sends them: ethtool -K DEVICE tx-checksum-ip-generic off, for the tunnel’s device, such as flannel.1 or vxlan.calico. As a warning, look for damage on the way.',
  },
  'tcp-unanswered': {
    severity: ERROR,
    meaning:
      'No TCP connection between these addresses by this tunnel was answered: neither SYN-ACK nor RST came. A warning where some were.',
    advice:
      'Capture at the other end too, to see how far SYNs come and whether they are answered; a firewall that drops looks the same.',
  },
  'dns-unanswered': {
    severity: ERROR,
    meaning:
      'No DNS query over UDP between these addresses by this tunnel was answered within five seconds. A warning where some were.',
    advice:
      'Capture at the name server too, to see whether queries come there and are answered; a firewall that drops looks the same.',
  },
  'tcp-refused': {
    severity: WARNING,
    meaning:
      'TCP connections were refused, by RST or by an ICMP error. With a RST from the one asked, the tunnel carried both directions.',
    advice: 'Check that something listens on that port, and firewalls that reject.',
  },
  'dns-failed': {
    severity: WARNING,
    meaning:
      'DNS queries were answered with a failure (any response code but NOERROR and NXDOMAIN), or an ICMP error refused them.',
    advice: 'Look into the name server, and those that it asks itself.',
  },
  'answers-may-be-missing': {
    severity: INFO,
    meaning:
      'Connections or queries have no answer in this capture, which proves no loss: the capture dropped packets, cut them short, has one direction alone, or has more of them at a time than are remembered. A warning where no packet at all comes back that way: the capture may lack that direction, or nothing comes back.',
    advice: 'Capture where both directions pass, with a filter that spares the machine, and a larger -s.',
  },
  'no-reply': {
    severity: ERROR,
    meaning: 'No request between these addresses was answered.',
    advice: 'Capture at the other end too, to see how far requests come and whether replies leave.',
  },
  'lost-replies': {
    severity: WARNING,
    meaning: 'Some requests were answered, and some were not.',
    advice: 'Capture at the other end too, to see which way they are lost; look for congestion.',
  },
  'late-replies': {
    severity: WARNING,
    meaning:
      'Replies came after the time limit, and do not count. Where no limit is given, replies that took more than a second, and count.',
    advice: 'Look for congestion, and for ARP that takes its time; or set --timeout.',
  },
  'request-outside-tunnel': {
    severity: WARNING,
    meaning: 'Of one run of pings some requests were seen in a tunnel, and some only outside it.',
    advice: 'Check that the tunnel stays up, the route into it, and what the tunnel’s device drops.',
  },
  'reply-outside-tunnel': {
    severity: WARNING,
    meaning: 'The request went through a tunnel, and its reply came back outside any.',
    advice: 'Check the route back on the other side.',
  },
  'other-vni': {
    severity: WARNING,
    meaning:
      'The reply came back with another VNI than the request had. As info where packets show that this is meant: VNIs that are identities of the senders, as Cilium’s are (UDP 8472 or 6081), or two ends that route between two networks (EVPN, asymmetric IRB): the request’s sends in the reply’s VNI too, or both have one router’s address. Nothing is said of OVN, which its option 0x0102/0x80 proves: there a VNI is the destination’s datapath.',
    advice: 'Give both ends of the tunnel the same VNI; as info, nothing.',
  },
  'asymmetric-outer-path': {
    severity: WARNING,
    meaning: 'The reply came back by a tunnel of the same kind between other hosts than the request went.',
    advice: 'Compare both sides’ routes and forwarding entries: stateful firewalls drop such replies.',
  },
  'other-tunnel': {
    severity: WARNING,
    meaning: 'The reply came back by another kind of tunnel than the request went, or deeper in tunnels.',
    advice: 'Compare routes and tunnels of both sides.',
  },
  'ttl-differs': {
    severity: WARNING,
    meaning:
      'Pings of one run on the same path came with different TTLs, inside or outside the tunnel: they took routes of different length, or were sent so. Outside any tunnel, only of pings that were seen at one place.',
    advice:
      'Look for a route that changes, or for one of several that is broken; traceroute and ping -t do this on purpose.',
  },
  'arp-unanswered': {
    severity: WARNING,
    meaning: 'ARP requests inside the overlay were never answered: who asks has nowhere to send its pings.',
    advice:
      "Check that the address is up, and that broadcasts reach it: the tunnel's peers, flood entries, VNI.",
  },
  'duplicate-address': {
    severity: WARNING,
    meaning:
      'Two hardware addresses claim one IP address in the same network: both answer a question, or take turns. One that goes over to another device for good is none.',
    advice: 'Find both, and change one; a router pair that shares an address does this on purpose.',
  },
  'duplicate-mac': {
    severity: WARNING,
    meaning:
      'Frames with one hardware address come out of two ends of a tunnel with the same VNI. Both sides of a NAT are one end, where a ping was seen on both. As info where all of them are routed and nobody sends to that address but itself, as with anycast gateways. Nothing is said of OVN, whose routers have one address on every host.',
    advice: 'Give each device an address of its own; cloned machines share theirs. As info, nothing.',
  },
  'reply-without-request': {
    severity: WARNING,
    meaning: 'Replies have no request in this capture.',
    advice: 'Capture where both directions pass.',
  },
  'pings-forgotten': {
    severity: WARNING,
    meaning:
      'More than 163,840 requests were waiting for their replies at a time: the oldest were forgotten, and count as unanswered, though replies without a request may have been theirs.',
    advice: 'Narrow the capture with a filter: a loss that it shows is not proven.',
  },
  'duplicate-replies': {
    severity: WARNING,
    meaning: 'Replies came once more.',
    advice: 'Look for a loop, or two hosts with one address.',
  },
  'repeated-requests': {
    severity: INFO,
    meaning: 'Requests came once more at the same place: sent again, or copied by the network.',
    advice: 'Nothing, where that is known.',
  },
  'clock-backwards': {
    severity: WARNING,
    meaning:
      "Replies have a time before their request's, and so no round-trip time; or packets of one interface stand behind others with a time that is more than 10 ms later, so that round trips between them may be none.",
    advice:
      "The capturing machine's clock was set back, or what wrote the file does not note when packets came: capture again, or use what does not depend on times.",
  },
  'capture-began-late': {
    severity: INFO,
    meaning: 'The first replies answer requests from before the capture.',
    advice: 'Nothing, where pings ran before the capture; these replies count for nothing.',
  },
  'capture-ended-early': {
    severity: INFO,
    meaning:
      'Requests, SYNs or DNS queries sent shortly before the end of the capture have no answer, which may have come after it.',
    advice: 'Capture for a second longer than pings run.',
  },
  'packets-dropped': {
    severity: WARNING,
    meaning: 'The capture itself dropped packets: a loss that it shows is not proven.',
    advice: 'Narrow the capture with a filter.',
  },
  'capture-broken-off': {
    severity: WARNING,
    meaning:
      'The capture ends in the middle of a packet or of its compressed data: what came behind is not in the verdict.',
    advice:
      'What the message says of the file, where it says it; else capture again, or copy the file again once its capture has ended.',
  },
  'arrival-times': {
    severity: INFO,
    meaning:
      'Packets bear the time at which they arrived here, so that round-trip times may read far too short, or too long.',
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
      'Packets of some interface have a link type that is not decoded here: pings in them are not in the verdict.',
    advice: 'Capture on a network interface instead of that one.',
  },
  truncated: {
    severity: INFO,
    meaning:
      "Packets were cut short by the capture, so that their checksums can't be checked, or not even what they carry is known.",
    advice: 'Capture with a larger -s.',
  },
  fragments: {
    severity: WARNING,
    meaning:
      'Of fragmented packets not all fragments are here; echo requests count by their first one all the same, as unanswered where no reply came. As info: fragments that the capture cut short can’t be put together.',
    advice:
      'Look for loss and for firewalls that drop fragments, or lower the inner MTU; capture with a larger -s.',
  },
  'overlapping-fragments': {
    severity: WARNING,
    meaning: 'Fragments overlap or contradict others, as no sender makes them.',
    advice: 'Find who sends them.',
  },
  'too-many-paths': {
    severity: INFO,
    meaning: 'More paths than are told apart: the others count in the totals alone.',
    advice: 'Narrow the capture with a filter.',
  },
} as const satisfies Readonly<Record<string, FindingDescription>>;

export type FindingCode = keyof typeof FINDINGS;

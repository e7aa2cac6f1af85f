/**
 * What the kernel's reasons for dropping a packet mean where tunnels are, and what to do: by the names of include/net/dropreason-core.h (Linux
 * 6.18), and where a reason says nothing (NOT_SPECIFIED), by the function that dropped it. docs/drop-reasons.md is made from it.
 */

/** What is known of the packet. */
export interface DropContext {
  /** The outermost tunnel's VNI. */
  readonly vni?: number | undefined;
  /** The UDP port that the outermost tunnel is sent to. */
  readonly port?: number | undefined;
}

export interface DropMeaning {
  /** A clause: "nothing listens on UDP port 9000". */
  readonly fact: string;
  /** What to do about it. */
  readonly advice: string;
}

interface Row {
  /** `{vni}` and `{port}` stand for "VNI 42" and "UDP port 9000", or "its VNI" and "its port". */
  readonly fact: string;
  readonly advice: string;
}

/** By the kernel's name. */
export const DROP_REASONS: Readonly<Record<string, Row>> = {
  // Tunnels.
  VXLAN_VNI_NOT_FOUND: {
    fact: 'no VXLAN device here has {vni}',
    advice: 'give both ends the same VNI (ip -d link show type vxlan), and bring the device up',
  },
  VXLAN_INVALID_HDR: {
    fact: 'the VXLAN header has flags that the device is not set up for, or none',
    advice:
      'give both ends the same options (gbp, gpe, remcsum; ip -d link show), and check that the sender really sends VXLAN there',
  },
  VXLAN_ENTRY_EXISTS: {
    fact: 'a static forwarding entry places the sender’s MAC elsewhere',
    advice: 'correct that entry, or the second machine with this MAC: bridge fdb show dev DEVICE',
  },
  VXLAN_NO_REMOTE: {
    fact: 'the VXLAN device has no forwarding entry for this destination',
    advice: 'add one: bridge fdb append MAC dev DEVICE dst OTHER-END, or set the device’s remote or group',
  },
  NO_TX_TARGET: {
    fact: 'the tunnel’s device (or the bridge) has no entry for where to send this to',
    advice: 'add one: bridge fdb append MAC dev DEVICE dst OTHER-END, or set the device’s remote or group',
  },
  TUNNEL_TXINFO: {
    fact: 'nothing tells the tunnel’s device (external, collect metadata) where to send this to',
    advice: 'route it with ip route … encap, or set the tunnel’s remote on the device itself',
  },
  IP_TUNNEL_ECN: {
    fact: 'the outer header’s congestion mark does not fit the inner header’s (RFC 6040)',
    advice: 'find what rewrites the TOS or ECN bits between the tunnel’s ends',
  },
  MAC_INVALID_SOURCE: {
    fact: 'the inner frame’s source MAC is invalid, or is the device’s own',
    advice: 'look for a loop, and for two devices with the same MAC: ip link',
  },
  LOCAL_MAC: {
    fact: 'the destination’s MAC is this machine’s own, on another device',
    advice: 'look for two devices with the same MAC: ip link',
  },
  RECURSION_LIMIT: {
    fact: 'the packet came back to the same tunnel again and again: it is routed into itself',
    advice: 'give the tunnel’s other end a route past the tunnel: ip route get OTHER-END',
  },
  // Sockets.
  NO_SOCKET: {
    fact: 'nothing listens on {port} at this address',
    advice: 'start the tunnel’s end here, or correct its port or the address that it is bound to: ss -lunp',
  },
  SOCKET_RCVBUFF: {
    fact: 'the receiving socket’s buffer is full: its program does not read fast enough',
    advice: 'find out why the program is slow, or enlarge the buffer: sysctl net.core.rmem_max',
  },
  SOCKET_BACKLOG: {
    fact: 'the receiving socket’s queue is full',
    advice: 'find out why its program is slow, or enlarge the queue: sysctl net.core.rmem_max',
  },
  PROTO_MEM: {
    fact: 'sockets have reached their memory limit',
    advice: 'raise the limit: sysctl net.ipv4.udp_mem, net.ipv4.tcp_mem',
  },
  IP_NOPROTO: {
    fact: 'nothing here accepts this IP protocol: no such tunnel is set up between these two addresses',
    advice: 'bring the tunnel’s device up here, with these two as remote and local: ip -d tunnel show',
  },
  XFRM_POLICY: {
    fact: 'an IPsec policy blocks it',
    advice: 'compare policies and states: ip xfrm policy; ip xfrm state',
  },
  // Firewalls.
  NETFILTER_DROP: {
    fact: 'a firewall rule drops it',
    advice:
      'find the rule: nft list ruleset, or iptables-save -c, and watch which counter rises; allow the tunnel’s port or protocol',
  },
  XDP: { fact: 'an XDP program drops it', advice: 'find it: bpftool net; ip link show shows xdp' },
  TC_INGRESS: {
    fact: 'a tc filter drops what comes in',
    advice: 'find it: tc -s filter show dev DEVICE ingress; bpftool net',
  },
  TC_EGRESS: {
    fact: 'a tc filter drops what goes out',
    advice: 'find it: tc -s filter show dev DEVICE egress; bpftool net',
  },
  BPF_CGROUP_EGRESS: {
    fact: 'a BPF program of its cgroup drops what goes out',
    advice: 'find it: bpftool cgroup tree',
  },
  SECURITY_HOOK: {
    fact: 'a security module such as SELinux blocks it',
    advice: 'read its log: ausearch -m avc; dmesg',
  },
  // Routes.
  IP_INNOROUTES: {
    fact: 'this machine has no route to its destination',
    advice: 'add one, or correct the address: ip route get ADDRESS',
  },
  IP_OUTNOROUTES: {
    fact: 'this machine has no route to its destination',
    advice: 'add one, or correct the address: ip route get ADDRESS',
  },
  IP_RPFILTER: {
    fact: 'the route to its source does not leave by this device (reverse path filter)',
    advice:
      'route the source through this device, or loosen the filter: sysctl net.ipv4.conf.DEVICE.rp_filter=2, and the same for all',
  },
  IP_INADDRERRORS: {
    fact: 'it is for another address, and this machine does not forward',
    advice:
      'if it should be a router: sysctl net.ipv4.ip_forward=1; else correct the route or neighbour that led it here',
  },
  IP_LOCAL_SOURCE: {
    fact: 'its source is one of this machine’s own addresses',
    advice:
      'look for the same address on two machines, or a loop; sysctl net.ipv4.conf.DEVICE.accept_local=1 lets it in',
  },
  IP_INVALID_SOURCE: {
    fact: 'its source can’t be a sender’s address: multicast, all zeros or loopback',
    advice: 'correct the sender’s address',
  },
  IP_LOCALNET: {
    fact: 'its source or destination is in 127.0.0.0/8, but it came from outside',
    advice: 'correct the address; sysctl net.ipv4.conf.DEVICE.route_localnet',
  },
  IP_INVALID_DEST: {
    fact: 'its destination is invalid: all zeros, or in a forbidden range',
    advice: 'correct the destination',
  },
  UNICAST_IN_L2_MULTICAST: {
    fact: 'it has a unicast IP address, but its frame a multicast MAC',
    advice: 'find the sender’s wrong neighbour entry: ip neigh there',
  },
  IPV6DISABLED: {
    fact: 'IPv6 is disabled on this device',
    advice: 'sysctl net.ipv6.conf.DEVICE.disable_ipv6=0',
  },
  // Sizes and fragments.
  PKT_TOO_BIG: {
    fact: 'it is larger than the outgoing device’s MTU, and must not be fragmented (DF, or IPv6)',
    advice: 'lower the inner MTU by the tunnel’s overhead, or raise that device’s: ip link show',
  },
  FRAG_REASM_TIMEOUT: {
    fact: 'its other fragments did not arrive in time',
    advice: 'look for firewalls that drop fragments, or lower the inner MTU so that none are needed',
  },
  DUP_FRAG: { fact: 'the same fragment came twice', advice: 'find what duplicates packets on the way' },
  FRAG_TOO_FAR: {
    fact: 'its fragments arrived too far apart, among those of other packets',
    advice: 'lower the inner MTU so that none are needed',
  },
  // Headers and checksums.
  TCP_CSUM: {
    fact: 'its TCP checksum is wrong',
    advice:
      'switch checksum offload off where it was sent, on the tunnel’s device too, and see: ethtool -K DEVICE tx off',
  },
  TCP_LISTEN_OVERFLOW: {
    fact: 'the server’s queue of connections is full: its program does not accept them fast enough',
    advice: 'look what the program does: ss -ltn shows its queue; a longer one: sysctl net.core.somaxconn',
  },
  UDP_CSUM: {
    fact: 'its UDP checksum is wrong',
    advice: 'disable checksum offload at the sender as a test: ethtool -K DEVICE tx off',
  },
  SKB_CSUM: {
    fact: 'its checksum is wrong',
    advice: 'disable checksum offload at the sender as a test: ethtool -K DEVICE tx off',
  },
  IP_CSUM: {
    fact: 'its IPv4 header’s checksum is wrong',
    advice: 'find what damages or rewrites it on the way',
  },
  ICMP_CSUM: { fact: 'its ICMP checksum is wrong', advice: 'find what damages or rewrites it on the way' },
  IP_INHDR: {
    fact: 'its IP header is wrong',
    advice: 'check that both ends have the same kind of tunnel, and find what damages it',
  },
  PKT_TOO_SMALL: {
    fact: 'it is shorter than its headers say',
    advice: 'check that both ends have the same kind of tunnel, and find what truncates it',
  },
  HDR_TRUNC: {
    fact: 'it ends in the middle of a header',
    advice: 'check that both ends have the same kind of tunnel, and find what truncates it',
  },
  INVALID_PROTO: {
    fact: 'its headers contradict each other',
    advice: 'check that both ends have the same kind of tunnel',
  },
  IPV6_BAD_EXTHDR: { fact: 'an IPv6 extension header is wrong', advice: 'find what damages it on the way' },
  UNHANDLED_PROTO: {
    fact: 'nothing here accepts this EtherType',
    advice:
      'check that both ends agree on packet information (TUN, IFF_NO_PI) and on the kind of tunnel, and look for a VLAN tag that this device does not expect',
  },
  // Neighbours.
  NEIGH_FAILED: {
    fact: 'the next hop’s MAC could not be found: ARP (or neighbour discovery) was not answered',
    advice:
      'see which address was asked for: ip neigh; correct the address or route, and check that the machine is up and that ARP reaches it',
  },
  NEIGH_CREATEFAIL: {
    fact: 'no neighbour entry could be made for the next hop',
    advice: 'the neighbour table may be full: sysctl net.ipv4.neigh.default.gc_thresh3',
  },
  NEIGH_QUEUEFULL: {
    fact: 'too many packets are waiting for the next hop’s MAC',
    advice: 'see why ARP (or neighbour discovery) is not answered: ip neigh',
  },
  NEIGH_DEAD: {
    fact: 'the next hop’s neighbour entry was being removed',
    advice: 'try again; if it persists, see ip neigh',
  },
  NEIGH_HH_FILLFAIL: {
    fact: 'the next hop’s link-layer header could not be written',
    advice: 'see ip neigh and the device’s type',
  },
  IPV6_NDISC_FRAG: {
    fact: 'it is a fragmented neighbour message, which is forbidden (RFC 6980)',
    advice: 'find who sends it',
  },
  IPV6_NDISC_HOP_LIMIT: {
    fact: 'it is a neighbour message that came through a router',
    advice: 'find who forwards it',
  },
  IPV6_NDISC_BAD_CODE: { fact: 'it is a malformed neighbour message', advice: 'find who sends it' },
  IPV6_NDISC_BAD_OPTIONS: {
    fact: 'it is a neighbour message with malformed options',
    advice: 'find who sends it',
  },
  ARP_PVLAN_DISABLE: {
    fact: 'ARP for others is not answered on this device',
    advice: 'sysctl net.ipv4.conf.DEVICE.proxy_arp_pvlan=1',
  },
  BRIDGE_INGRESS_STP_STATE: {
    fact: 'the bridge’s port does not forward yet, or is blocked by spanning tree',
    advice: 'wait for its forward delay, or see bridge -d link',
  },
  MAC_IEEE_MAC_CONTROL: {
    fact: 'it is for a MAC that bridges do not forward',
    advice: 'see group_fwd_mask of the bridge',
  },
  // Queues and devices.
  QDISC_DROP: {
    fact: 'the device’s queue is full',
    advice: 'see tc -s qdisc show dev DEVICE; more is sent than leaves',
  },
  QDISC_OVERLIMIT: {
    fact: 'the device’s queue is at its limit',
    advice: 'see tc -s qdisc show dev DEVICE; more is sent than leaves',
  },
  QDISC_CONGESTED: {
    fact: 'the device’s queue drops early, to tell senders to slow down',
    advice: 'see tc -s qdisc show dev DEVICE; more is sent than leaves',
  },
  CPU_BACKLOG: {
    fact: 'this processor’s queue of received packets is full',
    advice: 'sysctl net.core.netdev_max_backlog, or spread the load (RPS)',
  },
  FULL_RING: {
    fact: 'the queue of the tun device is full: its program does not read fast enough, or not at all',
    advice: 'check that the tunnel’s program runs and is not suspended',
  },
  DEV_READY: {
    fact: 'the device is not ready: it is down, or no program has it open',
    advice: 'bring it up, and start the tunnel’s program: ip link show; tunnelscope interfaces',
  },
  DEV_HDR: {
    fact: 'the link-layer header could not be made',
    advice: 'see the device’s type and its neighbours: ip neigh',
  },
  TAP_FILTER: {
    fact: 'the filter set by the tun device’s program rejects it',
    advice: 'check that program',
  },
  TAP_TXFILTER: {
    fact: 'the tun device’s address filter rejects it',
    advice: 'check the program that has the device open',
  },
  NOMEM: { fact: 'no memory was available for it', advice: 'check dmesg and the machine’s memory' },
  PFMEMALLOC: {
    fact: 'too little memory was left to accept it',
    advice: 'check dmesg and the machine’s memory',
  },
  SKB_GSO_SEG: {
    fact: 'a large packet could not be segmented',
    advice: 'disable segmentation offload as a test: ethtool -K DEVICE tso off gso off',
  },
  SKB_UCOPY_FAULT: {
    fact: 'the program’s memory could not be read or written',
    advice: 'check that program',
  },
};

const TCP_NO_SOCKET: Row = {
  fact: 'nothing listens on its TCP port at this address',
  advice: 'start the server here, or correct its port or the address that it is bound to: ss -ltnp',
};
const NO_MORE_HOPS: Row = {
  fact: 'its TTL (or hop limit) ran out',
  advice: 'look for a routing loop: ip route get ADDRESS on each host of the way',
};

/** By reason and function: reasons that mean something else there. */
export const DROP_REASONS_IN: Readonly<Record<string, Row>> = {
  'NO_SOCKET tcp_v4_rcv': TCP_NO_SOCKET,
  'NO_SOCKET tcp_v6_rcv': TCP_NO_SOCKET,
  'IP_INHDR ip_forward': NO_MORE_HOPS,
  'IP_INHDR ip6_forward': NO_MORE_HOPS,
};

/** Where the kernel gives no reason: the function that dropped it. */
export const DROP_PLACES: Readonly<Record<string, Row>> = {
  ip_error: {
    fact: 'a blackhole, unreachable or prohibit route matches it',
    advice: 'find it, and remove it: ip route show table all',
  },
  dst_discard: {
    fact: 'a blackhole route matches it',
    advice: 'find it, and remove it: ip route show table all',
  },
  dst_discard_out: {
    fact: 'a blackhole route matches it',
    advice: 'find it, and remove it: ip route show table all',
  },
  ip_fragment: {
    fact: 'with the tunnel’s headers it is larger than the path’s MTU, and must not be fragmented (DF)',
    advice:
      'lower the inner MTU by the tunnel’s overhead, or raise the path’s: ip route get OTHER-END shows the MTU that was learnt',
  },
  tun_get_user: {
    fact: 'the tunnel’s program wrote something to its tun device that is not an IP packet',
    advice: 'have both ends agree on packet information (iff-no-pi) and on tun or tap',
  },
  vxlan_xmit: {
    fact: 'the VXLAN device does not know where to send this to',
    advice: 'add an entry: bridge fdb append MAC dev DEVICE dst OTHER-END',
  },
  br_handle_frame_finish: {
    fact: 'the bridge does not forward it',
    advice: 'see bridge -d link, and bridge vlan if it filters VLANs',
  },
  ip_forward: {
    fact: 'it is not forwarded: its TTL ran out, or its size or options forbid it',
    advice: 'look for a routing loop',
  },
};

/** @returns undefined where the table says nothing of it */
export function dropMeaning(
  reason: string,
  location: string,
  context: DropContext = {},
): DropMeaning | undefined {
  const row = rowOf(reason, location);
  if (row === undefined) return undefined;
  const { vni, port } = context;
  const fact = row.fact
    .replace('{vni}', vni === undefined ? 'its VNI' : `VNI ${vni}`)
    .replace('{port}', port === undefined ? 'its port' : `UDP port ${port}`);
  return { fact, advice: row.advice };
}

function rowOf(reason: string, location: string): Row | undefined {
  const both = `${reason} ${location}`;
  if (Object.hasOwn(DROP_REASONS_IN, both)) return DROP_REASONS_IN[both];
  const [table, key] = reason === 'NOT_SPECIFIED' ? [DROP_PLACES, location] : [DROP_REASONS, reason];
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

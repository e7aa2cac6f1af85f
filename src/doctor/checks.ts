/** Every check that there is, in one table. docs/doctor.md has it from here. Names are stable: scripts may rely on them. */
export interface CheckDescription {
  /** What is looked at. */
  readonly about: string;
  /** `tunnelscope lab lesson NAME` */
  readonly lesson: string;
}

export const CHECKS = {
  'device-down': {
    about: 'Tunnels, and devices that their envelopes or the containers’ packets leave by, are up.',
    lesson: 'namespaces',
  },
  'local-address': {
    about: 'The address that a tunnel’s envelopes come from is one of this namespace.',
    lesson: 'envelope',
  },
  'no-route': {
    about:
      'Routes lead to each of a tunnel’s other ends, and on for what containers send, hop by hop as far as known: no blackhole, no loop.',
    lesson: 'routes',
  },
  'no-neighbor': {
    about: 'Next hops exist on their link.',
    lesson: 'bridge',
  },
  'unused-tunnel': {
    about: 'A route or a bridge leads into each tunnel.',
    lesson: 'routes',
  },
  'outer-mtu': {
    about:
      'The largest packet that a tunnel takes fits, with the tunnel’s headers, through every link of its path.',
    lesson: 'mtu',
  },
  'inner-mtu': {
    about: 'What containers may send fits into the tunnel that their host routes it into.',
    lesson: 'mtu',
  },
  'port-taken': {
    about: 'No other program holds a tunnel’s UDP port.',
    lesson: 'envelope',
  },
  'far-end': {
    about: 'Where a tunnel’s packets arrive, something listens on their UDP port or IP protocol.',
    lesson: 'fault-1',
  },
  'vni-twice': {
    about: 'A VNI exists only once per UDP port in a namespace.',
    lesson: 'vxlan',
  },
  'vni-differs': {
    about: 'Both ends have the same VNI.',
    lesson: 'fault-3',
  },
  'remote-differs': {
    about: 'Both ends send to each other.',
    lesson: 'envelope',
  },
  'packet-information': {
    about:
      'Both ends of a program’s tunnel have TUN packet information, or neither; and both are tun, or both tap.',
    lesson: 'packet-information',
  },
  'mtu-differs': {
    about: 'Both ends of a tunnel have the same MTU.',
    lesson: 'mtu',
  },
  'zero-checksum': {
    about: 'If one end sends UDP over IPv6 without checksums, the other accepts it.',
    lesson: 'vxlan',
  },
  'no-entries': {
    about: 'A VXLAN device has somebody to send to: a remote, a group, or forwarding entries.',
    lesson: 'vxlan',
  },
  'neighbor-missing': {
    about: 'Gateways behind a VXLAN device that floods nothing have a neighbour entry.',
    lesson: 'vxlan',
  },
  'forwarding-missing': {
    about: 'Neighbours behind a VXLAN device have a forwarding entry, or there is one for all.',
    lesson: 'vxlan',
  },
  'mac-differs': {
    about: 'The configured MAC address of a tunnel’s other end is the one that it has.',
    lesson: 'vxlan',
  },
  'mac-twice': {
    about: 'No MAC address is in two places: at both ends of a tunnel, or behind two of its other ends.',
    lesson: 'bridge',
  },
  'learning-static': {
    about: 'A VXLAN device with static entries does not also learn.',
    lesson: 'vxlan',
  },
  'ip-forward': {
    about: 'Hosts forward packets for others.',
    lesson: 'router',
  },
  'rp-filter': {
    about: 'Reverse path filtering, strict or loose, accepts what comes in.',
    lesson: 'fault-4',
  },
  'accept-local': {
    about: 'Incoming packets do not have one of the host’s own addresses as source.',
    lesson: 'routes',
  },
  'way-back': {
    about: 'Replies of containers go through the tunnel that requests came through.',
    lesson: 'fault-4',
  },
  'failed-neighbor': {
    about: 'No gateway and no other end of a tunnel has failed to answer ARP or NDP.',
    lesson: 'bridge',
  },
  'address-twice': {
    about: 'No address is on two devices of a namespace, or at two places of a link.',
    lesson: 'bridge',
  },
  'checksum-offload': {
    about:
      'Features that are known to spoil tunnels are off: a VXLAN device’s transmit checksums before Linux 5.7, and vmxnet3’s tunnel offload.',
    lesson: 'envelope',
  },
  firewall: {
    about: 'nftables’ rules let a tunnel’s envelopes, and the containers’ packets, pass.',
    lesson: 'fault-6',
  },
  'bridge-port': {
    about: 'A bridge’s ports are up, have a link, and forward.',
    lesson: 'bridge',
  },
  'default-route': {
    about: 'Containers have a default route, through a gateway that exists.',
    lesson: 'routes',
  },
} as const satisfies Readonly<Record<string, CheckDescription>>;

export type CheckName = keyof typeof CHECKS;

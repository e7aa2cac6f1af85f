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
      'Each of a tunnel’s other ends is reached by a route, and what containers send is, hop by hop as far as is seen; no blackhole, no circle.',
    lesson: 'routes',
  },
  'no-neighbor': {
    about: 'Next hops exist on their wire.',
    lesson: 'bridge',
  },
  'unused-tunnel': {
    about: 'Something leads into a tunnel: a route, or a bridge.',
    lesson: 'routes',
  },
  'outer-mtu': {
    about: 'An envelope around the largest packet that a tunnel takes fits through every link of its way.',
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
    about:
      'Where a tunnel’s envelopes arrive, something takes them out of that UDP port, or of that IP protocol.',
    lesson: 'fault-1',
  },
  'vni-twice': {
    about: 'A VNI is there once per UDP port in a namespace.',
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
    about: 'Where one end sends UDP over IPv6 without checksums, the other takes it.',
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
    about: 'What is written down as the hardware address of a tunnel’s other end is the one that it has.',
    lesson: 'vxlan',
  },
  'mac-twice': {
    about: 'No hardware address is in two places: at both ends of a tunnel, or behind two of its other ends.',
    lesson: 'bridge',
  },
  'learning-static': {
    about: 'A VXLAN device with static entries does not learn besides.',
    lesson: 'vxlan',
  },
  'ip-forward': {
    about: 'Hosts pass on what comes in for others.',
    lesson: 'router',
  },
  'rp-filter': {
    about: 'Strict or loose filtering by the way back lets what comes in pass.',
    lesson: 'fault-4',
  },
  'accept-local': {
    about: 'What comes in does not bear one of the host’s own addresses.',
    lesson: 'routes',
  },
  'way-back': {
    about: 'Answers of containers go through the tunnel that requests came by.',
    lesson: 'fault-4',
  },
  'failed-neighbor': {
    about: 'No gateway and no other end of a tunnel has failed to answer ARP or NDP.',
    lesson: 'bridge',
  },
  'address-twice': {
    about: 'No address is on two devices of a namespace, or at two places of a wire.',
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
    about: 'Containers have a way out, by a gateway that exists.',
    lesson: 'routes',
  },
} as const satisfies Readonly<Record<string, CheckDescription>>;

export type CheckName = keyof typeof CHECKS;

/** Every check that there is, in one table. docs/doctor.md has it from here. Names are stable: scripts may rely on them. */
export interface CheckDescription {
  /** What is looked at. */
  readonly about: string;
  /** `tunnelscope lab lesson NAME` */
  readonly lesson: string;
}

export const CHECKS = {
  'device-down': {
    about:
      'Tunnels are up, and so are the devices that their envelopes and the containers’ packets go through.',
    lesson: 'namespaces',
  },
  'local-address': {
    about: 'The source address of a tunnel’s envelopes belongs to this namespace.',
    lesson: 'envelope',
  },
  'no-route': {
    about:
      'Routes lead to each of a tunnel’s other ends, and from containers to their destinations, hop by hop as far as visible, without blackholes or loops.',
    lesson: 'routes',
  },
  'no-neighbor': {
    about: 'Next hops exist on their link.',
    lesson: 'bridge',
  },
  'unused-tunnel': {
    about: 'Something leads into a tunnel: a route, or a bridge.',
    lesson: 'routes',
  },
  'outer-mtu': {
    about: 'The largest packet that a tunnel takes fits, with its envelope, through every link of the path.',
    lesson: 'mtu',
  },
  'inner-mtu': {
    about: 'The largest packet that containers may send fits into their host’s tunnel.',
    lesson: 'mtu',
  },
  'port-taken': {
    about: 'No other program holds a tunnel’s UDP port.',
    lesson: 'envelope',
  },
  'far-end': {
    about: 'At a tunnel’s other end, something receives on its UDP port or IP protocol.',
    lesson: 'fault-1',
  },
  'vni-twice': {
    about: 'In a namespace, each VNI is used once per UDP port.',
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
      'Both ends of a program’s tunnel have TUN packet information, or neither has; both are tun, or both are tap.',
    lesson: 'packet-information',
  },
  'program-device': {
    about: 'Where a program’s tunnels lead can be seen from outside: by its socket, or its command line.',
    lesson: 'envelope',
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
    about: 'A VXLAN device has a destination: a remote, a group, or forwarding entries.',
    lesson: 'vxlan',
  },
  'neighbor-missing': {
    about: 'Gateways behind a VXLAN device without flooding have a neighbour entry.',
    lesson: 'vxlan',
  },
  'forwarding-missing': {
    about: 'Neighbours behind a VXLAN device have a forwarding entry, or there is a default one.',
    lesson: 'vxlan',
  },
  'flood-missing': {
    about:
      'A VXLAN device that sends frames for all to some of its network sends them to all of it that is in view.',
    lesson: 'vxlan',
  },
  'group-apart': {
    about: 'VXLAN devices that meet in a multicast group are on one link.',
    lesson: 'vxlan',
  },
  'mac-differs': {
    about: 'Neighbour and forwarding entries have the real hardware address of a tunnel’s other end.',
    lesson: 'vxlan',
  },
  'mac-twice': {
    about: 'No hardware address is in two places: at both ends of a tunnel, or behind two of its other ends.',
    lesson: 'bridge',
  },
  'learning-static': {
    about: 'A VXLAN device with static entries does not learn as well.',
    lesson: 'vxlan',
  },
  'ip-forward': {
    about: 'Hosts forward packets for others.',
    lesson: 'router',
  },
  'rp-filter': {
    about: 'Reverse path filtering (strict or loose) accepts incoming packets.',
    lesson: 'fault-4',
  },
  'accept-local': {
    about: 'Incoming packets don’t have one of the host’s own addresses as their source.',
    lesson: 'routes',
  },
  'way-back': {
    about: 'Replies of containers go through the tunnel that the requests came through.',
    lesson: 'fault-4',
  },
  'failed-neighbor': {
    about: 'All gateways and other ends of tunnels have answered ARP or NDP.',
    lesson: 'bridge',
  },
  'address-twice': {
    about: 'No address is on two devices in a namespace, or in two places on a link.',
    lesson: 'bridge',
  },
  'checksum-offload': {
    about:
      'Features known to break tunnels are off: a VXLAN device’s transmit checksums before Linux 5.7, and vmxnet3’s tunnel offload.',
    lesson: 'envelope',
  },
  firewall: {
    about: 'nftables’ rules accept a tunnel’s envelopes and the containers’ packets.',
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

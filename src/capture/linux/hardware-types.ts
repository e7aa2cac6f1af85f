/** What the kernel calls a device's link layer (linux/if_arp.h), and what a capture on it has for link type. */

interface HardwareType {
  /** As iproute2 calls it. */
  readonly name: string;
  /** LINKTYPE_ number, as libpcap chooses it; cooked (SLL) where not given. */
  readonly linkType?: number;
}

const ETHERNET = 1;
const RAW = 101;
const LINUX_SLL = 113;

const HARDWARE_TYPES: Readonly<Record<number, HardwareType>> = {
  1: { name: 'ether', linkType: ETHERNET },
  32: { name: 'infiniband' },
  280: { name: 'can' },
  512: { name: 'ppp' },
  519: { name: 'rawip', linkType: RAW },
  768: { name: 'ipip', linkType: RAW },
  769: { name: 'tunnel6', linkType: RAW },
  772: { name: 'loopback', linkType: ETHERNET },
  776: { name: 'sit', linkType: RAW },
  778: { name: 'gre', linkType: RAW },
  801: { name: 'ieee802.11', linkType: 105 },
  803: { name: 'ieee802.11/radiotap', linkType: 127 },
  823: { name: 'gre6', linkType: RAW },
  824: { name: 'netlink', linkType: 253 },
  65534: { name: 'none', linkType: RAW },
};

/** `ether`; the number where it has no name here. */
export function hardwareTypeName(type: number): string {
  return HARDWARE_TYPES[type]?.name ?? String(type);
}

/** LINKTYPE_ number of packets captured on such a device. */
export function captureLinkType(type: number): number {
  return HARDWARE_TYPES[type]?.linkType ?? LINUX_SLL;
}

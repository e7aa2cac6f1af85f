/** What packets of a device begin with, by the kernel's number for its hardware (linux/if_arp.h), as libpcap has it. */

export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_RAW = 101;

const ARPHRD_TO_LINKTYPE: ReadonlyMap<number, number> = new Map([
  // Ethernet; loopback; Metricom.
  ...[1, 772, 23].map((type) => [type, LINKTYPE_ETHERNET] as const),
  // No link header: tun, WireGuard (NONE); ipip; sit; SLIP and its like; raw HDLC; DLCI.
  ...[0xfffe, 768, 776, 256, 257, 258, 259, 264, 518, 15].map((type) => [type, LINKTYPE_RAW] as const),
  // FDDI; frame relay; Cisco HDLC.
  [774, 10],
  [770, 107],
  [513, 104],
  // 802.11, bare, with a Prism header, with radiotap; 802.15.4; vsock's monitor.
  [801, 105],
  [802, 119],
  [803, 127],
  [804, 230],
  [826, 271],
]);

/** LINKTYPE_ number; undefined if the device's own headers are not for files, and the kernel is to leave them off. */
export function linkTypeOf(hardwareType: number): number | undefined {
  return ARPHRD_TO_LINKTYPE.get(hardwareType);
}

const NAMES: Readonly<Record<number, string>> = {
  1: 'ether',
  32: 'infiniband',
  280: 'can',
  512: 'ppp',
  519: 'rawip',
  768: 'ipip',
  769: 'tunnel6',
  772: 'loopback',
  776: 'sit',
  778: 'gre',
  801: 'ieee802.11',
  803: 'ieee802.11/radiotap',
  823: 'gre6',
  824: 'netlink',
  65534: 'none',
};

/** As iproute2 calls it: `ether`; the number where it has no name here. */
export function hardwareTypeName(hardwareType: number): string {
  return NAMES[hardwareType] ?? String(hardwareType);
}

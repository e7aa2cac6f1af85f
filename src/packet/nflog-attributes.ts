/**
 * What Linux's packet log hands out (linux/netfilter/nfnetlink_log.h), as LINKTYPE_NFLOG keeps it: four bytes, and attributes. Both who
 * decodes and who captures look into it.
 *
 * Lengths and types are in the byte order of the machine that logged; values are in network byte order.
 */

/** nfgenmsg: address family, version, group. */
export const NFLOG_HEADER = 4;
/** Length, 16 bits, itself included; type, 16 bits. The value behind it is padded to four bytes. */
export const ATTRIBUTE_HEADER = 4;

/** NFULA_: types of attributes. */
export const NFULA = {
  packetHeader: 1,
  timestamp: 3,
  inputDevice: 4,
  outputDevice: 5,
  physicalInputDevice: 6,
  physicalOutputDevice: 7,
  payload: 9,
  prefix: 10,
  user: 11,
  group: 14,
} as const;

/** Two flags stand above the type (NLA_F_NESTED, NLA_F_NET_BYTEORDER). */
const TYPE = 0x3fff;

/** Whether the attributes' lengths and types are little-endian: types are small numbers, whose upper byte holds flags alone. */
export function isLittleEndian(view: DataView, start: number, end: number): boolean {
  return start + NFLOG_HEADER + ATTRIBUTE_HEADER > end || (view.getUint8(start + 7) & (TYPE >> 8)) === 0;
}

export function attributeLength(view: DataView, attribute: number, littleEndian: boolean): number {
  return view.getUint16(attribute, littleEndian);
}

export function attributeType(view: DataView, attribute: number, littleEndian: boolean): number {
  return view.getUint16(attribute + 2, littleEndian) & TYPE;
}

/**
 * @param start where the message starts
 * @param type of {@link NFULA}
 * @returns where the first attribute of a type starts, whose header alone is sure to be there; -1 where there is none
 */
export function findAttribute(view: DataView, start: number, end: number, type: number): number {
  const little = isLittleEndian(view, start, end);
  for (let at = start + NFLOG_HEADER; at + ATTRIBUTE_HEADER <= end; ) {
    const length = attributeLength(view, at, little);
    if (length < ATTRIBUTE_HEADER) return -1;
    if (attributeType(view, at, little) === type) return at;
    at += (length + 3) & ~3;
  }
  return -1;
}

/** AF_NETDEV's number here (NFPROTO_NETDEV): a table for devices. */
const NETDEV = 5;
/** Its hook on the way out of a device (NF_NETDEV_EGRESS). */
const EGRESS = 1;
const ETHERNET_HEADER = 14;

/**
 * Whether the payload starts with an Ethernet header, whatever type the log names: on its way out of a device (the egress hook of a
 * netdev table) the kernel copies the frame from its start.
 *
 * @param start where the message starts
 */
export function isLoggedFrame(view: DataView, start: number, payload: number, end: number): boolean {
  if (view.getUint8(start) !== NETDEV || end - payload < ETHERNET_HEADER) return false;
  const header = findAttribute(view, start, payload, NFULA.packetHeader) + ATTRIBUTE_HEADER;
  if (header < start + ATTRIBUTE_HEADER || header + 3 > payload) return false;
  const type = view.getUint16(payload + ETHERNET_HEADER - 2);
  return type === view.getUint16(header) && view.getUint8(header + 2) === EGRESS;
}

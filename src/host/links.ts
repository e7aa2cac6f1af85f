/** The interfaces of a network namespace, as the kernel tells them (rtnetlink(7), linux/if_link.h, linux/if_addr.h). */
import { ipAddress, linkAddress } from './addresses.ts';
import { type DeviceDetails, deviceDetails } from './device-details.ts';
import { type LinkSettings, linkSettings } from './link-settings.ts';
import { LITTLE_ENDIAN, type NetlinkSocket, readAttributes, readNumber, readText } from './netlink.ts';

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly isUp: boolean;
  readonly isRunning: boolean;
  readonly isLoopback: boolean;
  readonly mtu: number;
  /** ARPHRD_ number (linux/if_arp.h). */
  readonly hardwareType: number;
  /** Of the link layer. */
  readonly address: string | undefined;
  /** With prefix: 10.1.0.10/24. */
  readonly addresses: readonly string[];
  /** `veth`, `vxlan`: what the kernel's module calls it; undefined for a card. */
  readonly kind: string | undefined;
  readonly details: DeviceDetails;
  /** Index of the bridge (bond, VRF) that it is a port of. */
  readonly master: number | undefined;
  /** Index of the device below, or of the other end: in this namespace, or in {@link linkNamespace}. */
  readonly link: number | undefined;
  /** This namespace's number for another one. */
  readonly linkNamespace: number | undefined;
  readonly settings: LinkSettings;
}

export const RTM_GETLINK = 18;
const RTM_GETADDR = 22;
const RTM_GETNSID = 90;

/** ifinfomsg: family 8 bits, padding 8, type 16, index 32, flags 32, change mask 32. */
export const LINK_HEADER = 16;
const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_LINK_NETNSID = 37;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
/** The device below of a VXLAN device, which the kernel does not give as IFLA_LINK. */
const IFLA_VXLAN_LINK = 3;

/** ifaddrmsg: family 8 bits, prefix length 8, flags 8, scope 8, index 32. */
const ADDRESS_HEADER = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

const NETNSA_NSID = 1;
const NETNSA_FD = 3;

const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;

/** All interfaces, in the kernel's order. */
export function readLinks(socket: NetlinkSocket): Link[] {
  const messages = socket.dump(RTM_GETLINK, new Uint8Array(LINK_HEADER));
  const addresses = readAddresses(socket);
  return messages.map((message) => readLink(message, addresses));
}

/**
 * @param message RTM_NEWLINK behind its header
 * @param addresses by index
 */
function readLink(message: DataView, addresses: ReadonlyMap<number, readonly string[]>): Link {
  const attributes = readAttributes(message, LINK_HEADER);
  const index = message.getInt32(4, LITTLE_ENDIAN);
  const flags = message.getUint32(8, LITTLE_ENDIAN);
  const number = (type: number) => {
    const value = attributes.get(type);
    return value === undefined ? undefined : readNumber(value);
  };
  const name = attributes.get(IFLA_IFNAME);
  const address = attributes.get(IFLA_ADDRESS);
  const information = attributes.get(IFLA_LINKINFO);
  const inside = information === undefined ? undefined : readAttributes(information);
  const kindValue = inside?.get(IFLA_INFO_KIND);
  const data = inside?.get(IFLA_INFO_DATA);
  const kind = kindValue === undefined ? undefined : readText(kindValue);
  const dataAttributes = data === undefined ? undefined : readAttributes(data);
  const below = kind === 'vxlan' ? dataAttributes?.get(IFLA_VXLAN_LINK) : undefined;
  // A tunnel that hangs on no device has index 0 there.
  const link = number(IFLA_LINK) || (below === undefined ? 0 : readNumber(below));
  return {
    index,
    name: name === undefined ? `index ${index}` : readText(name),
    isUp: (flags & IFF_UP) !== 0,
    isRunning: (flags & IFF_RUNNING) !== 0,
    isLoopback: (flags & IFF_LOOPBACK) !== 0,
    mtu: number(IFLA_MTU) ?? 0,
    hardwareType: message.getUint16(2, LITTLE_ENDIAN),
    address: address === undefined || address.byteLength === 0 ? undefined : linkAddress(address),
    addresses: addresses.get(index) ?? [],
    kind,
    details: kind === undefined || dataAttributes === undefined ? {} : deviceDetails(kind, dataAttributes),
    master: number(IFLA_MASTER),
    link: link === 0 ? undefined : link,
    linkNamespace: number(IFLA_LINK_NETNSID),
    settings: linkSettings(attributes),
  };
}

function readAddresses(socket: NetlinkSocket): Map<number, string[]> {
  const byIndex = new Map<number, string[]>();
  for (const message of socket.dump(RTM_GETADDR, new Uint8Array(ADDRESS_HEADER))) {
    const attributes = readAttributes(message, ADDRESS_HEADER);
    // Between two points IFA_ADDRESS is the other's.
    const value = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
    const address = value === undefined ? undefined : ipAddress(value);
    if (address === undefined) continue;
    const index = message.getUint32(4, LITTLE_ENDIAN);
    const here = byIndex.get(index) ?? [];
    here.push(`${address}/${message.getUint8(1)}`);
    byIndex.set(index, here);
  }
  return byIndex;
}

/**
 * What number a namespace has for another one, if it has one.
 *
 * @param socket of the one
 * @param descriptor stands for the other
 */
export function namespaceNumber(socket: NetlinkSocket, descriptor: number): number | undefined {
  // rtgenmsg: family 8 bits, padded to 4 bytes; then one attribute.
  const body = new DataView(new ArrayBuffer(12));
  body.setUint16(4, 8, LITTLE_ENDIAN);
  body.setUint16(6, NETNSA_FD, LITTLE_ENDIAN);
  body.setUint32(8, descriptor, LITTLE_ENDIAN);
  const answer = socket.ask(RTM_GETNSID, new Uint8Array(body.buffer));
  const value = answer === undefined ? undefined : readAttributes(answer, 4).get(NETNSA_NSID);
  const number = value?.getInt32(0, LITTLE_ENDIAN) ?? -1;
  return number < 0 ? undefined : number;
}

/** Neighbours (ARP's and NDP's tables) and forwarding entries of bridges and VXLAN devices (linux/neighbour.h). */
import { ipAddress, linkAddress } from '../addresses.ts';
import { LITTLE_ENDIAN, type NetlinkSocket, readAttributes, readNumber } from '../netlink.ts';
import { type ForwardingFacts, MOST_ENTRIES, type NeighborFacts } from './facts.ts';

const RTM_GETNEIGH = 30;
/** ndmsg: family 8 bits, padding 24, index 32, state 16, flags 8, type 8. */
const NEIGHBOR_HEADER = 12;
/** The forwarding entries are asked for as neighbours of this family. */
const PF_BRIDGE = 7;
const NDA_DST = 1;
const NDA_LLADDR = 2;
const NDA_PORT = 6;
const NDA_VNI = 7;
const NTF_EXT_LEARNED = 0x10;

const NUD_NOARP = 0x40;
const NUD_PERMANENT = 0x80;
const STATES: readonly (readonly [bit: number, name: string])[] = [
  [0x01, 'incomplete'],
  [0x02, 'reachable'],
  [0x04, 'stale'],
  [0x08, 'delay'],
  [0x10, 'probe'],
  [0x20, 'failed'],
  [NUD_NOARP, 'noarp'],
  [NUD_PERMANENT, 'permanent'],
];

export function readNeighbors(socket: NetlinkSocket): NeighborFacts[] {
  return socket.dump(RTM_GETNEIGH, new Uint8Array(NEIGHBOR_HEADER), MOST_ENTRIES).flatMap((message) => {
    const attributes = readAttributes(message, NEIGHBOR_HEADER);
    const bits = message.getUint16(8, LITTLE_ENDIAN);
    const destination = attributes.get(NDA_DST);
    const address = destination === undefined ? undefined : ipAddress(destination);
    const known = attributes.get(NDA_LLADDR);
    if (address === undefined) return [];
    return {
      device: message.getUint32(4, LITTLE_ENDIAN),
      address,
      ...(known !== undefined && known.byteLength > 0 && { linkAddress: linkAddress(known) }),
      state: STATES.find(([bit]) => (bits & bit) !== 0)?.[1] ?? 'none',
    };
  });
}

/**
 * Of all bridges and VXLAN devices; an address that goes to several hosts has an entry for each. The groups that each device listens to,
 * which the kernel lists here too, are left out.
 */
export function readForwarding(socket: NetlinkSocket): ForwardingFacts[] {
  const request = new Uint8Array(NEIGHBOR_HEADER);
  request[0] = PF_BRIDGE;
  return socket.dump(RTM_GETNEIGH, request, MOST_ENTRIES).flatMap((message) => {
    const attributes = readAttributes(message, NEIGHBOR_HEADER);
    const state = message.getUint16(8, LITTLE_ENDIAN);
    const flags = message.getUint8(10);
    const [known, destination] = [attributes.get(NDA_LLADDR), attributes.get(NDA_DST)];
    const [vni, port] = [attributes.get(NDA_VNI), attributes.get(NDA_PORT)];
    const remote = destination === undefined ? undefined : ipAddress(destination);
    if (known === undefined || (remote === undefined && isGroup(known))) return [];
    return {
      device: message.getUint32(4, LITTLE_ENDIAN),
      linkAddress: linkAddress(known),
      ...(remote !== undefined && { remote }),
      ...(vni !== undefined && { vni: readNumber(vni) }),
      // In the network's order, as all ports.
      ...(port !== undefined && { port: port.getUint16(0) }),
      isStatic: (state & (NUD_PERMANENT | NUD_NOARP)) !== 0 || (flags & NTF_EXT_LEARNED) !== 0,
    };
  });
}

function isGroup(address: DataView): boolean {
  return address.byteLength > 0 && (address.getUint8(0) & 1) !== 0;
}

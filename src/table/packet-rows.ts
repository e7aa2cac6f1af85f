/** Packets as rows: outer and inner headers side by side. */
import { CHECKSUM, CHECKSUM_WORDS } from '../decode/checksum.ts';
import { checksumReaders } from '../decode/checksum-status.ts';
import type { LayerStack } from '../decode/layer-stack.ts';
import { NO_IDENTIFIER } from '../decode/protocol.ts';
import { icmp } from '../decode/protocols/icmp.ts';
import { icmpv6 } from '../decode/protocols/icmpv6.ts';
import { tcp } from '../decode/protocols/tcp.ts';
import { udp } from '../decode/protocols/udp.ts';
import { protocolNumber } from '../decode/registry.ts';
import { firstLayerOf, namingLayer, networkLayerOf, tunnelKind } from '../decode/tunnel.ts';
import { describeTunnel } from '../exchange/tunnel.ts';
import type { PacketRecord } from '../output/printer.ts';
import type { AddressColumn } from './address-column.ts';
import type { NumberColumn } from './number-columns.ts';
import type { Table } from './table-folder.ts';
import type { PacketColumns } from './tables.ts';

const ICMP = protocolNumber(icmp);
const ICMPV6 = protocolNumber(icmpv6);
const TCP = protocolNumber(tcp);
const UDP = protocolNumber(udp);
const segmentLength = tcp.fields.find(({ key }) => key === 'len')?.read;
const statusReaders = checksumReaders();

/** Of an IPv4 or IPv6 header, by the bytes of its addresses: where TTL (hop limit) and protocol (next header) stand. */
const TTL = { 4: 8, 16: 7 } as const;
const PROTOCOL = { 4: 9, 16: 6 } as const;

/** Types of echo requests and replies (RFC 792, RFC 4443). */
const isEcho = (protocol: number, type: number) =>
  protocol === ICMP ? type === 8 || type === 0 : type === 128 || type === 129;

/** Fills rows of the table, one a packet. Interfaces' names are to be escaped; a ping is the number of its first packet, or 0. */
export function createPacketRows(
  table: Table<PacketColumns>,
): (packet: PacketRecord, interfaceName: string | undefined, ping: number) => void {
  return (packet, interfaceName, ping) => {
    const { view, stack } = packet;
    const row = table.next(packet.seconds);
    const to = table.columns;
    if (interfaceName !== undefined) to.interface.set(row, interfaceName);
    to.number.set(row, 0, packet.number);
    to.time.set(row, packet.seconds, packet.nanoseconds);
    to.length.set(row, packet.originalLength);
    to.capturedLength.set(row, packet.capturedLength);
    // What an ICMP error quotes is another packet.
    let last = stack.count - 1;
    while (last >= 0 && stack.isQuoted(last)) last--;
    const depth = last < 0 ? 0 : stack.level(last);
    to.depth.set(row, depth);
    if (depth > 0) {
      fillTunnel(to, row, view, stack, depth);
      const outer = networkLayerOf(stack, 0);
      fillNetwork(to.outerSrc, to.outerDst, to.outerProto, to.outerTtl, row, view, stack, outer);
      fillOuterPorts(to, row, view, stack);
    }
    const network = networkLayerOf(stack, depth);
    fillNetwork(to.src, to.dst, to.proto, to.ttl, row, view, stack, network);
    if (network >= 0) fillTransport(to, row, view, stack, network, last);
    if (stack.issueCount > 0) to.issue.set(row, stack.issueCode(0));
    fillChecksums(to, row, view, stack, last);
    if (ping > 0) to.ping.set(row, 0, ping);
  };
}

function fillTunnel(to: PacketColumns, row: number, view: DataView, stack: LayerStack, depth: number): void {
  const layer = firstLayerOf(stack, 1);
  if (layer < 0) return;
  to.tunnel.set(row, tunnelKind(view, stack, layer));
  to.tunnelBy.set(row, stack.by(layer));
  const naming = namingLayer(stack, layer);
  const { identifier } = stack.describe(naming);
  const value = identifier?.read(view, stack.start(naming), stack, naming) ?? NO_IDENTIFIER;
  if (value !== NO_IDENTIFIER) {
    to.tunnelId.set(row, value);
    if (identifier?.name === 'vni') to.vni.set(row, value);
  }
  if (depth === 1) return;
  const tunnels = Array.from({ length: depth }, (_, i) => describeTunnel(view, stack, i + 1));
  to.tunnels.set(row, JSON.stringify(tunnels));
}

/** @param network the layer, or -1 */
function fillNetwork(
  src: AddressColumn,
  dst: AddressColumn,
  proto: NumberColumn,
  ttl: NumberColumn,
  row: number,
  view: DataView,
  stack: LayerStack,
  network: number,
): void {
  const addresses = network < 0 ? undefined : stack.describe(network).addresses;
  if (addresses === undefined) return;
  const start = stack.start(network);
  const { bytes, offset } = addresses;
  src.set(row, view, start + offset, bytes);
  dst.set(row, view, start + offset + bytes, bytes);
  proto.set(row, view.getUint8(start + PROTOCOL[bytes]));
  ttl.set(row, view.getUint8(start + TTL[bytes]));
}

function fillOuterPorts(to: PacketColumns, row: number, view: DataView, stack: LayerStack): void {
  for (let layer = 0; layer < stack.count && stack.level(layer) === 0; layer++) {
    if (stack.protocol(layer) !== UDP) continue;
    to.outerSrcport.set(row, view.getUint16(stack.start(layer)));
    to.outerDstport.set(row, view.getUint16(stack.start(layer) + 2));
  }
}

function fillTransport(
  to: PacketColumns,
  row: number,
  view: DataView,
  stack: LayerStack,
  network: number,
  last: number,
): void {
  for (let layer = network + 1; layer <= last; layer++) {
    const protocol = stack.protocol(layer);
    const start = stack.start(layer);
    if (protocol === ICMP || protocol === ICMPV6) {
      const type = view.getUint8(start);
      to.icmpType.set(row, type);
      to.icmpCode.set(row, view.getUint8(start + 1));
      if (!isEcho(protocol, type)) return;
      to.ident.set(row, view.getUint16(start + 4));
      to.seq.set(row, view.getUint16(start + 6));
      return;
    }
    if (protocol !== UDP && protocol !== TCP) continue;
    to.srcport.set(row, view.getUint16(start));
    to.dstport.set(row, view.getUint16(start + 2));
    if (protocol === UDP) return;
    to.tcpSeq.set(row, view.getUint32(start + 4));
    to.tcpAck.set(row, view.getUint32(start + 8));
    to.tcpFlags.set(row, view.getUint16(start + 12) & 0xfff);
    if (segmentLength !== undefined) to.tcpLen.set(row, segmentLength(view, start, stack, layer));
    return;
  }
}

/** `bad` if any is; else what the innermost header's checksum is. */
function fillChecksums(
  to: PacketColumns,
  row: number,
  view: DataView,
  stack: LayerStack,
  last: number,
): void {
  let status = -1;
  for (let layer = last; layer >= 0; layer--) {
    const one = statusReaders[stack.protocol(layer)]?.(view, stack.start(layer), stack, layer);
    if (one === undefined) continue;
    if (status < 0 || one === CHECKSUM.bad) status = one;
  }
  if (status >= 0) to.checksumStatus.set(row, CHECKSUM_WORDS[status] as string);
}

/**
 * Reassembles fragmented packets, and packets in TCP (packet-streams.ts): IPv4 (RFC 791, 3.2) and IPv6 (RFC 8200, 4.5), on any level of nesting. Outer packets
 * are fragmented on the way, inner ones before they enter the tunnel.
 *
 * Decoding knows one packet and keeps nothing. Whoever reads packets in their order hands those that are fragments to a
 * {@link Reassembler}; when the last missing piece has come, the layers of the payload follow those of the packet that brought it.
 */

import { Datagram, LONGEST_PAYLOAD, PIECE } from './datagram.ts';
import type { Decoder } from './decoder.ts';
import { createFragmentTable } from './fragment-table.ts';
import { LAYER_INCOMPLETE, LAYER_WORDS, LayerStack, LEVEL_SHIFT, MAX_LEVEL } from './layer-stack.ts';
import { createPacketStreams, type StreamPackets } from './packet-streams.ts';
import { BY_MASK, DATA } from './protocol.ts';
import { ipv4 } from './protocols/ipv4.ts';
import { fragmentOffset, hasMoreFragments, ipv6Fragment } from './protocols/ipv6-fragment.ts';
import { tcp } from './protocols/tcp.ts';

/** IPv4: offsets in bytes of what tells about a fragment, and Linux's time limit (ip(7), ipfrag_time). */
const TOTAL_LENGTH = 2;
const FLAGS_AND_OFFSET = 6;
const PROTOCOL = 9;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;
const IPV4_SECONDS = 30;
/** RFC 8200, 4.5: "within 60 seconds of the reception of the first-arriving fragment". */
const IPV6_SECONDS = 60;
const IPV6_HEADER = 40;
const IPV6_PAYLOAD_LENGTH = 4;

/** Called as it happens, with the number of the packet that shows it. */
export interface ReassemblyEvents {
  /**
   * The first of several fragments of a packet has come: the stack has what it holds, as far as it goes, before that is taken back.
   * Not called for a fragment of a packet that was complete moments ago.
   */
  readonly firstFragment?: (
    view: DataView,
    stack: LayerStack,
    packet: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ) => void;
  /** A packet's fragments can't be reassembled any more: too late, or displaced by others. The number of the first fragment. */
  readonly incomplete?: (packet: number) => void;
  /** A fragment that overlaps an earlier one, or contradicts the end given by the last one. */
  readonly overlapping?: (packet: number) => void;
  /** A fragment that can't be used because the capture cut it short. */
  readonly cut?: (packet: number) => void;
}

export interface Reassembler {
  /**
   * Takes a packet that is a fragment: to be called, in the order of the capture, if `stack.fragment` is not
   * negative after decoding.
   *
   * If the packet completes another, the payload's layers are added to the stack, and its bytes follow the packet's own bytes in
   * the view that is returned, which is valid until the next call. If not, a header in a first fragment is taken back:
   * the fragment is `data`. A fragment that the capture cut short can't be reassembled, and stays as it was decoded.
   *
   * @param view where the packet's bytes and layers are
   * @param stack its layers
   * @param number 1 for the capture's first packet
   * @param seconds the packet's time since 1970: whole seconds
   * @param nanoseconds the rest of its time
   * @param interfaceIndex into the source's `interfaces`
   * @returns where the layers are now
   */
  packet(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): DataView;
  /** How many {@link Reassembler.others} has to tell. */
  othersLeft(): number;
  /**
   * The other packets that the last one completed: a TCP segment may end several. Their layers are the segment's, and then their own. What they are
   * handed to has to count them all; whoever shows packets shows the first. Each is told once.
   *
   * @param visit called with each; the view and the stack are good for that call alone
   */
  others(visit: (view: DataView, stack: LayerStack) => void): void;
  /** Forgets those: the last packet is not wanted, and so they are not either. */
  leaveOthers(): void;
  /** Numbers of the packets that carried the fragments of `layer`'s payload, in the last packet given; empty for other layers. */
  fragmentsOf(layer: number): readonly number[];
  /** Numbers of the first fragments of all packets that still wait for others. */
  waiting(): number[];
}

export function createReassembler(
  decoder: Pick<Decoder, 'decodeLayers' | 'tables'>,
  events: ReassemblyEvents = {},
): Reassembler {
  const { decodeLayers, tables } = decoder;
  const streams = createPacketStreams(tables.tcpGuesses);
  /** What the segment at hand brought, how many of its packets were told, its TCP layer, and its layers down to that. */
  let segment: StreamPackets | undefined;
  let told = 0;
  let segmentLayer = -1;
  /** Where its bytes end, and a packet's begin. */
  let segmentEnd = 0;
  const outer = new LayerStack();
  const table = createFragmentTable((datagram) => {
    if (!datagram.isRefused && !datagram.isEcho) events.incomplete?.(datagram.numbers[0] as number);
  });
  /** Whole in the packet at hand, by layer; they go back to the table at the next call. */
  const whole: { readonly layer: number; readonly datagram: Datagram }[] = [];
  /** The packet at hand, then what was put together for it. */
  let bytes = new Uint8Array(0);
  let composed = new DataView(bytes.buffer);
  let used = 0;

  function reserve(more: number): void {
    if (used + more <= bytes.length) return;
    const larger = new Uint8Array(Math.max(used + more, bytes.length * 2));
    larger.set(bytes.subarray(0, used));
    bytes = larger;
    composed = new DataView(bytes.buffer);
  }

  /** The piece that `layer` holds, kept; and the whole payload, where nothing is missing any more. */
  function take(
    view: DataView,
    stack: LayerStack,
    layer: number,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): Datagram | undefined {
    const now = seconds + nanoseconds / 1e9;
    const isIpv6 = stack.describe(layer) === ipv6Fragment;
    if ((!isIpv6 && stack.describe(layer) !== ipv4) || stack.isQuoted(layer)) return undefined;
    const start = stack.start(layer);
    const from = stack.payload(layer);
    const network = isIpv6 ? stack.networkBefore(layer) : layer;
    if (network < 0) return undefined;
    let length = stack.layerEnd(layer) - from;
    const promised = isIpv6
      ? view.getUint16(stack.start(network) + IPV6_PAYLOAD_LENGTH) -
        (from - stack.start(network) - IPV6_HEADER)
      : view.getUint16(start + TOTAL_LENGTH) - (from - start);
    if (length < promised) events.cut?.(number);
    if (length !== promised || length === 0) return undefined;
    const offset = isIpv6
      ? fragmentOffset(view, start)
      : (view.getUint16(start + FLAGS_AND_OFFSET) & FRAGMENT_OFFSET) << 3;
    const isLast = isIpv6
      ? !hasMoreFragments(view, start)
      : (view.getUint16(start + FLAGS_AND_OFFSET) & MORE_FRAGMENTS) === 0;
    if (!isLast && (length & 7) !== 0) {
      // RFC 8200: "the fragment must be discarded". In IPv4, Linux takes whole units of 8 bytes.
      if (isIpv6 || length < 8) return undefined;
      length &= ~7;
    }
    const limit = isIpv6 ? IPV6_SECONDS : IPV4_SECONDS;
    const datagram = table.find(view, stack, layer, network, now, limit, interfaceIndex);
    if (datagram === undefined) return undefined;
    let piece: number = PIECE.contradicting;
    if (!datagram.isRefused && offset + length + (isIpv6 ? 0 : from - start) <= LONGEST_PAYLOAD) {
      table.grow(datagram, offset + length);
      piece = datagram.add(view, from, length, offset, isLast);
    }
    if (offset === 0 && datagram.next < 0) {
      datagram.next = view.getUint8(isIpv6 ? start : start + PROTOCOL);
      if (!datagram.isEcho && !isLast)
        events.firstFragment?.(view, stack, number, seconds, nanoseconds, interfaceIndex);
    }
    stack.cutTo(layer);
    if (piece === PIECE.overlapping || piece === PIECE.contradicting) {
      if (!datagram.isRefused) events.overlapping?.(number);
      stack.malformed(
        start,
        piece === PIECE.overlapping
          ? 'fragment overlaps an earlier one'
          : 'fragment contradicts earlier ones, or exceeds the longest packet',
      );
      // RFC 5722: "the entire datagram (and any constituent fragments, including those not yet received) MUST be silently discarded."
      if (isIpv6) datagram.isRefused = true;
    }
    stack.cutTo(layer + 1);
    if (piece === PIECE.taken || (piece === PIECE.overlapping && !isIpv6) || datagram.numbers.length === 0) {
      datagram.numbers.push(number);
    }
    return !datagram.isRefused && datagram.isWhole ? datagram : HELD;
  }

  /** The rest of the packet is a piece and no header. */
  function showPiece(stack: LayerStack, layer: number): void {
    const word = (layer + 1) * LAYER_WORDS;
    stack.words[word] = (stack.level(layer) << LEVEL_SHIFT) | DATA | LAYER_INCOMPLETE;
    stack.words[word + 1] = stack.payload(layer);
    stack.words[word + 2] = stack.layerEnd(layer);
    stack.count = layer + 2;
  }

  /** The packet's bytes, to the start of what is composed; its layers point there. */
  function copyPacket(view: DataView, stack: LayerStack): void {
    used = 0;
    const { packetStart, packetEnd } = stack;
    reserve(packetEnd - packetStart);
    bytes.set(new Uint8Array(view.buffer, view.byteOffset + packetStart, packetEnd - packetStart));
    used = packetEnd - packetStart;
    stack.moveTo(0);
  }

  /** Puts the whole payload behind the packet's bytes, and decodes it there. */
  function goOn(view: DataView, stack: LayerStack, layer: number, datagram: Datagram): void {
    if (view !== composed) copyPacket(view, stack);
    reserve(datagram.length);
    bytes.set(datagram.bytes.subarray(0, datagram.length), used);
    const start = used;
    used += datagram.length;
    stack.incomplete = 0;
    stack.end = used;
    let level = stack.level(layer);
    let entry = stack.tables.ipProtocol[datagram.next];
    if ((entry & BY_MASK) !== 0) {
      if (level === MAX_LEVEL) {
        stack.tooDeep(start, 'tunnels nested deeper than are decoded');
        entry = DATA;
      } else {
        level++;
      }
    }
    decodeLayers(composed, stack, start, used, level, entry);
  }

  /** The segment's next packet, decoded behind the bytes that are there. */
  function showPacket(stack: LayerStack, { packets, guess }: StreamPackets): void {
    const packet = packets[told++] as Uint8Array;
    used = segmentEnd;
    reserve(packet.length);
    bytes.set(packet, used);
    const start = used;
    used += packet.length;
    stack.incomplete = 0;
    stack.end = used;
    stack.cutTo(segmentLayer + 1);
    const level = stack.level(segmentLayer);
    if (level === MAX_LEVEL) stack.tooDeep(start, 'tunnels nested deeper than are decoded');
    decodeLayers(
      composed,
      stack,
      start,
      used,
      level < MAX_LEVEL ? level + 1 : level,
      level < MAX_LEVEL ? guess.entry : DATA,
    );
  }

  /** A TCP segment's packets: the first is shown, unless the segment has been decoded so already; the others wait to be asked for. */
  function takeSegment(
    view: DataView,
    stack: LayerStack,
    layer: number,
    number: number,
    interfaceIndex: number,
  ): DataView {
    const found = streams.segment(view, stack, layer, number, interfaceIndex);
    if (found === undefined) return view;
    const ports = stack.start(layer);
    tables.tcpStreams[view.getUint16(ports)] = 1;
    tables.tcpStreams[view.getUint16(ports + 2)] = 1;
    segment = found;
    told = 0;
    segmentLayer = layer;
    outer.bind(stack.tables, stack.protocols);
    outer.words.set(stack.words);
    outer.count = layer + 1;
    outer.issueCount = 0;
    outer.packetStart = stack.packetStart;
    outer.packetEnd = stack.packetEnd;
    outer.originalLength = stack.originalLength;
    outer.linkType = stack.linkType;
    outer.fragment = -1;
    const isShown = found.isInPlace && found.packets.length > 0 && stack.count > layer + 2;
    if (found.packets.length > (isShown ? 1 : 0)) {
      if (view !== composed) copyPacket(view, outer);
      segmentEnd = used;
    }
    if (isShown) {
      told = 1;
      return view;
    }
    stack.cutTo(layer + 1);
    if (found.packets.length === 0) {
      showPiece(stack, layer);
      return view;
    }
    if (view !== composed) stack.moveTo(0);
    showPacket(stack, found);
    return composed;
  }

  return {
    othersLeft: () => (segment === undefined ? 0 : segment.packets.length - told),
    others(visit) {
      while (segment !== undefined && told < segment.packets.length) {
        showPacket(outer, segment);
        visit(composed, outer);
      }
      segment = undefined;
    },
    leaveOthers() {
      segment = undefined;
    },
    packet(view, stack, number, seconds, nanoseconds, interfaceIndex) {
      segment = undefined;
      for (const { datagram } of whole) table.release(datagram);
      whole.length = 0;
      const now = seconds + nanoseconds / 1e9;
      let at = view;
      while (stack.fragment >= 0) {
        const layer = stack.fragment;
        stack.fragment = -1;
        if (stack.describe(layer) === tcp) return takeSegment(at, stack, layer, number, interfaceIndex);
        const datagram = take(at, stack, layer, number, seconds, nanoseconds, interfaceIndex);
        if (datagram === undefined) break;
        if (datagram === HELD) {
          showPiece(stack, layer);
          break;
        }
        table.complete(datagram, now);
        whole.push({ layer, datagram });
        goOn(at, stack, layer, datagram);
        at = composed;
      }
      return at;
    },
    fragmentsOf: (layer) =>
      whole.find((entry) => entry.layer === layer)?.datagram.numbers ??
      (layer === segmentLayer ? segment?.numbers : undefined) ??
      [],
    waiting: () =>
      table
        .all()
        .filter(({ isRefused, isEcho }) => !isRefused && !isEcho)
        .map(({ numbers }) => numbers[0] as number),
  };
}

/** Stands for a piece that is kept, with others still missing. */
const HELD = new Datagram();

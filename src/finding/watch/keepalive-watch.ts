/** What tunnels' programs send of their own, and nobody inside sent: that they are there, and how large packets may be. */
import { LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { DATA, PROTOCOL_MASK } from '../../decode/protocol.ts';
import { gre } from '../../decode/protocols/gre.ts';
import { gtp } from '../../decode/protocols/gtp.ts';
import { destinationPort, udp } from '../../decode/protocols/udp.ts';
import { protocolNumber } from '../../decode/registry.ts';
import { Tally } from '../../exchange/tally.ts';

export const KEEPALIVES = {
  openvpn: "OpenVPN's pings (ping.c)",
  openvpnOptions: "OpenVPN's option messages (occ.c)",
  tinc: "tinc's MTU probes",
  gre: 'GRE keepalives',
  gtp: "GTP-U's echo messages",
  bfd: 'BFD',
} as const;
export type KeepaliveKind = keyof typeof KEEPALIVES;

/** The words that OpenVPN's data begins with where it is no packet: a ping (ping.c), a message about options (occ.c). */
const OPENVPN_PING = [0x2a187bf3, 0x641eb4cb, 0x07ed2d0a, 0x981fc748];
const OPENVPN_OPTIONS = [0x287f346b, 0xd4ef7a81, 0x2d56b8d3, 0xafc5459c];
/** Bytes before them: of a key's packet ID, of fragments, of compression. */
const MOST_BEFORE = 13;
/** Destination ports of BFD over one hop, its echoes, and over several (RFC 5881, RFC 5883); version 1 in the first three bits. */
const BFD_PORTS: readonly number[] = [3784, 3785, 4784];
const BFD_LENGTH = 24;
/** tinc 1.0 (net_packet.c, send_mtu_probe): a sequence number, a frame's header of zeros (the first byte 1 in an answer), then random bytes. */
const TINC_SEQUENCE = 4;
const TINC_ZEROS = 14;
const TINC_LEAST = TINC_SEQUENCE + TINC_ZEROS + 8;

export interface KeepaliveWatch {
  /** Takes a packet into account that is no ping. */
  packet(view: DataView, stack: LayerStack, number: number): void;
  readonly kinds: ReadonlyMap<KeepaliveKind, Tally>;
}

export function createKeepaliveWatch(): KeepaliveWatch {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const PAYLOAD = DATA;
  const UDP = protocolNumber(udp);
  const GRE = protocolNumber(gre);
  const GTP = protocolNumber(gtp);
  const kinds = new Map<KeepaliveKind, Tally>();

  return {
    kinds,
    packet(view, stack, number) {
      const { words } = stack;
      let last = (stack.count - 1) | 0;
      if (last > 0 && (words[last * LAYER] & PROTOCOL_BITS) === PAYLOAD) last = (last - 1) | 0;
      if (last < 0) return;
      const protocol = words[last * LAYER] & PROTOCOL_BITS;
      if (protocol !== UDP && protocol !== GRE && protocol !== GTP) return;
      if (stack.isQuoted(last) || stack.isIncomplete(last)) return;
      const kind = kindOf(view, stack, last);
      if (kind === undefined) return;
      let tally = kinds.get(kind);
      if (tally === undefined) {
        tally = new Tally();
        kinds.set(kind, tally);
      }
      tally.add(number);
    },
  };
}

function kindOf(view: DataView, stack: LayerStack, layer: number): KeepaliveKind | undefined {
  const start = stack.start(layer);
  const protocol = stack.describe(layer);
  if (protocol === gtp)
    return view.getUint8(start + 1) === 1 || view.getUint8(start + 1) === 2 ? 'gtp' : undefined;
  const from = stack.payload(layer);
  const end = stack.layerEnd(layer);
  // Cisco's: a packet back to the sender, in which a GRE header carries nothing of type 0.
  if (protocol === gre) return view.getUint16(start + 2) === 0 && from === end ? 'gre' : undefined;
  if (BFD_PORTS.includes(destinationPort(view, start)) && end - from >= BFD_LENGTH)
    return view.getUint8(from) >> 5 === 1 ? 'bfd' : undefined;
  if (isTincProbe(view, from, end)) return 'tinc';
  for (let at = from; at <= from + MOST_BEFORE && at + 16 <= end; at++) {
    const first = view.getUint32(at);
    if (first === OPENVPN_PING[0] && at + 16 === end && hasWords(view, at, OPENVPN_PING)) return 'openvpn';
    if (first === OPENVPN_OPTIONS[0] && hasWords(view, at, OPENVPN_OPTIONS)) return 'openvpnOptions';
  }
  return undefined;
}

function hasWords(view: DataView, at: number, words: readonly number[]): boolean {
  return words.every((word, i) => view.getUint32(at + i * 4) === word);
}

function isTincProbe(view: DataView, from: number, end: number): boolean {
  if (end - from < TINC_LEAST || view.getUint32(from) === 0) return false;
  const zeros = from + TINC_SEQUENCE;
  if (view.getUint8(zeros) > 1) return false;
  for (let i = 1; i < TINC_ZEROS; i++) if (view.getUint8(zeros + i) !== 0) return false;
  // Random bytes are not all zero.
  return view.getUint32(zeros + TINC_ZEROS) !== 0 && view.getUint32(zeros + TINC_ZEROS + 4) !== 0;
}

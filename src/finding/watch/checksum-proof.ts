/**
 * Whether a ping's checksums are all right, at once: what an inner header's sum has added up is part of the outer one's, so
 * that each byte is read once. The protocols' own descriptions read each for itself, and a table call a layer costs more than the sums.
 */
import { sumWords } from '../../decode/checksum.ts';
import { checksumReaders } from '../../decode/checksum-status.ts';
import {
  LAYER_HEADER_SHIFT,
  LAYER_INCOMPLETE,
  LAYER_WORDS,
  type LayerStack,
} from '../../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../../decode/protocol.ts';
import { icmp } from '../../decode/protocols/icmp.ts';
import { ipv4 } from '../../decode/protocols/ipv4.ts';
import { ipv6 } from '../../decode/protocols/ipv6.ts';
import { udp } from '../../decode/protocols/udp.ts';
import { protocolNumber } from '../../decode/registry.ts';

/** Sums of so many bytes, and of the headers around them, are 32-bit integers. */
const MOST_BYTES = 32_768;
const UDP_CHECKSUM = 6;
const UDP_PROTOCOL = 17;
const ICMPV6_CHECKSUM = 2;
const ICMPV6_PROTOCOL = 58;

/**
 * True if no header's checksum, up to the echo's, is bad. False says nothing: a checksum may be bad, or the packet is none of
 * the plain ones that this knows.
 *
 * @param echo the layer of the echo header
 */
export type ChecksumProof = (view: DataView, stack: LayerStack, echo: number) => boolean;

export function createChecksumProof(): ChecksumProof {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const HEADER_SHIFT = LAYER_HEADER_SHIFT;
  const INCOMPLETE = LAYER_INCOMPLETE;
  const MOST = MOST_BYTES;
  const PLAIN_HEADER = 20;
  const IPV4 = protocolNumber(ipv4);
  const IPV6 = protocolNumber(ipv6);
  const UDP = protocolNumber(udp);
  const ICMP = protocolNumber(icmp);
  const hasChecksum = Uint8Array.from(checksumReaders(), (read) => (read === undefined ? 0 : 1));

  /** As sumWords, of an even number of bytes, and few: V8 puts it in the place of its calls. */
  function sumShort(view: DataView, start: number, end: number): number {
    let sum = 0;
    let high = 0;
    let at = start | 0;
    for (const last = (end - 4) | 0; at <= last; at = (at + 4) | 0) {
      const word = view.getInt32(at);
      high = (high + (word >>> 16)) | 0;
      sum = (sum + (word & 0xffff)) | 0;
    }
    if (at < end) sum = (sum + view.getUint16(at)) | 0;
    return (sum + high) | 0;
  }

  function sumPlainHeader(view: DataView, start: number): number {
    const first = view.getInt32(start);
    const second = view.getInt32(start + 4);
    const third = view.getInt32(start + 8);
    const source = view.getInt32(start + 12);
    const destination = view.getInt32(start + 16);
    const high = (first >>> 16) + (second >>> 16) + (third >>> 16) + (source >>> 16) + (destination >>> 16);
    const low =
      (first & 0xffff) + (second & 0xffff) + (third & 0xffff) + (source & 0xffff) + (destination & 0xffff);
    return (high + low) | 0;
  }

  /**
   * @param sum of the layer's own bytes, header and payload
   * @param field where its checksum stands
   */
  function isTransportGood(
    view: DataView,
    words: Int32Array,
    layer: number,
    protocol: number,
    sum: number,
    field: number,
  ): boolean {
    const network = words[(layer - 1) * LAYER] & PROTOCOL_BITS;
    const start = words[(layer - 1) * LAYER + 1];
    let pseudo = (protocol + words[layer * LAYER + 2] - words[layer * LAYER + 1]) | 0;
    if (network === IPV4) {
      const source = view.getInt32(start + 12);
      const destination = view.getInt32(start + 16);
      pseudo = (pseudo + (source >>> 16) + (source & 0xffff)) | 0;
      pseudo = (pseudo + (destination >>> 16) + (destination & 0xffff)) | 0;
    } else if (network === IPV6) {
      pseudo = (pseudo + sumShort(view, start + 8, start + 40)) | 0;
    } else {
      return false;
    }
    // What a sender leaves to its card is the sum of the pseudo-header alone.
    return folded(sum + pseudo) === 0xffff || folded(pseudo) === view.getUint16(field);
  }

  return (view, stack, echo) => {
    const { words } = stack;
    const end = words[echo * LAYER + 2];
    const innermost = words[echo * LAYER];
    if (echo === 0 || end - words[1] > MOST || (innermost & INCOMPLETE) !== 0) return false;
    // The sum of the bytes from `from` to the echo's end.
    let from = words[echo * LAYER + 1];
    let sum = sumWords(view, from, end) | 0;
    if ((innermost & PROTOCOL_BITS) === ICMP) {
      if (folded(sum) !== 0xffff) return false;
    } else if (!isTransportGood(view, words, echo, ICMPV6_PROTOCOL, sum, from + ICMPV6_CHECKSUM)) {
      return false;
    }
    for (let layer = (echo - 1) | 0; layer >= 0; layer = (layer - 1) | 0) {
      const meta = words[layer * LAYER];
      const protocol = meta & PROTOCOL_BITS;
      if (hasChecksum[protocol] === 0) continue;
      const start = words[layer * LAYER + 1];
      if (protocol === IPV4) {
        if (meta >>> HEADER_SHIFT !== PLAIN_HEADER) return false;
        const header = sumPlainHeader(view, start);
        if (folded(header) !== 0xffff) return false;
        if (start + PLAIN_HEADER === from) {
          sum = (sum + header) | 0;
          from = start;
        }
      } else if (protocol === UDP) {
        const field = start + UDP_CHECKSUM;
        if (view.getUint16(field) === 0) continue;
        if ((meta & INCOMPLETE) !== 0 || words[layer * LAYER + 2] !== end || layer === 0) return false;
        if (((from - start) & 1) !== 0) return false;
        sum = (sum + sumShort(view, start, from)) | 0;
        from = start;
        if (!isTransportGood(view, words, layer, UDP_PROTOCOL, sum, field)) return false;
      } else {
        return false;
      }
    }
    return true;
  };
}

/** @param sum a 32-bit integer, not negative */
function folded(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/**
 * The headers that nearly every packet of an overlay has, in one straight piece of code: Ethernet, IPv4, UDP, TUN packet
 * information or VXLAN, IPv4 again, ICMP or TCP.
 *
 * The general loop in general-loop.ts calls each protocol through a table, which costs V8 a call and its state in memory a
 * layer: for a tunneled ping three to four times what it costs here (bench/decode.ts). This is an accelerator and nothing else: it
 * records a layer only where everything about it is plain, and hands over to the general loop at the first that is not.
 * test/decode/fast-path.test.ts holds its results against the general loop's, word by word.
 */
import type { DispatchTables } from './dispatch-tables.ts';
import type { DecodePacket, GeneralLoop } from './general-loop.ts';
import { LAYER_BY_SHIFT, LAYER_HEADER_SHIFT, LEVEL_SHIFT, MAX_LAYERS, MAX_LEVEL } from './layer-stack.ts';
import { provenIpv4 } from './proof.ts';
import { BY, BY_MASK, BY_SHIFT, PROTOCOL_MASK } from './protocol.ts';
import { ethernet } from './protocols/ethernet.ts';
import { icmp } from './protocols/icmp.ts';
import { ipv4 } from './protocols/ipv4.ts';
import { tcp } from './protocols/tcp.ts';
import { tunPacketInformation } from './protocols/tun-pi.ts';
import { udp } from './protocols/udp.ts';
import { vxlan } from './protocols/vxlan.ts';
import { protocolNumber, protocols } from './registry.ts';

const LINKTYPE_ETHERNET = 1;
/** The most words that one turn of the loop below writes, with the data layer behind it. */
const ROOM = 6 * 3;

/** Made once for a decoder, so that V8 sees the tables and numbers as constants. */
export function createFastPath(tables: DispatchTables, general: GeneralLoop): DecodePacket {
  const { decodePacket, decodeLayers } = general;
  const list = protocols;
  const ETHERNET = protocolNumber(ethernet);
  const IPV4 = protocolNumber(ipv4);
  const UDP = protocolNumber(udp);
  const ICMP = protocolNumber(icmp);
  const TCP = protocolNumber(tcp);
  const VXLAN = protocolNumber(vxlan);
  const HEADER_PLACE = LAYER_HEADER_SHIFT;
  const ETHERNET_HEADER = 14 << HEADER_PLACE;
  const EIGHT = 8 << HEADER_PLACE;
  const PLAIN_IPV4 = protocolNumber(ipv4) | (20 << HEADER_PLACE);
  const TUN_PI_GUESSED =
    protocolNumber(tunPacketInformation) | (4 << HEADER_PLACE) | (BY.guess << LAYER_BY_SHIFT);
  const { udpPort, tcpPort, tcpStreams, ipProtocol } = tables;
  const LEVEL = 1 << LEVEL_SHIFT;
  const DEEPEST = MAX_LEVEL << LEVEL_SHIFT;
  const LIMIT = MAX_LAYERS * 3 - ROOM;
  const BY_BITS = BY_MASK;
  const BY_UP = LAYER_BY_SHIFT - BY_SHIFT;
  const LEVEL_UP = LEVEL_SHIFT;
  const LINK_ETHERNET = LINKTYPE_ETHERNET;
  const PROTOCOL_BITS = PROTOCOL_MASK;

  return function decode(view, start, capturedLength, originalLength, linkType, stack) {
    let end = (start + capturedLength) | 0;
    if (linkType !== LINK_ETHERNET) {
      decodePacket(view, start, capturedLength, originalLength, linkType, stack);
      return;
    }
    if (stack.tables !== tables) stack.bind(tables, list);
    stack.packetStart = start;
    stack.packetEnd = end;
    stack.originalLength = originalLength;
    stack.linkType = linkType;
    stack.issueCount = 0;
    stack.incomplete = 0;
    stack.fragment = -1;
    const words = stack.words;
    let at = start;
    let word = 0;
    let entry = ETHERNET;
    // The level, where a meta word has it.
    let level = 0;
    let by = 0;
    while (word < LIMIT) {
      if (entry === ETHERNET) {
        if (end - at < 14 || view.getUint16(at + 12) !== 0x0800) break;
        words[word] = ETHERNET | ETHERNET_HEADER | level | by;
        words[word + 1] = at;
        at = (at + 14) | 0;
        words[word + 2] = end;
        word = (word + 3) | 0;
        entry = IPV4;
        by = 0;
      }
      if (entry === IPV4) {
        const available = (end - at) | 0;
        if (available < 20) break;
        const first = view.getInt32(at);
        const header = (first >>> 22) & 60;
        const total = first & 0xffff;
        if (first >>> 28 !== 4 || header < 20 || total < header || total > available) break;
        const fragmentAndProtocol = view.getInt32(at + 6);
        if ((fragmentAndProtocol & 0x3fff0000) !== 0) break;
        const next = ipProtocol[fragmentAndProtocol & 0xff];
        if ((next & BY_BITS) !== 0 && level >= DEEPEST) break;
        end = (at + total) | 0;
        words[word] = IPV4 | (header << HEADER_PLACE) | level | by;
        words[word + 1] = at;
        at = (at + header) | 0;
        words[word + 2] = end;
        word = (word + 3) | 0;
        entry = next & PROTOCOL_BITS;
        by = (next & BY_BITS) << BY_UP;
        if (by !== 0) {
          level = (level + LEVEL) | 0;
          if (entry === IPV4) continue;
        }
      }
      if (entry === UDP) {
        const available = (end - at) | 0;
        if (available < 8) break;
        const portAndLength = view.getInt32(at + 2);
        const length = portAndLength & 0xffff;
        if (length < 8 || length > available || level >= DEEPEST) break;
        const payloadEnd = (at + length) | 0;
        const next = udpPort[portAndLength >>> 16];
        let guessed = false;
        if (next === 0) {
          if (length < 32 || view.getInt32(at + 8) !== 0x0800 || !provenIpv4(view, at + 12, payloadEnd))
            break;
          guessed = true;
        }
        words[word] = UDP | EIGHT | level | by;
        words[word + 1] = at;
        at = (at + 8) | 0;
        end = payloadEnd;
        words[word + 2] = end;
        word = (word + 3) | 0;
        if (guessed) {
          level = (level + LEVEL) | 0;
          words[word] = TUN_PI_GUESSED | level;
          words[word + 1] = at;
          at = (at + 4) | 0;
          words[word + 2] = end;
          word = (word + 3) | 0;
          by = 0;
          entry = IPV4;
          // The proof has looked at all that the loop would look at again, but for these.
          if (view.getUint8(at) !== 0x45 || (view.getInt32(at + 6) & 0x3fff00ff) !== 1) continue;
          words[word] = PLAIN_IPV4 | level;
          words[word + 1] = at;
          at = (at + 20) | 0;
          words[word + 2] = end;
          word = (word + 3) | 0;
          entry = ICMP;
        } else {
          by = (next & BY_BITS) << BY_UP;
          if (by !== 0) level = (level + LEVEL) | 0;
          entry = next & PROTOCOL_BITS;
          if (entry !== VXLAN || end - at < 8 || (view.getUint8(at) & 8) === 0) break;
          words[word] = VXLAN | EIGHT | level | by;
          words[word + 1] = at;
          at = (at + 8) | 0;
          words[word + 2] = end;
          word = (word + 3) | 0;
          by = 0;
          entry = ETHERNET;
          continue;
        }
      }
      if (entry === ICMP) {
        if (end - at < 8 || (view.getUint8(at) & 0xf7) !== 0) break;
        words[word] = ICMP | EIGHT | level | by;
        words[word + 1] = at;
        at = (at + 8) | 0;
      } else if (entry === TCP) {
        if (end - at < 20) break;
        const header = (view.getUint8(at + 12) >> 4) << 2;
        if (header < 20 || header > end - at) break;
        if (header < end - at) {
          const ports = view.getInt32(at);
          if ((tcpPort[ports >>> 16] | tcpPort[ports & 0xffff]) !== 0) break;
          if ((tcpStreams[ports >>> 16] & tcpStreams[ports & 0xffff]) !== 0) break;
          if (end - at >= header + 24) {
            // What may be a packet, or packet information of whichever flags, is the general loop's.
            const word = view.getInt32(at + header);
            const kind = word & 0xfefeffff;
            if (kind === 0x0800 || kind === 0x86dd || kind === 0x0806) break;
            if (word >>> 24 === 0x45 || word >>> 28 === 6) break;
          }
        }
        words[word] = TCP | (header << HEADER_PLACE) | level | by;
        words[word + 1] = at;
        at = (at + header) | 0;
      } else {
        break;
      }
      words[word + 2] = end;
      word = (word + 3) | 0;
      if (at < end) {
        words[word] = level;
        words[word + 1] = at;
        words[word + 2] = end;
        word = (word + 3) | 0;
      }
      stack.count = (word / 3) | 0;
      return;
    }
    stack.count = (word / 3) | 0;
    stack.end = end;
    decodeLayers(view, stack, at, end, level >> LEVEL_UP, entry | (by >> BY_UP));
  };
}

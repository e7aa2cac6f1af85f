/**
 * What a packet's row says, column by column: endpoints of each level, the tunnel between two levels, the innermost
 * header's news, and what is wrong with the packet. The line printer and the terminal UI's packet list write their rows
 * with these.
 */
import { CHECKSUM, fold, sumWords } from '../decode/checksum.ts';
import { checksumReaders } from '../decode/checksum-status.ts';
import {
  LAYER_BY_SHIFT,
  LAYER_HEADER_SHIFT,
  LAYER_QUOTED,
  LAYER_WORDS,
  type LayerStack,
  LEVEL_SHIFT,
} from '../decode/layer-stack.ts';
import { BY, DATA, NO_IDENTIFIER } from '../decode/protocol.ts';
import { icmp } from '../decode/protocols/icmp.ts';
import { ipv4 } from '../decode/protocols/ipv4.ts';
import { udp } from '../decode/protocols/udp.ts';
import { protocolNumber, protocols } from '../decode/registry.ts';
import { deepestLevel, namingLayer, sideOf, tunnelKind } from '../decode/tunnel.ts';
import type { ByteWriter } from './byte-writer.ts';
import { writeIssue } from './issues.ts';
import { put } from './put.ts';
import { template } from './template.ts';
import { HOPS, HOPS_SHIFT, IPV4, LINK, NETWORK, OPENS, PING, PORTS, protocolTraits } from './traits.ts';

const ARROW = template(' > ');
const BRACKET_AND_COLON = template(']:');
/** The longest endpoints: two IPv6 addresses with ports. */
const ENDPOINTS_ROOM = 128;
const OPENING_BRACKET = 91;
const DASH = 45;

/**
 * Writes who talks to whom in the headers from `first` up to where the next tunnel, a quotation or the packet ends:
 * `10.1.0.10:9000 > 10.2.0.10:9000`, `172.16.0.2 > 172.16.1.2`, Ethernet addresses where there is no network layer, `-`
 * where there are none at all.
 *
 * @param first the first layer of a level, or of a quotation or a tunnel quoted in it
 * @returns the layer that comes next; `stack.count` behind the last one
 */
export type WriteEndpoints = (out: ByteWriter, view: DataView, stack: LayerStack, first: number) => number;

/** A closure with its own constants, which V8 folds into the code. */
function createWriteEndpoints(): WriteEndpoints {
  const traits = protocolTraits;
  const IS_IPV4 = IPV4;
  const IS_NETWORK = NETWORK;
  const IS_LINK = LINK;
  const HAS_PORTS = PORTS;
  const IS_OPENING = OPENS;
  const IS_QUOTED = LAYER_QUOTED;
  const SEGMENT = (15 << LEVEL_SHIFT) | LAYER_QUOTED;
  const TO = ARROW;
  const CLOSING = BRACKET_AND_COLON;
  const ROOM = ENDPOINTS_ROOM;
  const { ipv4, ipv6, ether, port, text, uint } = put;

  return (out, view, stack, first) => {
    const words = stack.words;
    const count = stack.count;
    let word = (first * 3) | 0;
    const segment = words[word] & SEGMENT;
    let link = -1;
    let network = -1;
    let networkTraits = 0;
    let ports = -1;
    let layer = first | 0;
    while (layer < count) {
      const meta = words[word];
      if ((meta & SEGMENT) !== segment) break;
      const has = traits[meta & 0xff];
      // In a quotation levels stand still, and what would open a tunnel behind a network layer did open one.
      if ((meta & IS_QUOTED) !== 0 && network >= 0 && (has & IS_OPENING) !== 0) break;
      const at = (words[word + 1] + (has & 0xff)) | 0;
      if ((has & IS_NETWORK) !== 0) {
        network = at;
        networkTraits = has;
      } else if ((has & HAS_PORTS) !== 0) {
        ports = at;
      } else if ((has & IS_LINK) !== 0) {
        link = at;
      }
      layer = (layer + 1) | 0;
      word = (word + 3) | 0;
    }
    let place = out.reserve(ROOM);
    const to = out.view;
    if (network >= 0) {
      if ((networkTraits & IS_IPV4) !== 0) {
        place = ipv4(to, place, view, network);
        if (ports >= 0) place = port(to, place, view.getUint16(ports));
        place = text(to, place, TO);
        place = ipv4(to, place, view, (network + 4) | 0);
        if (ports >= 0) place = port(to, place, view.getUint16(ports + 2));
      } else if (ports >= 0) {
        // "[…]:port", as colons alone would be ambiguous (RFC 5952, 6).
        to.setUint8(place, OPENING_BRACKET);
        place = text(to, ipv6(to, place + 1, view, network), CLOSING);
        place = text(to, uint(to, place, view.getUint16(ports)), TO);
        to.setUint8(place, OPENING_BRACKET);
        place = text(to, ipv6(to, place + 1, view, network + 16), CLOSING);
        place = uint(to, place, view.getUint16(ports + 2));
      } else {
        place = text(to, ipv6(to, place, view, network), TO);
        place = ipv6(to, place, view, network + 16);
      }
    } else if (link >= 0) {
      place = text(to, ether(to, place, view, link + 6), TO);
      place = ether(to, place, view, link);
    } else {
      to.setUint8(place++, DASH);
    }
    out.length = place;
    return layer;
  };
}

export const writeEndpoints = createWriteEndpoints();

const IDENTIFIERS = {
  vni: template(' vni='),
  key: template(' key='),
  session: template(' session='),
  teid: template(' teid=0x'),
};
const GUESS = template(' (guess)');

/**
 * Writes the tunnel that opens with `layer`, as {@link writeEndpoints} found it: `tunpi (guess)`, `vxlan vni=100`,
 * `gre key=7`, `ipip`. How it was recognised is said where it was a guess.
 */
export function writeTunnel(out: ByteWriter, view: DataView, stack: LayerStack, layer: number): void {
  out.text(tunnelKind(view, stack, layer));
  const naming = namingLayer(stack, layer);
  const { identifier } = stack.describe(naming);
  const value = identifier?.read(view, stack.start(naming), stack, naming) ?? NO_IDENTIFIER;
  if (identifier !== undefined && value !== NO_IDENTIFIER) {
    out.template(IDENTIFIERS[identifier.name]);
    if (identifier.name === 'teid') out.hex(value, 8);
    else out.uint(value);
  }
  if (((stack.words[layer * LAYER_WORDS] >> LAYER_BY_SHIFT) & 7) === BY.guess) out.template(GUESS);
}

/** The last layer before `end` that is a header: what the row is about; -1 where there is none. */
function innermostHeader(stack: LayerStack, end: number): number {
  const words = stack.words;
  let layer = end - 1;
  while (layer >= 0 && (words[layer * LAYER_WORDS] & 0xff) === DATA) layer--;
  return layer;
}

const TTL = template(' ttl=');
const BYTES = template(' bytes');

type WriteNews = (out: ByteWriter, view: DataView, stack: LayerStack, layer: number) => void;

/** A header's short name and summary; how much it carries, where its protocol has none. */
function createWriteNews(): WriteNews {
  const headings = protocols.map(({ short }) => template(`${short} `));
  const summaries = protocols.map(({ summary }) => summary);
  const { text } = put;

  return (out, view, stack, layer) => {
    const protocol = stack.words[layer * LAYER_WORDS] & 0xff;
    const heading = headings[protocol];
    const at = out.reserve(heading.length);
    out.length = text(out.view, at, heading);
    const summary = summaries[protocol];
    if (summary !== undefined) {
      summary(out, view, stack.words[layer * LAYER_WORDS + 1], stack, layer);
      return;
    }
    out.uint(Math.max(stack.layerEnd(layer) - stack.payload(layer), 0));
    out.template(BYTES);
  };
}

const writeNews = createWriteNews();

/** What a column of the row writes. */
export type WriteColumn = (out: ByteWriter, view: DataView, stack: LayerStack) => void;

function createWriteInfo(): WriteColumn {
  const traits = protocolTraits;
  const news = writeNews;
  const WORDS = LAYER_WORDS;
  const IS_QUOTED = LAYER_QUOTED;
  const HAS_HOPS = HOPS;
  const HOPS_DOWN = HOPS_SHIFT;
  const IS_PING = PING;
  const TTL_TEXT = TTL;
  const { text, uint } = put;

  return (out, view, stack) => {
    const words = stack.words;
    const count = stack.count;
    // What is quoted stands last: where the last layer is not, none is.
    let end = count;
    while (end > 0 && (words[(end - 1) * WORDS] & IS_QUOTED) !== 0) end--;
    const layer = innermostHeader(stack, end);
    if (layer < 0) {
      out.text('Data ');
      out.uint(stack.packetEnd - stack.packetStart);
      out.template(BYTES);
      return;
    }
    news(out, view, stack, layer);
    const about = traits[words[layer * WORDS] & 0xff];
    for (let network = layer; network >= 0; network--) {
      const has = traits[words[network * WORDS] & 0xff];
      if ((has & HAS_HOPS) === 0) continue;
      const ttl = view.getUint8(words[network * WORDS + 1] + ((has >> HOPS_DOWN) & 0xff));
      if (ttl <= 1 || (about & IS_PING) !== 0) {
        const at = out.reserve(16);
        out.length = uint(out.view, text(out.view, at, TTL_TEXT), ttl);
      }
      break;
    }
    if (end < count) writeQuotation(out, view, stack, end);
  };
}

/**
 * Writes the innermost header's summary, `ICMP Echo request id=4951 seq=1 ttl=63`; for an ICMP error also what it quotes, with every
 * tunnel that it went through. The time to live is that of the network layer next to it, and is said where it tells: in
 * pings and errors, and where the next router would drop the packet.
 */
export const writeInfo = createWriteInfo();

function writeQuotation(out: ByteWriter, view: DataView, stack: LayerStack, first: number): void {
  if (stack.protocol(first) === DATA) {
    out.text(', quoting a header that is cut off');
    return;
  }
  out.text(', quoting ');
  let opener = first;
  for (;;) {
    const layer = writeEndpoints(out, view, stack, opener);
    out.text(' ');
    if (layer >= stack.count) break;
    writeTunnel(out, view, stack, layer);
    out.text(' ');
    opener = layer;
  }
  const header = innermostHeader(stack, stack.count);
  if (header >= opener) writeNews(out, view, stack, header);
  else out.text('cut off');
}

/** Writes "outer " or "inner " where a packet has several levels; "level 1 " in between. */
function writeLevel(out: ByteWriter, stack: LayerStack, layer: number): void {
  const deepest = deepestLevel(stack);
  if (deepest === 0) return;
  const level = sideOf(stack, layer);
  if (level === 0) {
    out.text('outer ');
  } else if (level === deepest) {
    out.text('inner ');
  } else {
    out.text('level ');
    out.uint(level);
    out.text(' ');
  }
}

function writeIssues(out: ByteWriter, stack: LayerStack): void {
  const captured = stack.packetEnd - stack.packetStart;
  let cut = false;
  for (let issue = 0; issue < stack.issueCount; issue++) {
    const code = stack.issueCode(issue);
    // What was cut before the record was made, as in the packet log, is no matter of the record's two lengths.
    if (code === 'truncated' && stack.originalLength > captured) {
      if (cut) continue;
      cut = true;
      out.text(' [truncated: ');
      out.uint(captured);
      out.text(' of ');
      out.uint(stack.originalLength);
      out.text(' bytes captured]');
    } else {
      out.text(' [');
      writeIssue(out, stack.issue(issue));
      out.text(']');
    }
  }
}

type Status = (view: DataView, start: number, stack: LayerStack, layer: number) => number;
const neverBad: Status = () => CHECKSUM.absent;

function createWriteMarks(): WriteColumn {
  const statuses = checksumReaders().map((read) => read ?? neverBad);
  const hasChecksum = Uint8Array.from(statuses, (status) => (status === neverBad ? 0 : 1));
  const WORDS = LAYER_WORDS;
  const IS_QUOTED = LAYER_QUOTED;
  const BAD = CHECKSUM.bad;
  const HEADER_DOWN = LAYER_HEADER_SHIFT;
  const IS_IPV4 = protocolNumber(ipv4);
  const IS_ICMP = protocolNumber(icmp);
  const IS_UDP = protocolNumber(udp);
  const PLAIN_IPV4 = 20;
  const UDP_NUMBER = 17;
  const sum = sumWords;
  const folded = fold;

  /** The sum of 20 bytes. */
  function ipv4Sum(view: DataView, start: number): number {
    const [a, b, c] = [view.getInt32(start), view.getInt32(start + 4), view.getInt32(start + 8)];
    const [d, e] = [view.getInt32(start + 12), view.getInt32(start + 16)];
    const high = (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16) + (e >>> 16);
    return high + (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff) + (e & 0xffff);
  }

  /** Whether a usual header's checksum is right, or there is none, asked without its protocol; false where only that can tell. */
  function isPlainlyGood(view: DataView, words: Int32Array, word: number): boolean {
    const meta = words[word];
    const start = words[word + 1];
    const protocol = meta & 0xff;
    if (protocol === IS_IPV4) {
      return view.getUint8(start) === 0x45 && folded(ipv4Sum(view, start)) === 0xffff;
    }
    if (protocol === IS_ICMP) return folded(sum(view, start, words[word + 2])) === 0xffff;
    if (protocol !== IS_UDP || word === 0) return false;
    if (view.getUint16(start + 6) === 0) return true;
    const before = words[word - WORDS];
    if ((before & 0xff) !== IS_IPV4 || before >>> HEADER_DOWN !== PLAIN_IPV4) return false;
    const end = words[word + 2];
    const addresses = sum(view, words[word - WORDS + 1] + 12, words[word - WORDS + 1] + 20);
    const pseudo = addresses + UDP_NUMBER + end - start;
    // Left to the card, as where the capture was made on the sender: told without a look at the payload.
    if (view.getUint16(start + 6) === folded(pseudo)) return true;
    return folded(pseudo + sum(view, start, end)) === 0xffff;
  }

  return (out, view, stack) => {
    if (stack.issueCount > 0) writeIssues(out, stack);
    const words = stack.words;
    const limit = (stack.count * WORDS) | 0;
    for (let word = 0, layer = 0; word < limit; word = (word + WORDS) | 0, layer = (layer + 1) | 0) {
      const meta = words[word];
      const protocol = meta & 0xff;
      if (hasChecksum[protocol] === 0) continue;
      // What is quoted was on its way once, and may have been changed and cut since: its sums are no finding here.
      if ((meta & IS_QUOTED) !== 0) break;
      if (isPlainlyGood(view, words, word)) continue;
      if (statuses[protocol](view, words[word + 1], stack, layer) === BAD) writeBad(out, stack, layer);
    }
  };
}

function writeBad(out: ByteWriter, stack: LayerStack, layer: number): void {
  out.text(' [bad ');
  writeLevel(out, stack, layer);
  out.text(stack.describe(layer).short);
  out.text(' checksum]');
}

/**
 * Writes what is wrong with the packet, each in brackets with a space before it: `[truncated: 96 of 148 bytes captured]`,
 * `[malformed: IPv4 version is not 4]`, `[bad inner ICMP checksum]`. Nothing for a packet that is well.
 */
export const writeMarks = createWriteMarks();

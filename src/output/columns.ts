/**
 * What a packet's row says, column by column: endpoints of each level, the tunnel between two levels, the innermost
 * header's news, and what is wrong with the packet. The line printer and the terminal UI's packet list write their rows
 * with these.
 */
import { CHECKSUM } from '../decode/checksum.ts';
import {
  LAYER_BY_SHIFT,
  LAYER_QUOTED,
  LAYER_WORDS,
  type LayerStack,
  LEVEL_SHIFT,
} from '../decode/layer-stack.ts';
import { BY, DATA } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';
import { deepestLevel, tunnelKind } from '../decode/tunnel.ts';
import type { ByteWriter } from './byte-writer.ts';
import { writeIssue } from './issues.ts';
import { put } from './put.ts';
import { template } from './template.ts';
import { HOPS, HOPS_SHIFT, IPV4, LINK, NETWORK, OPENS, PING, PORTS, protocolTraits } from './traits.ts';

const checksumStatus = protocols.map(
  ({ fields }) => fields.find((f) => f.kind === 'status' && f.key === 'checksum.status')?.read,
);

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

const VNI = template(' vni=');
const GUESS = template(' (guess)');

/**
 * Writes the tunnel that opens with `layer`, as {@link writeEndpoints} found it: `tunpi (guess)`, `vxlan vni=100`,
 * `ipip`. How it was recognised is said where it was a guess.
 */
export function writeTunnel(out: ByteWriter, view: DataView, stack: LayerStack, layer: number): void {
  out.text(tunnelKind(stack, layer));
  const vni = stack.describe(layer).vni;
  if (vni !== undefined) {
    out.template(VNI);
    out.uint(vni(view, stack.start(layer)));
  }
  if (((stack.words[layer * LAYER_WORDS] >> LAYER_BY_SHIFT) & 7) === BY.guess) out.template(GUESS);
}

/** The last layer before `end` that is a header: what the row is about; -1 where there is none. */
function innermostHeader(stack: LayerStack, end: number): number {
  let layer = end - 1;
  while (layer >= 0 && stack.protocol(layer) === DATA) layer--;
  return layer;
}

function firstQuoted(stack: LayerStack): number {
  // What is quoted stands last: where the last layer is not, none is.
  let layer = stack.count;
  while (layer > 0 && stack.isQuoted(layer - 1)) layer--;
  return layer;
}

const headings = protocols.map(({ short }) => template(`${short} `));
const summaries = protocols.map(({ summary }) => summary);

function writeHeaderNews(out: ByteWriter, view: DataView, stack: LayerStack, layer: number): void {
  const protocol = stack.protocol(layer);
  out.template(headings[protocol]);
  const summary = summaries[protocol];
  if (summary !== undefined) {
    summary(out, view, stack.start(layer), stack, layer);
  } else {
    const bytes = stack.layerEnd(layer) - stack.payload(layer);
    out.uint(Math.max(bytes, 0));
    out.text(' bytes');
  }
}

const TTL = template(' ttl=');
/**
 * Writes the innermost header's summary, `ICMP Echo request id=4951 seq=1 ttl=63`; for an ICMP error also what it quotes, with every
 * tunnel that it went through. The time to live is that of the network layer next to it, and is said where it tells: in
 * pings and errors, and where the next router would drop the packet.
 */
export function writeInfo(out: ByteWriter, view: DataView, stack: LayerStack): void {
  const end = firstQuoted(stack);
  const layer = innermostHeader(stack, end);
  if (layer < 0) {
    out.text('Data ');
    out.uint(stack.packetEnd - stack.packetStart);
    out.text(' bytes');
    return;
  }
  writeHeaderNews(out, view, stack, layer);
  for (let network = layer; network >= 0; network--) {
    const has = protocolTraits[stack.protocol(network)];
    if ((has & HOPS) === 0) continue;
    const ttl = view.getUint8(stack.start(network) + ((has >> HOPS_SHIFT) & 0xff));
    if (ttl <= 1 || (protocolTraits[stack.protocol(layer)] & PING) !== 0) {
      out.template(TTL);
      out.uint(ttl);
    }
    break;
  }
  if (end < stack.count) writeQuotation(out, view, stack, end);
}

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
  if (header >= opener) writeHeaderNews(out, view, stack, header);
  else out.text('cut off');
}

/** Writes "outer " or "inner " where a packet has several levels; "level 1 " in between. */
function writeLevel(out: ByteWriter, stack: LayerStack, layer: number): void {
  const deepest = deepestLevel(stack);
  if (deepest === 0) return;
  const level = stack.level(layer);
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

/**
 * Writes what is wrong with the packet, each in brackets with a space before it: `[truncated: 96 of 148 bytes captured]`,
 * `[malformed: IPv4 version is not 4]`, `[bad inner ICMP checksum]`. Nothing for a packet that is well.
 */
export function writeMarks(out: ByteWriter, view: DataView, stack: LayerStack): void {
  if (stack.issueCount > 0) writeIssues(out, stack);
  for (
    let layer = nextBadChecksum(view, stack, 0);
    layer < stack.count;
    layer = nextBadChecksum(view, stack, layer + 1)
  ) {
    out.text(' [bad ');
    writeLevel(out, stack, layer);
    out.text(stack.describe(layer).short);
    out.text(' checksum]');
  }
}

function writeIssues(out: ByteWriter, stack: LayerStack): void {
  let cut = false;
  for (let issue = 0; issue < stack.issueCount; issue++) {
    const code = stack.issueCode(issue);
    if (code === 'truncated') {
      if (cut) continue;
      cut = true;
      out.text(' [truncated: ');
      out.uint(stack.packetEnd - stack.packetStart);
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

/** The first layer from `first` on whose checksum is wrong; `stack.count` where there is none. */
function nextBadChecksum(view: DataView, stack: LayerStack, first: number): number {
  const { count, words } = stack;
  for (let layer = first; layer < count; layer++) {
    const meta = words[layer * LAYER_WORDS];
    const read = checksumStatus[meta & 0xff];
    if (read === undefined) continue;
    // What is quoted was on its way once, and may have been changed and cut since: its sums are no finding here.
    if ((meta & LAYER_QUOTED) !== 0) break;
    if (read(view, words[layer * LAYER_WORDS + 1], stack, layer) === CHECKSUM.bad) return layer;
  }
  return count;
}

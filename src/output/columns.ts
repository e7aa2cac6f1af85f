/**
 * What a packet's row says, column by column: endpoints of each level, the tunnel between two levels, the innermost
 * header's news, and what is wrong with the packet. The line printer and the terminal UI's packet list write their rows
 * with these.
 */
import { CHECKSUM } from '../decode/checksum.ts';
import type { LayerStack } from '../decode/layer-stack.ts';
import { DATA, type Field, type Protocol } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';
import { deepestLevel, tunnelKind } from '../decode/tunnel.ts';
import type { ByteWriter } from './byte-writer.ts';

const NO_PLACE = -1;

/** Where a protocol has the field `key`, in bytes from its start, if it is of this kind and width. */
function place(protocol: Protocol, key: string, kind: Field['kind'], width: number): number {
  const field = protocol.fields.find((f) => f.key === key);
  return field?.kind === kind && field.width === width && field.when === undefined
    ? field.bit >> 3
    : NO_PLACE;
}

function places(key: string, kind: Field['kind'], width: number): Int8Array {
  return Int8Array.from(protocols, (protocol) => place(protocol, key, kind, width));
}

/** By protocol number: where things stand in its header, or NO_PLACE. */
const linkSource = places('src', 'ether', 48);
const linkDestination = places('dst', 'ether', 48);
const sourcePort = places('srcport', 'uint', 16);
const destinationPort = places('dstport', 'uint', 16);
const addressPlace = Int8Array.from(protocols, (protocol) => protocol.addresses?.offset ?? NO_PLACE);
const addressBytes = Int8Array.from(protocols, (protocol) => protocol.addresses?.bytes ?? 0);
/** The hop limit, as IPv6 calls what IPv4 calls time to live. */
const timeToLive = Int8Array.from(protocols, (protocol) =>
  Math.max(place(protocol, 'ttl', 'uint', 8), place(protocol, 'hlim', 'uint', 8)),
);
/** 1 where a layer of this protocol may be a tunnel's first. */
const opens = Uint8Array.from(protocols, ({ attach }) =>
  attach.some((a) => a.table === 'udp.guess' || a.table === 'decode-as' || ('tunnel' in a && a.tunnel))
    ? 1
    : 0,
);
const isPing = Uint8Array.from(protocols, ({ name }) => (name === 'icmp' || name === 'icmpv6' ? 1 : 0));
const checksumStatus = protocols.map(
  ({ fields }) => fields.find((f) => f.kind === 'status' && f.key === 'checksum.status')?.read,
);

const COLON = 58;
const OPENING_BRACKET = 91;
const CLOSING_BRACKET = 93;

function writeAddress(out: ByteWriter, view: DataView, at: number, bytes: number): void {
  if (bytes === 4) out.ipv4(view, at);
  else out.ipv6(view, at);
}

function writeAddressAndPort(out: ByteWriter, view: DataView, at: number, bytes: number, port: number): void {
  if (bytes === 4) {
    out.ipv4(view, at);
  } else {
    // "[…]:port", as colons alone would be ambiguous (RFC 5952, 6).
    out.character(OPENING_BRACKET);
    out.ipv6(view, at);
    out.character(CLOSING_BRACKET);
  }
  out.character(COLON);
  out.uint(port);
}

/**
 * Writes who talks to whom in the headers from `first` up to where the next tunnel, a quotation or the packet ends:
 * `10.1.0.10:9000 > 10.2.0.10:9000`, `172.16.0.2 > 172.16.1.2`, Ethernet addresses where there is no network layer, `-`
 * where there are none at all.
 *
 * @param first the first layer of a level, or of a quotation or a tunnel quoted in it
 * @returns the layer that comes next; `stack.count` behind the last one
 */
export function writeEndpoints(out: ByteWriter, view: DataView, stack: LayerStack, first: number): number {
  const level = stack.level(first);
  const quoted = stack.isQuoted(first);
  let link = -1;
  let network = -1;
  let ports = -1;
  let layer = first;
  for (; layer < stack.count; layer++) {
    if (layer > first) {
      if (stack.level(layer) !== level || stack.isQuoted(layer) !== quoted) break;
      // In a quotation levels stand still, and what would open a tunnel behind a network layer did open one.
      if (quoted && network >= 0 && opens[stack.protocol(layer)] !== 0) break;
    }
    const protocol = stack.protocol(layer);
    if (addressPlace[protocol] >= 0) network = layer;
    else if (sourcePort[protocol] >= 0) ports = layer;
    else if (linkSource[protocol] >= 0) link = layer;
  }
  if (network >= 0) {
    const protocol = stack.protocol(network);
    const at = stack.start(network) + addressPlace[protocol];
    const bytes = addressBytes[protocol];
    if (ports >= 0) {
      const start = stack.start(ports);
      const transport = stack.protocol(ports);
      writeAddressAndPort(out, view, at, bytes, view.getUint16(start + sourcePort[transport]));
      out.text(' > ');
      writeAddressAndPort(out, view, at + bytes, bytes, view.getUint16(start + destinationPort[transport]));
    } else {
      writeAddress(out, view, at, bytes);
      out.text(' > ');
      writeAddress(out, view, at + bytes, bytes);
    }
  } else if (link >= 0) {
    const protocol = stack.protocol(link);
    out.ether(view, stack.start(link) + linkSource[protocol]);
    out.text(' > ');
    out.ether(view, stack.start(link) + linkDestination[protocol]);
  } else {
    out.text('-');
  }
  return layer;
}

/**
 * Writes the tunnel that opens with `layer`, as {@link writeEndpoints} found it: `tunpi (guess)`, `vxlan vni=100`,
 * `ipip`. How it was recognised is said where it was a guess.
 */
export function writeTunnel(out: ByteWriter, view: DataView, stack: LayerStack, layer: number): void {
  const start = stack.start(layer);
  out.text(tunnelKind(stack, layer));
  const vni = stack.describe(layer).vni;
  if (vni !== undefined) {
    out.text(' vni=');
    out.uint(vni(view, start));
  }
  if (stack.by(layer) === 'guess') out.text(' (guess)');
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

function writeHeaderNews(out: ByteWriter, view: DataView, stack: LayerStack, layer: number): void {
  const protocol = stack.describe(layer);
  out.text(protocol.short);
  out.text(' ');
  if (protocol.summary !== undefined) {
    protocol.summary(out, view, stack.start(layer), stack, layer);
  } else {
    const bytes = stack.layerEnd(layer) - stack.payload(layer);
    out.uint(Math.max(bytes, 0));
    out.text(' bytes');
  }
}

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
    const at = timeToLive[stack.protocol(network)];
    if (at < 0) continue;
    const ttl = view.getUint8(stack.start(network) + at);
    if (ttl <= 1 || isPing[stack.protocol(layer)] !== 0) {
      out.text(' ttl=');
      out.uint(ttl);
    }
    break;
  }
  if (end < stack.count) writeQuotation(out, view, stack, end);
}

function writeQuotation(out: ByteWriter, view: DataView, stack: LayerStack, first: number): void {
  out.text(', quoting ');
  let layer = first;
  let opener = first;
  for (;;) {
    opener = layer;
    layer = writeEndpoints(out, view, stack, opener);
    out.text(' ');
    if (layer >= stack.count) break;
    writeTunnel(out, view, stack, layer);
    out.text(' ');
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
      out.text(code);
      out.text(': ');
      out.text(stack.issueMessage(issue));
      out.text(']');
    }
  }
  for (let layer = 0; layer < stack.count; layer++) {
    const read = checksumStatus[stack.protocol(layer)];
    if (read === undefined) continue;
    // What is quoted was on its way once, and may have been changed and cut since: its sums are no finding here.
    if (stack.isQuoted(layer)) break;
    if (read(view, stack.start(layer), stack, layer) !== CHECKSUM.bad) continue;
    out.text(' [bad ');
    writeLevel(out, stack, layer);
    out.text(stack.describe(layer).short);
    out.text(' checksum]');
  }
}

/** What is noticed on packets besides the pings: doubt, wrong checksums, and errors that quote what they are about. */
import { CHECKSUM } from '../decode/checksum.ts';
import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { PROTOCOL_MASK, type Protocol } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';
import { addressText, ipv4Identification } from '../exchange/ip-header.ts';
import { Tally } from '../exchange/tally.ts';
import { createChecksumProof } from './checksum-proof.ts';
import { createHeaderDamage } from './header-damage.ts';
import { createLikelyTunnels, type LikelyTunnel } from './likely-tunnels.ts';

/** The most different ICMP errors that are told apart. */
const MOST_ERRORS = 64;

/** An ICMP or ICMPv6 error, as often as it came in the same words about the same packets. */
export interface QuotingError {
  readonly isIpv6: boolean;
  readonly type: number;
  readonly code: number;
  /** The largest packet that the next link takes, in an error that says so; else 0. */
  readonly mtu: number;
  /** Who sent it. */
  readonly from: string;
  /** The quoted packet's outermost addresses. */
  readonly src: string;
  readonly dst: string;
  /** The quoted packet's protocol behind IP: `udp`, `icmp`, `ip`, … */
  readonly carries: string;
  /** Its UDP destination port; -1 where it has none. */
  readonly port: number;
  /** The first quoted packet's UDP source port; -1 where it has none. */
  readonly sourcePort: number;
  /** The quotation itself shows a packet inside the packet. */
  readonly isTunnel: boolean;
  readonly isEchoRequest: boolean;
  readonly isEchoReply: boolean;
  /** The first quoted packet's IPv4 identification; -1 for IPv6. */
  readonly identification: number;
  /** The first quoted packet's own length, where an error about its size quotes one that must not be fragmented; else 0. */
  readonly quotedLength: number;
  readonly tally: Tally;
}

export interface BadChecksum {
  readonly protocol: Protocol;
  /** Where it stands in a tunneled packet; `only` in one that no tunnel carries. */
  readonly place: 'outer' | 'inner' | 'only';
  /** The UDP header of a VXLAN packet. */
  readonly isVxlan: boolean;
  readonly tally: Tally;
}

export interface PacketWatch {
  /** VXLAN headers without the I flag. */
  readonly vxlanFlags: Tally;
  readonly truncated: Tally;
  readonly malformed: Tally;
  readonly badChecksums: ReadonlyMap<string, BadChecksum>;
  readonly errors: ReadonlyMap<string, QuotingError>;
  /** Ports whose payloads look like a tunnel's, and were not recognised. */
  likelyTunnels(): readonly LikelyTunnel[];
  /** Whether the packet taken last is a ping that routers and receivers drop, as an IPv4 header's checksum in it is wrong. */
  isDamaged(): boolean;
  /** Pings whose checksums were not looked at, as that many had been. */
  readonly unchecked: number;
  /**
   * @param echo the layer of the packet's echo header; -1 where it is no ping: checksums are of interest on pings alone
   * @returns the ICMP error that the packet is, if it is one
   */
  packet(view: DataView, stack: LayerStack, number: number, echo: number): QuotingError | undefined;
}

/** @param mostChecked pings whose checksums are looked at, which costs more than all else that is done with a ping */
export function createPacketWatch(mostChecked = Number.POSITIVE_INFINITY): PacketWatch {
  const BAD = CHECKSUM.bad;
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const truncated = new Tally();
  const malformed = new Tally();
  const vxlanFlags = new Tally();
  const badChecksums = new Map<string, BadChecksum>();
  const errors = new Map<string, QuotingError>();
  const likely = createLikelyTunnels();
  let checked = 0;
  let unchecked = 0;
  let isDamaged = false;
  const areChecksumsGood = createChecksumProof();
  const isHeaderDamaged = createHeaderDamage();
  const statusReaders = protocols.map(
    (protocol) => protocol.fields.find((field) => field.key === 'checksum.status')?.read,
  );

  function noteBadChecksum(stack: LayerStack, layer: number, echo: number, number: number): void {
    const isOuter = stack.level(layer) < stack.level(echo);
    const place = isOuter ? 'outer' : stack.level(echo) > 0 ? 'inner' : 'only';
    const protocol = stack.describe(layer);
    const isVxlan = protocol.name === 'udp' && stack.describe(layer + 1).name === 'vxlan';
    const key = `${place} ${protocol.name} ${isVxlan}`;
    let bad = badChecksums.get(key);
    if (bad === undefined) {
      bad = { protocol, place, isVxlan, tally: new Tally() };
      badChecksums.set(key, bad);
    }
    bad.tally.add(number);
  }

  function noteBadChecksums(view: DataView, stack: LayerStack, echo: number, number: number): void {
    const { words } = stack;
    for (let layer = 0; layer <= echo; layer++) {
      const read = statusReaders[words[layer * LAYER] & PROTOCOL_BITS];
      if (read !== undefined && read(view, words[layer * LAYER + 1], stack, layer) === BAD) {
        noteBadChecksum(stack, layer, echo, number);
      }
    }
    isDamaged = isHeaderDamaged(view, stack, echo);
  }

  function noteError(view: DataView, stack: LayerStack, number: number): QuotingError | undefined {
    let quote = stack.count - 1;
    while (quote > 0 && stack.isQuoted(quote - 1)) quote--;
    const network = stack.networkBefore(quote);
    const name = stack.describe(quote - 1).name;
    if (network < 0 || (name !== 'icmp' && name !== 'icmpv6')) return undefined;
    if (stack.describe(quote).addresses === undefined) return undefined;
    const start = stack.start(quote - 1);
    const isIpv6 = name === 'icmpv6';
    const type = view.getUint8(start);
    const code = view.getUint8(start + 1);
    const from = addressText(view, stack, network, 0);
    const src = addressText(view, stack, quote, 0);
    const dst = addressText(view, stack, quote, 1);
    const transport = quote + 1 < stack.count ? stack.describe(quote + 1).name : 'data';
    const isPartial = quote + 1 < stack.count && stack.describe(quote + 1).isPartial === true;
    const isUdp = transport === 'udp' && !isPartial;
    const port = isUdp ? view.getUint16(stack.start(quote + 1) + 2) : -1;
    const isEcho = transport === 'icmp' || transport === 'icmpv6';
    const echoType = isEcho ? view.getUint8(stack.start(quote + 1)) : -1;
    const key = `${name} ${type} ${code} ${from} ${src} ${dst} ${transport} ${port} ${echoType}`;
    let error = errors.get(key);
    if (error === undefined) {
      let isTunnel = false;
      for (let i = quote + 1; i < stack.count; i++) {
        if (stack.describe(i).addresses !== undefined) isTunnel = true;
      }
      error = {
        isIpv6,
        type,
        code,
        mtu: isIpv6 ? view.getUint32(start + 4) : view.getUint16(start + 6),
        from,
        src,
        dst,
        carries: transport,
        port,
        sourcePort: isUdp ? view.getUint16(stack.start(quote + 1)) : -1,
        isTunnel,
        isEchoRequest: echoType === (transport === 'icmp' ? 8 : 128),
        isEchoReply: echoType === (transport === 'icmp' ? 0 : 129),
        identification: ipv4Identification(view, stack, quote),
        quotedLength: unfragmentedLength(view, stack, quote),
        tally: new Tally(),
      };
      // Further ones are looked at, and not told.
      if (errors.size < MOST_ERRORS) errors.set(key, error);
    }
    error.tally.add(number);
    return error;
  }

  return {
    vxlanFlags,
    truncated,
    malformed,
    badChecksums,
    errors,
    likelyTunnels: () => likely.found(),
    isDamaged: () => isDamaged,
    get unchecked() {
      return unchecked;
    },
    packet(view, stack, number, echo) {
      if (stack.issueCount > 0) {
        if (stack.hasIssue('truncated')) truncated.add(number);
        if (stack.hasIssue('malformed')) {
          malformed.add(number);
          if (endsInInvalidVxlan(stack)) vxlanFlags.add(number);
        }
      }
      isDamaged = false;
      if (echo >= 0) {
        if (checked >= mostChecked) {
          unchecked++;
          return undefined;
        }
        checked++;
        if (!areChecksumsGood(view, stack, echo)) noteBadChecksums(view, stack, echo, number);
      } else if (stack.count > 0 && stack.isQuoted(stack.count - 1)) {
        return noteError(view, stack, number);
      } else if (checked === 0) {
        // Of interest where no ping is seen.
        likely.packet(view, stack, number);
      }
      return undefined;
    },
  };
}

/** What became data behind a VXLAN header: its decoder gives a header up that does not have the I flag. */
function endsInInvalidVxlan(stack: LayerStack): boolean {
  const last = stack.count - 1;
  return last > 0 && stack.describe(last).name === 'data' && stack.describe(last - 1).name === 'vxlan';
}

const DONT_FRAGMENT = 0x4000;

/** An IPv4 header's total length where DF is set, an IPv6 packet's length, which routers never fragment; else 0. */
function unfragmentedLength(view: DataView, stack: LayerStack, network: number): number {
  const start = stack.start(network);
  if (stack.describe(network).addresses?.bytes !== 4) return 40 + view.getUint16(start + 4);
  return (view.getUint16(start + 6) & DONT_FRAGMENT) === 0 ? 0 : view.getUint16(start + 2);
}

/** Why packets could not be read as far as to a ping: link types that are not decoded, a snap length too short, encryption, fragments. */
import { LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { linkTypeInWords } from '../../decode/link-type-words.ts';
import { DATA, PROTOCOL_MASK } from '../../decode/protocol.ts';
import { protocols } from '../../decode/registry.ts';
import { addressText } from '../../exchange/ip-header.ts';
import { Tally } from '../../exchange/tally.ts';
import { counted } from '../../text/words.ts';
import type { FragmentCounts } from './fragment-watch.ts';

/** Headers behind which no tunnel is looked for: a packet that is cut there is known as well as it can be. */
const LAST_HEADERS = ['arp', 'icmp', 'icmpv6', 'tcp'];
/** Devices on which what is in a tunnel is not encrypted. */
const OWN_DEVICES: Readonly<Record<string, string>> = { WireGuard: 'wg0', MACsec: 'macsec0' };
/** The most link types that are told apart; a file may have thousands. */
const MOST_LINK_TYPES = 16;

export interface UnreadWatch {
  /** Takes a packet into account that is no ping. */
  packet(view: DataView, stack: LayerStack, number: number): void;
  /** Packets whose link type is not decoded, by its number. */
  readonly linkTypes: ReadonlyMap<number, Tally>;
  /** Packets that end in a header whose content is encrypted, by the protocol's name. */
  readonly encrypted: ReadonlyMap<string, EncryptedPackets>;
  /** Packets that the capture cut before it is known what they carry. */
  readonly cut: Tally;
  /** Bytes that it left of the longest of them. */
  readonly longestCut: number;
}

export interface EncryptedPackets {
  /** The protocol in short words: "WireGuard". */
  readonly protocol: string;
  /** The outer ends of the first packet; undefined if no IP header is there. */
  readonly ends: readonly [src: string, dst: string] | undefined;
  /** Both as they stand in the packet, to compare others with. */
  readonly addresses: Uint8Array;
  /** Whether others had other ends. */
  isBetweenMore: boolean;
  readonly tally: Tally;
}

/** A reason in words, and what to do. */
export interface UnreadReason {
  readonly kind: 'link type' | 'encrypted' | 'cut' | 'fragments';
  readonly text: string;
  readonly advice: string;
  readonly count: number;
}

export function createUnreadWatch(): UnreadWatch {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const PAYLOAD = DATA;
  const isLast = Uint8Array.from(protocols, ({ name, isPartial }) =>
    isPartial !== true && LAST_HEADERS.includes(name) ? 1 : 0,
  );
  const encryption = protocols.map(({ isEncrypted }) => isEncrypted);
  const linkTypes = new Map<number, Tally>();
  const encrypted = new Map<string, EncryptedPackets>();
  const cut = new Tally();
  let longestCut = 0;

  function noteEncrypted(view: DataView, stack: LayerStack, layer: number, number: number): void {
    const { name, short } = stack.describe(layer);
    const network = stack.networkBefore(layer);
    let known = encrypted.get(name);
    if (known === undefined) {
      known = {
        protocol: short,
        ends: endsOf(view, stack, network),
        addresses: addressesOf(view, stack, network),
        isBetweenMore: false,
        tally: new Tally(),
      };
      encrypted.set(name, known);
    } else if (!known.isBetweenMore) {
      known.isBetweenMore = !isBetween(known.addresses, view, stack, network);
    }
    known.tally.add(number);
  }

  return {
    linkTypes,
    encrypted,
    cut,
    get longestCut() {
      return longestCut;
    },
    packet(view, stack, number) {
      const { words } = stack;
      let last = (stack.count - 1) | 0;
      while (last >= 0 && (words[last * LAYER] & PROTOCOL_BITS) === PAYLOAD) last--;
      if (last < 0) {
        if (stack.hasIssue('unsupported')) noteLinkType(stack.linkType, number);
        return;
      }
      const protocol = words[last * LAYER] & PROTOCOL_BITS;
      const isEncrypted = encryption[protocol];
      if (isEncrypted === true || isEncrypted?.(view, words[last * LAYER + 1]) === true) {
        noteEncrypted(view, stack, last, number);
      } else if (stack.issueCount > 0 && isLast[protocol] === 0 && stack.hasIssue('truncated')) {
        if (stack.isQuoted(last)) return;
        cut.add(number);
        longestCut = Math.max(longestCut, stack.packetEnd - stack.packetStart);
      }
    },
  };

  function noteLinkType(linkType: number, number: number): void {
    let tally = linkTypes.get(linkType);
    if (tally === undefined) {
      if (linkTypes.size === MOST_LINK_TYPES) return;
      tally = new Tally();
      linkTypes.set(linkType, tally);
    }
    tally.add(number);
  }
}

type Ends = EncryptedPackets['ends'];

function endsOf(view: DataView, stack: LayerStack, network: number): Ends {
  if (network < 0) return undefined;
  return [addressText(view, stack, network, 0), addressText(view, stack, network, 1)];
}

/** Source and destination, one behind the other as in every IP header; none where no header is there. */
function addressesOf(view: DataView, stack: LayerStack, network: number): Uint8Array {
  if (network < 0) return new Uint8Array();
  const { offset, bytes } = stack.describe(network).addresses as { offset: number; bytes: number };
  return new Uint8Array(view.buffer, view.byteOffset + stack.start(network) + offset, 2 * bytes).slice();
}

/** Whether a packet goes between these addresses, in either direction. For each packet: no text is made. */
function isBetween(known: Uint8Array, view: DataView, stack: LayerStack, network: number): boolean {
  if (network < 0) return known.length === 0;
  const { offset, bytes } = stack.describe(network).addresses as { offset: number; bytes: number };
  if (known.length !== 2 * bytes) return false;
  const at = stack.start(network) + offset;
  return isSame(known, 0, view, at) || isSame(known, bytes, view, at);
}

/** @param turn by how many bytes the packet's addresses are turned round */
function isSame(known: Uint8Array, turn: number, view: DataView, at: number): boolean {
  const { length } = known;
  for (let i = 0; i < length; i++) if (known[(i + turn) % length] !== view.getUint8(at + i)) return false;
  return true;
}

/** Why packets could not be read, by how many of them. */
export function unreadReasons(unread: UnreadWatch, { incomplete }: FragmentCounts): UnreadReason[] {
  const reasons: UnreadReason[] = [];
  for (const [linkType, { count }] of unread.linkTypes) {
    reasons.push({
      kind: 'link type',
      text: `${counted(count, 'packet has', 'packets have')} link type ${linkTypeInWords(linkType)}, which is not decoded`,
      advice: 'capture on a network interface instead, as with -i eth0',
      count,
    });
  }
  for (const { protocol, ends, isBetweenMore, tally } of unread.encrypted.values()) {
    const device = OWN_DEVICES[protocol];
    const between =
      ends === undefined ? '' : ` between ${ends[0]} and ${ends[1]}${isBetweenMore ? ' and others' : ''}`;
    reasons.push({
      kind: 'encrypted',
      text: `${counted(tally.count, 'packet is', 'packets are')} ${protocol}${between}, which is encrypted`,
      advice: `capture inside that tunnel instead: ${device === undefined ? 'on an inner device of either end' : `on its own device (-i ${device})`}, or in a container`,
      count: tally.count,
    });
  }
  const { count } = unread.cut;
  if (count > 0) {
    reasons.push({
      kind: 'cut',
      text: `${counted(count, 'packet is', 'packets are')} cut after ${unread.longestCut} bytes, too short to tell what ${count === 1 ? 'it carries' : 'they carry'}`,
      advice: 'capture with a larger -s',
      count,
    });
  }
  if (incomplete.count > 0) {
    reasons.push({
      kind: 'fragments',
      text: `${counted(incomplete.count, 'fragmented packet is', 'fragmented packets are')} incomplete`,
      advice: 'a port filter, in the capture or in a firewall, passes only the first fragment',
      count: incomplete.count,
    });
  }
  return reasons.sort((a, b) => b.count - a.count);
}

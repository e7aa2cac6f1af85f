/** ICMP and ICMPv6 errors, which quote the packet that they are about: what they say of it, as often as they came. */
import { CHECKSUM } from '../decode/checksum.ts';
import { checksumReaders } from '../decode/checksum-status.ts';
import type { LayerStack } from '../decode/layer-stack.ts';
import { addressText, ipv4Identification } from './ip-header.ts';
import { Tally } from './tally.ts';

/** The most different ICMP errors that are told apart. */
export const MOST_ERRORS = 64;

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
  /** Its own checksum is wrong, so that nobody takes it: what it says is not told, and nothing follows from it. */
  readonly isDamaged: boolean;
  /** It was seen in a tunnel: it comes from the other end's side than the packet that it quotes. */
  isCarried: boolean;
  readonly tally: Tally;
}

/** Why a packet went no further. */
export type StopReason =
  | 'port'
  | 'protocol'
  | 'mtu'
  | 'ttl'
  | 'reassembly'
  | 'header'
  | 'the host'
  | 'the network'
  | 'forbidden';

const ICMP_REASONS: Readonly<Record<number, StopReason>> = {
  0: 'the network',
  1: 'the host',
  2: 'protocol',
  3: 'port',
  4: 'mtu',
  6: 'the network',
  7: 'the host',
  9: 'forbidden',
  10: 'forbidden',
  11: 'the network',
  12: 'the host',
  13: 'forbidden',
};
const ICMPV6_REASONS: Readonly<Record<number, StopReason>> = {
  0: 'the network',
  1: 'forbidden',
  3: 'the host',
  4: 'port',
  6: 'forbidden',
};

/** Why an error says that a packet was stopped; undefined if it says no such thing. */
export function reasonOf(error: QuotingError): StopReason | undefined {
  if (error.isDamaged) return undefined;
  if (error.isIpv6) {
    if (error.type === 1) return ICMPV6_REASONS[error.code];
    if (error.type === 2) return 'mtu';
    // RFC 4443, section 3.4: what follows is of no protocol that is known there.
    if (error.type === 4) return error.code === 1 ? 'protocol' : 'header';
    return error.type === 3 ? timeReasonOf(error) : undefined;
  }
  if (error.type === 3) return ICMP_REASONS[error.code];
  if (error.type === 12) return 'header';
  return error.type === 11 ? timeReasonOf(error) : undefined;
}

/** RFC 792 and RFC 4443, section 3.3: time exceeded in transit, or while fragments were put together. */
function timeReasonOf({ code }: QuotingError): StopReason | undefined {
  if (code === 1) return 'reassembly';
  return code === 0 ? 'ttl' : undefined;
}

/** Whether an error says that the packets that it is about were not passed on, or not taken. */
export function stopsPackets(error: QuotingError): boolean {
  return reasonOf(error) !== undefined;
}

/** Whether an error says that a packet was larger than the next link takes. */
export function isTooLarge(error: QuotingError): boolean {
  return reasonOf(error) === 'mtu';
}

export interface QuotingErrors {
  /** Takes a packet into account that ends in a quoted one. @returns the error that it is, if it is one */
  packet(view: DataView, stack: LayerStack, number: number): QuotingError | undefined;
  /** Those that are told apart. */
  readonly all: ReadonlyMap<string, QuotingError>;
}

export function createQuotingErrors(): QuotingErrors {
  const errors = new Map<string, QuotingError>();
  const statusReaders = checksumReaders();

  return {
    all: errors,
    packet(view: DataView, stack: LayerStack, number: number): QuotingError | undefined {
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
      const readStatus = statusReaders[stack.protocol(quote - 1)];
      const isWrong = readStatus?.(view, start, stack, quote - 1) === CHECKSUM.bad;
      const key = `${name} ${type} ${code} ${from} ${src} ${dst} ${transport} ${port} ${echoType} ${isWrong}`;
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
          isDamaged: isWrong,
          isCarried: false,
          tally: new Tally(),
        };
        // Further ones are looked at, and not told.
        if (errors.size < MOST_ERRORS) errors.set(key, error);
      }
      if (stack.level(network) > 0) error.isCarried = true;
      error.tally.add(number);
      return error;
    },
  };
}

const DONT_FRAGMENT = 0x4000;

/** An IPv4 header's total length where DF is set, an IPv6 packet's length, which routers never fragment; else 0. */
function unfragmentedLength(view: DataView, stack: LayerStack, network: number): number {
  const start = stack.start(network);
  if (stack.describe(network).addresses?.bytes !== 4) return 40 + view.getUint16(start + 4);
  return (view.getUint16(start + 6) & DONT_FRAGMENT) === 0 ? 0 : view.getUint16(start + 2);
}

/** Which ping an ICMP error is about: the one that it quotes, or the last one whose tunnel's packet it quotes. */
import type { LayerStack } from '../../decode/layer-stack.ts';
import { ipv4Identification } from '../ip-header.ts';
import type { QuotingError } from '../quoting-error.ts';
import { MOST_COMBINATIONS, type TunnelTable } from '../tunnel-table.ts';
import { createEchoReader, ECHO } from './echo-reader.ts';
import { COUNT, ENTRY, FLAG } from './ping-layout.ts';
import type { PingMemory } from './ping-memory.ts';

/** Pings that are looked at, newest first, for the one whose tunnel's packet an error quotes. */
const MOST_QUOTED = 1024;
/** What tunnels that have no UDP port do not carry right behind their IP header. */
const TRANSPORTS: ReadonlySet<string> = new Set(['udp', 'tcp', 'icmp', 'icmpv6']);
/** In what a {@link QuotedPings} answers, beside the entry, which is twice that: it is the reply that is quoted. */
export const QUOTED_REPLY = 1;

/** @returns twice the entry, and {@link QUOTED_REPLY} where its reply is quoted; -1 where no ping is known */
export type QuotedPings = (view: DataView, stack: LayerStack, error: QuotingError) => number;

export function createQuotedPings({ entries }: PingMemory, tunnels: TunnelTable): QuotedPings {
  const { STRIDE, OLDER, FLAGS, REQUEST_TUNNELS, REPLY_TUNNELS } = ENTRY;
  const { STATE, EMPTY, PENDING, ANSWERED, ORPHAN } = FLAG;
  const { STRIDE: COUNTS, REQUEST_OUTER, REPLY_OUTER } = COUNT;
  const { words, counts, key, newest, isMatch, fits, next, capacity } = entries;
  const readEcho = createEchoReader(key, true);
  /** By a tunnel's number, for the error that was looked at last: most come in floods of the same. */
  const isFitting = new Uint8Array(MOST_COMBINATIONS + 1);
  let fitted: QuotingError | undefined;
  let fittedSize = 0;
  let fitting = 0;

  function isOfTunnel(id: number, { src, dst, port, carries }: QuotingError): boolean {
    const [outer] = tunnels.tunnels(id);
    if (outer === undefined || outer.src !== src || outer.dst !== dst) return false;
    return outer.dstport === undefined ? !TRANSPORTS.has(carries) : outer.dstport === port;
  }

  /** Marks the tunnels whose packet the error may quote. @returns whether there are any */
  function fitTunnels(error: QuotingError): boolean {
    if (error === fitted && tunnels.size === fittedSize) return fitting > 0;
    [fitted, fittedSize, fitting] = [error, tunnels.size, 0];
    for (let id = 1; id < tunnels.size; id++) {
      isFitting[id] = isOfTunnel(id, error) ? 1 : 0;
      fitting += isFitting[id];
    }
    return fitting > 0;
  }

  /**
   * @param identification the quoted packet's; 0, which many atomic datagrams have (RFC 6864, section 4.1), tells as little as IPv6, which
   *   has none: any packet of the tunnel may be meant then, so that no reply is taken for refused, and the latest request waits in vain
   */
  function tunneled(error: QuotingError, identification: number): number {
    if (!fitTunnels(error)) return -1;
    const isKnown = identification > 0;
    for (let ago = 1; ago <= Math.min(capacity, MOST_QUOTED); ago++) {
      const entry = next(ago);
      const word = entry * STRIDE;
      const state = words[word + FLAGS] & STATE;
      if (state === EMPTY) return -1;
      const isQuoted = (outer: number) => isKnown && counts[entry * COUNTS + outer] === identification;
      if (
        state !== ORPHAN &&
        (isQuoted(REQUEST_OUTER) || (!isKnown && state === PENDING)) &&
        isFitting[words[word + REQUEST_TUNNELS]] === 1
      )
        return entry * 2;
      if (state === ANSWERED && isQuoted(REPLY_OUTER) && isFitting[words[word + REPLY_TUNNELS]] === 1)
        return entry * 2 + QUOTED_REPLY;
    }
    return -1;
  }

  return (view, stack, error) => {
    const found = readEcho(view, stack);
    if (found < 0) {
      let quote = stack.count - 1;
      while (quote > 0 && stack.isQuoted(quote - 1)) quote--;
      return tunneled(error, ipv4Identification(view, stack, quote));
    }
    for (let entry = newest(); entry >= 0; entry = words[entry * STRIDE + OLDER] as number) {
      if (isMatch(entry) && fits(entry)) return entry * 2 + ((found & ECHO.REPLY) !== 0 ? QUOTED_REPLY : 0);
    }
    return -1;
  };
}

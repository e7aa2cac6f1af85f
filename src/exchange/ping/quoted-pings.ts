/** Which ping an ICMP error is about: the one that it quotes, or the last one whose tunnel's packet it quotes. */
import type { LayerStack } from '../../decode/layer-stack.ts';
import { ipv4Identification } from '../ip-header.ts';
import type { QuotingError } from '../quoting-error.ts';
import type { TunnelTable } from '../tunnel-table.ts';
import { createEchoReader, ECHO } from './echo-reader.ts';
import { COUNT, ENTRY, FLAG } from './ping-layout.ts';
import type { PingMemory } from './ping-memory.ts';

/** Pings that are looked at, newest first, for the one whose tunnel's packet an error quotes. */
const MOST_QUOTED = 1024;
/** In what a {@link QuotedPings} answers, beside the entry, which is twice that: it is the reply that is quoted. */
export const QUOTED_REPLY = 1;

/** @returns twice the entry, and {@link QUOTED_REPLY} where its reply is quoted; -1 where no ping is known */
export type QuotedPings = (view: DataView, stack: LayerStack, error: QuotingError) => number;

export function createQuotedPings({ entries }: PingMemory, tunnels: TunnelTable): QuotedPings {
  const { STRIDE, OLDER, FLAGS, REQUEST_TUNNELS, REPLY_TUNNELS } = ENTRY;
  const { STATE, EMPTY, ANSWERED, ORPHAN } = FLAG;
  const { STRIDE: COUNTS, REQUEST_OUTER, REPLY_OUTER } = COUNT;
  const { words, counts, key, newest, isMatch, fits, next, capacity } = entries;
  const readEcho = createEchoReader(key, true);

  function isOfTunnel(id: number, { src, dst }: QuotingError): boolean {
    const [outer] = tunnels.tunnels(id);
    return outer !== undefined && outer.src === src && outer.dst === dst;
  }

  function tunneled(error: QuotingError, identification: number): number {
    for (let ago = 1; ago <= Math.min(capacity, MOST_QUOTED); ago++) {
      const entry = next(ago);
      const word = entry * STRIDE;
      const state = words[word + FLAGS] & STATE;
      if (state === EMPTY) return -1;
      const isQuoted = (outer: number) =>
        identification < 0 || counts[entry * COUNTS + outer] === identification;
      if (
        state !== ORPHAN &&
        isQuoted(REQUEST_OUTER) &&
        isOfTunnel(words[word + REQUEST_TUNNELS] as number, error)
      )
        return entry * 2;
      if (
        state === ANSWERED &&
        isQuoted(REPLY_OUTER) &&
        isOfTunnel(words[word + REPLY_TUNNELS] as number, error)
      )
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

/** How large packets may be on a tunnel's way, as far as the capture, the user or the interface says. */
import { isTooLarge } from '../exchange/quoting-error.ts';
import type { Evidence } from './evidence.ts';
import type { ExchangeGroup } from './exchange-groups.ts';

export interface PathMtu {
  /** For the outermost packet. */
  readonly outer: number;
  /** Who says so: "as 10.1.0.1 says", "as --mtu says". */
  readonly source: string;
}

/** The smallest that is known of the way between the group's ends, there or back; undefined where nothing is. */
export function pathMtu({ watch, mtu, exchanges }: Evidence, group: ExchangeGroup): PathMtu | undefined {
  const overhead = exchanges?.tunnels.overhead(group.id) ?? 0;
  const [outer] = group.tunnels;
  const known: PathMtu[] = mtu === undefined ? [] : [{ outer: mtu.bytes, source: mtu.source }];
  for (const error of watch.errors.values()) {
    if (!isTooLarge(error) || error.mtu === 0) continue;
    const source = `as ${error.from} says`;
    if (isBetween(error, outer)) known.push({ outer: error.mtu, source });
    else if (isBetween(error, group)) known.push({ outer: error.mtu + overhead, source });
  }
  return known.reduce<PathMtu | undefined>(
    (least, one) => (least === undefined || one.outer < least.outer ? one : least),
    undefined,
  );
}

interface Ends {
  readonly src?: string;
  readonly dst?: string;
}

function isBetween(error: Ends, ends: Ends | undefined): boolean {
  if (ends === undefined) return false;
  return (
    (error.src === ends.src && error.dst === ends.dst) || (error.src === ends.dst && error.dst === ends.src)
  );
}

/** Headers of IP and TCP without options, which MSS counts as data (RFC 9293, section 3.7.1). */
export function headersOf({ src }: ExchangeGroup): number {
  return src.includes(':') ? 60 : 40;
}

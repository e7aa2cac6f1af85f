/** The tunnel that is demanded: in words, and as a test. */
import type { Tunnel } from '../exchange/tunnel.ts';
import { tunnelText } from '../exchange/tunnel-words.ts';
import { type AddressTest, parseAddress } from './amounts.ts';
import type { AddressPair } from './ping-demands.ts';

export interface TunnelDemands {
  readonly tunnel?: string | undefined;
  readonly vni?: number | undefined;
  readonly key?: number | undefined;
  readonly session?: number | undefined;
  readonly teid?: number | undefined;
  /** UDP destination port. */
  readonly port?: number | undefined;
  readonly outer?: AddressPair | undefined;
}

export function demandsTunnel({ tunnel, vni, key, session, teid, port, outer }: TunnelDemands): boolean {
  return [tunnel, vni, key, session, teid, port, outer].some((demand) => demand !== undefined);
}

export function pairTest(pair: AddressPair): (src: string | undefined, dst: string | undefined) => boolean {
  const [isFrom, isTo] = pair.map(parseAddress) as [AddressTest, AddressTest];
  return (src, dst) => src !== undefined && dst !== undefined && isFrom(src) && isTo(dst);
}

export function wayText({ tunnel, vni, key, session, teid, port, outer }: TunnelDemands): string {
  if (tunnel === 'none') return 'outside any tunnel';
  const parts = [tunnel === undefined ? 'through a tunnel' : `through ${tunnel}`];
  if (vni !== undefined) parts.push(`with VNI ${vni}`);
  if (key !== undefined) parts.push(`with key ${key}`);
  if (session !== undefined) parts.push(`with session ${session}`);
  if (teid !== undefined) parts.push(`with TEID ${teid}`);
  if (port !== undefined) parts.push(`on UDP ${port}`);
  if (outer !== undefined) parts.push(`from ${outer[0]} to ${outer[1]}`);
  return parts.join(' ');
}

export function wayTest({
  tunnel,
  vni,
  key,
  session,
  teid,
  port,
  outer,
}: TunnelDemands): (tunnels: readonly Tunnel[]) => boolean {
  if (tunnel === 'none') return (tunnels) => tunnels.length === 0;
  const isOuter = outer === undefined ? undefined : pairTest(outer);
  return (tunnels) =>
    tunnels.some(
      (one) =>
        (tunnel === undefined || one.kind === tunnel) &&
        (vni === undefined || one.vni === vni) &&
        (key === undefined || one.key === key) &&
        (session === undefined || one.session === session) &&
        (teid === undefined || one.teid === teid) &&
        (port === undefined || one.dstport === port) &&
        (isOuter === undefined || isOuter(one.src, one.dst)),
    );
}

/** Ways that were not demanded, and how many went each. */
export class OtherWays {
  readonly #ways = new Map<string, number>();

  /** @param tunnels undefined if too many were seen to know them all */
  add(tunnels: readonly Tunnel[] | undefined, count: number): void {
    const way =
      tunnels === undefined
        ? 'on paths too many to list'
        : tunnels.length === 0
          ? 'outside any tunnel'
          : `through ${tunnelText(tunnels)}`;
    this.#ways.set(way, (this.#ways.get(way) ?? 0) + count);
  }

  /** "3 outside any tunnel", for the first few. */
  texts(): string[] {
    const parts = [...this.#ways].slice(0, 3).map(([way, count]) => `${count} ${way}`);
    if (this.#ways.size > 3) parts.push(`others ${this.#ways.size - 3} more ways`);
    return parts;
  }
}

/** Tunnels that are seen and can't be opened: what went through each, by the sizes. */
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';
import { fittingPing, insideOf, OPAQUE } from './watch/encrypted-sizes.ts';
import type { EncryptedTunnel } from './watch/encrypted-watch.ts';

/** Packets of one length. */
export interface EncryptedSize {
  /** Bytes from the tunnel's own header on. */
  readonly bytes: number;
  /** How long the packet inside can be, in bytes, where that is known. */
  readonly inside?: readonly [from: number, to: number];
  /** How many went from `src` to `dst`, and back. */
  readonly there: number;
  /** See `there`. */
  readonly back: number;
  /** A ping's usual length with its IP header, in bytes, if that fits. */
  readonly fits?: number;
}

/** A tunnel whose packets are encrypted. */
export interface VerdictEncrypted {
  /** What encrypts. */
  readonly kind: 'wireguard' | 'esp' | 'openvpn';
  /** The outer ends, as in the first packet. */
  readonly src: string;
  /** See `src`. */
  readonly dst: string;
  /** UDP ports as in the first packet, if it runs in UDP. */
  readonly srcport?: number;
  /** See `srcport`. */
  readonly dstport?: number;
  /** ESP's number for each direction, where a packet of it was seen. */
  readonly spi?: number;
  /** The same of packets back. */
  readonly backSpi?: number;
  /** All of them, both ways. */
  readonly packets: number;
  /** Messages that agree on keys. */
  readonly handshakes: number;
  /** Those that say no more than that the sender is there. */
  readonly keepalives: number;
  /** Those that carry something, most first. */
  readonly sizes: readonly EncryptedSize[];
}

const TITLES = { wireguard: 'WireGuard', esp: 'ESP', openvpn: 'OpenVPN' } as const;
const DEVICES = { wireguard: 'wg0', esp: 'an inner device of either end', openvpn: 'tun0' } as const;
/** Sizes that are told of one tunnel, and in words. */
const MOST_SIZES = 8;
const MOST_TOLD = 3;
/** Of payloads of which nothing is known: so many each way, in turns, and as long as the shortest ping that is usual. */
const LEAST_PAIRS = 2;
const LEAST_BYTES = 60;

export function describeEncrypted(tunnels: readonly EncryptedTunnel[]): VerdictEncrypted[] {
  return tunnels.flatMap((tunnel) => {
    const { kind, src, dst, srcport, dstport, spi, backSpi, packets, handshakes, keepalives } = tunnel;
    if (kind === undefined) return [];
    const sizes = [...tunnel.sizes]
      .sort(([, a], [, b]) => b.there + b.back - a.there - a.back)
      .slice(0, MOST_SIZES)
      .map(([bytes, { there, back }]): EncryptedSize => {
        const inside = insideOf(kind, bytes);
        const fits = fittingPing(kind, bytes);
        return {
          bytes,
          ...(inside !== undefined && { inside }),
          there,
          back,
          ...(fits !== undefined && { fits }),
        };
      });
    return [
      {
        kind,
        src,
        dst,
        ...(srcport !== undefined && { srcport }),
        ...(dstport !== undefined && { dstport }),
        ...(spi !== undefined && { spi }),
        ...(backSpi !== undefined && { backSpi }),
        packets,
        handshakes,
        keepalives,
        sizes,
      },
    ];
  });
}

export function encryptedTunnels({ encrypted, summary, isOnExchanges }: Evidence): Finding[] {
  // Beside pings that were read, the verdict's list says enough.
  if (summary.table.paths.length > 0) return [];
  const known = encrypted.tunnels.flatMap((tunnel) => {
    const [described] = describeEncrypted([tunnel]);
    return described === undefined ? [] : [tell(described, tunnel)];
  });
  if (known.length > 0 || isOnExchanges) return known;
  return encrypted.tunnels.flatMap(tellUnknown).slice(0, 1);
}

function tell(described: VerdictEncrypted, { tally }: EncryptedTunnel): Finding {
  const { kind, src, dst, dstport, handshakes, keepalives, sizes } = described;
  const parts = sizes.slice(0, MOST_TOLD).map(sizeText);
  if (sizes.length > MOST_TOLD) parts.push(`packets of ${sizes.length - MOST_TOLD} more sizes`);
  if (handshakes > 0) parts.push(counted(handshakes, 'handshake message'));
  if (keepalives > 0) parts.push(counted(keepalives, 'keepalive'));
  const port = dstport === undefined ? '' : ` on UDP ${dstport}`;
  return finding(
    'encrypted-tunnel',
    `${TITLES[kind]} between ${src} and ${dst}${port}: ${parts.join(', ')}; what is inside can't be read: capture on ${DEVICES[kind]} to be sure`,
    tally.packets,
  );
}

/** `4 packets each way that fit pings of 84 bytes`, `3 packets there and 1 back of 33 to 48 bytes`. */
export function sizeText({ bytes, inside, there, back, fits }: EncryptedSize): string {
  const count =
    there === back
      ? `${counted(there, 'packet')} each way`
      : `${counted(there, 'packet')} there and ${back} back`;
  if (fits !== undefined && there > 0) return `${count} that fit pings of ${fits} bytes`;
  const [from, to] = inside ?? [bytes, bytes];
  return `${count} of ${from === to ? from : `${from} to ${to}`} bytes`;
}

/** Nothing is known of these payloads but that they come in turns, as long there as back. */
function tellUnknown({ kind, protocol, src, dst, srcport, dstport, sizes }: EncryptedTunnel): Finding[] {
  if (kind !== undefined || protocol !== OPAQUE.udp) return [];
  let best: { bytes: number; pairs: number; packets: readonly number[] } | undefined;
  for (const [bytes, { there, back, pairs, tally }] of sizes) {
    if (bytes < LEAST_BYTES || pairs < LEAST_PAIRS || pairs !== there || pairs !== back) continue;
    if (best === undefined || pairs > best.pairs) best = { bytes, pairs, packets: tally.packets };
  }
  if (best === undefined) return [];
  const ports = srcport === dstport ? `${dstport}` : `${srcport} and ${dstport}`;
  return [
    finding(
      'encrypted-tunnel',
      `${counted(best.pairs, 'payload')} of ${best.bytes} bytes each way between ${src} and ${dst} on UDP ${ports} come in turns, as pings through an encrypted tunnel do, but what they are can't be read: capture on the tunnel's own device to be sure`,
      best.packets,
    ),
  ];
}

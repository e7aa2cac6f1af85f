import type { ExchangeKind } from '../exchange/exchange-counts.ts';
import type { AddressPair } from './ping-demands.ts';

/** Demands on TCP connections, DNS queries or UDP flows. Without `minAnswered` and `maxLoss`, every one has to be answered, and no TCP connection may hang. */
export interface ExchangeDemands {
  /** Which ones: TCP connections, DNS queries over UDP, or other UDP flows. */
  readonly proto: ExchangeKind;
  /** Which ones this is about, by the port that is asked; default: all. */
  readonly port?: number | undefined;
  /** The kind of tunnel that every one goes through, in both directions: `vxlan`, `ipip`, …; `none` for no tunnel at all. */
  readonly tunnel?: string | undefined;
  /** That tunnel's VNI. */
  readonly vni?: number | undefined;
  /** That tunnel's GRE key, in both directions. */
  readonly key?: number | undefined;
  /** That tunnel's session, of ERSPAN or L2TP, in the direction of whoever asks. */
  readonly session?: number | undefined;
  /** That tunnel's TEID, of GTP-U, in the direction of whoever asks. */
  readonly teid?: number | undefined;
  /** That tunnel's UDP destination port. */
  readonly tunnelPort?: number | undefined;
  /** That tunnel's source and destination in the direction of whoever asks: addresses or networks. */
  readonly outer?: AddressPair | undefined;
  /** Which ones this is about, by who asks and who is asked: addresses or networks; default: all. */
  readonly inner?: AddressPair | undefined;
  /** At least this many are answered. */
  readonly minAnswered?: number | undefined;
  /** Percent that may be unanswered, refused or hanging, from 0 to 100. */
  readonly maxLoss?: number | undefined;
  /** No handshake and no answer takes longer: milliseconds. */
  readonly maxTime?: number | undefined;
}

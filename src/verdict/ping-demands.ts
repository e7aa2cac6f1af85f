/** Demands on pings. Without `minAnswered` and `maxLoss`, every request has to be answered. */
export interface PingDemands {
  /** The kind of tunnel that every ping goes through, in both directions: `vxlan`, `ipip`, `tunpi`, …; `none` for no tunnel at all. */
  readonly tunnel?: string | undefined;
  /** That tunnel's VNI. */
  readonly vni?: number | undefined;
  /** That tunnel's GRE key, in both directions. */
  readonly key?: number | undefined;
  /** That tunnel's session, of ERSPAN or L2TP, in the direction of the requests. */
  readonly session?: number | undefined;
  /** That tunnel's TEID, of GTP-U, in the direction of the requests. */
  readonly teid?: number | undefined;
  /** That tunnel's UDP destination port. */
  readonly port?: number | undefined;
  /** That tunnel's source and destination in the direction of the requests: addresses or networks. */
  readonly outer?: AddressPair | undefined;
  /** Which pings this is about, by the requests' own source and destination; default: all. */
  readonly inner?: AddressPair | undefined;
  /** At least this many requests are answered. */
  readonly minAnswered?: number | undefined;
  /** Percent of the requests that may be unanswered, from 0 to 100. */
  readonly maxLoss?: number | undefined;
  /** No reply takes longer: milliseconds. */
  readonly maxRtt?: number | undefined;
}

/** Source and destination: `172.16.0.2`, `fd00::2`, or networks such as `172.16.0.0/16`. */
export type AddressPair = readonly [src: string, dst: string];

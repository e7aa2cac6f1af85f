/** What is known of pings that the kernel dropped. */
import type { DropContext } from './drop-reasons.ts';

/**
 * How well a drop is tied to a ping. `certain`: the kernel dropped the very buffer that was seen at the capture's point. `likely`: the
 * same, but the address may have been another packet's by then, or another ping fits nearly as well. `near`: a packet of a fitting size was
 * dropped in that moment, and no other.
 */
export type Certainty = 'certain' | 'likely' | 'near';

/** Pings that the kernel dropped in one place for one reason, as `path -T json` has them too. */
export interface DroppedPings extends DropContext {
  /** The kernel's name for it: `VXLAN_VNI_NOT_FOUND`. */
  readonly reason: string;
  /** The kernel's function. */
  readonly location: string;
  /** The device at which they were last; null where that is not known. */
  readonly device: string | null;
  /** Its namespace, as `-i` has it, empty for this process's own; null where it can't be told which of several. */
  readonly namespace: string | null;
  /** How well the drop is tied to the pings. */
  readonly certainty: Certainty;
  /** What was dropped: the packet of a ping, of a connection's handshake or of a DNS query, or the question for a neighbour's address (ARP, neighbour discovery) that it waited for. */
  readonly packet: 'ping' | 'connection' | 'query' | 'neighbor question';
  /** Which of the ping's packets. */
  readonly direction: 'request' | 'reply';
  /** How many pings, of those that are remembered one by one. */
  readonly pings: number;
  /** Numbers of the packets in which the first of them were seen last. */
  readonly packets: readonly number[];
}

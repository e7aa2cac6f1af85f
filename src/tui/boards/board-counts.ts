/** What the boards show, counted as packets come: pings, protocols in each other, conversations. */

import type { Decoder } from '../../decode/decoder.ts';
import { runOf } from '../../exchange/ping/path-table.ts';
import type { PacketSource } from '../../packet/source.ts';
import { createPingTracker, type Judgement, type PingTracker } from '../../verdict/verify.ts';
import { RecentCounts } from '../packets/recent-counts.ts';
import type { ConversationOrder } from '../state/state.ts';
import { type Conversations, createConversations } from './conversation-counts.ts';
import { createProtocolTree } from './protocol-counts.ts';

/** Pings whose checksums are looked at: those of a million would take as long as all else that is done with them. */
const CHECKED_PINGS = 1 << 16;
/** What is made again from all counts is made so often at most. */
const STALE_MILLISECONDS = 500;

export class BoardCounts {
  readonly tracker: PingTracker;
  readonly tree = createProtocolTree();
  readonly conversations: Conversations;
  readonly recent = new RecentCounts(this.tree);
  readonly #source: PacketSource;
  readonly #isRunning: () => boolean;
  #judgement: Judgement | undefined;
  #traced = { runs: new Set<string>(), requests: 0 };
  #tracedOf: Judgement | undefined;
  #judgedPackets = -1;
  #judgedRunning = false;
  #judgedAt = 0;
  #order: number[] = [];
  #orderedBy: ConversationOrder | undefined;
  #orderedPackets = -1;
  #orderedAt = 0;

  /** @param isRunning whether more packets will come */
  constructor(source: PacketSource, decoder: Decoder, isRunning: () => boolean = () => false) {
    this.#source = source;
    this.#isRunning = isRunning;
    this.tracker = createPingTracker({ decoder, mostChecked: CHECKED_PINGS, keepsCourses: true });
    this.conversations = createConversations(this.tracker.tunnels);
  }

  /** The verdict on the pings so far, at most half a second old. */
  pings(): Judgement {
    const packets = this.tree.total.packets;
    const now = performance.now();
    const isRunning = this.#isRunning();
    if (
      this.#judgement === undefined ||
      isRunning !== this.#judgedRunning ||
      (packets !== this.#judgedPackets && now - this.#judgedAt > STALE_MILLISECONDS)
    ) {
      const { dropped, brokenOff } = this.#source.statistics();
      this.#judgement = this.tracker.judge(dropped, this.#source.timesAreArrival, brokenOff, isRunning);
      this.#judgedRunning = isRunning;
      this.#judgedPackets = packets;
      this.#judgedAt = performance.now();
    }
    return this.#judgement;
  }

  /** The runs among them that are a traceroute's, whose requests are answered where hops ran out, and how many of their requests are. */
  traced(): { readonly runs: ReadonlySet<string>; readonly requests: number } {
    const judgement = this.pings();
    if (judgement !== this.#tracedOf) {
      this.#tracedOf = judgement;
      const traces = judgement.paths.filter(({ counts }) => counts.isTrace);
      this.#traced = {
        runs: new Set(traces.map(runOf)),
        requests: traces.reduce((sum, { counts }) => sum + counts.expired.count, 0),
      };
    }
    return this.#traced;
  }

  /** Conversations in their order, the most or the latest first, but for the time of the first packet. */
  ordered(by: ConversationOrder): readonly number[] {
    const packets = this.tree.total.packets;
    const now = performance.now();
    const isStale = packets !== this.#orderedPackets && now - this.#orderedAt > STALE_MILLISECONDS;
    if (by !== this.#orderedBy || isStale) {
      const { size } = this.conversations;
      const keys = Float64Array.from({ length: size }, (_, row) => this.#sortKey(row, by));
      this.#order = Array.from({ length: size }, (_, row) => row).sort((a, b) => keys[b] - keys[a] || a - b);
      this.#orderedBy = by;
      this.#orderedPackets = packets;
      this.#orderedAt = now;
    }
    return this.#order;
  }

  /** Bytes a second from a conversation's first packet to its last; NaN where there is one only. */
  rate(row: number): number {
    const { bytes, times } = this.conversations;
    const seconds = times[row * 2 + 1] - times[row * 2];
    return seconds > 0 ? (bytes[row * 2] + bytes[row * 2 + 1]) / seconds : Number.NaN;
  }

  #sortKey(row: number, by: ConversationOrder): number {
    const { bytes, packets, times } = this.conversations;
    switch (by) {
      case 'bytes':
        return bytes[row * 2] + bytes[row * 2 + 1];
      case 'packets':
        return packets[row * 2] + packets[row * 2 + 1];
      case 'rate':
        return this.rate(row) || 0;
      case 'first':
        return -times[row * 2];
      case 'last':
        return times[row * 2 + 1];
    }
  }
}

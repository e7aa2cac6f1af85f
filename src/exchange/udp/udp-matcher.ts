/**
 * UDP flows: packets between two ends, and whether any came back. A flow with none is no loss, as much that UDP carries is never answered:
 * logs, metrics, media.
 */
import { ENTRY, FLAG, MOMENT } from '../exchange-layout.ts';
import type { ExchangeMemory, ExchangeRules } from '../exchange-memory.ts';
import { isAstray } from '../tcp/tcp-settlement.ts';
import type { TunnelTable } from '../tunnel-table.ts';

/** A flow ends once nothing came for so long (ns), as Linux's connection tracking has it (nf_conntrack_udp_timeout_stream). */
const IDLE = 120e9;
/** Servers have the ports below (RFC 6335, section 6). */
const FIRST_USER_PORT = 1024;

export const UDP_RULES: ExchangeRules = { kind: 'udp', capacity: 16_384, repeatWindow: IDLE, wait: 0 };

export interface UdpMatcher {
  /**
   * Takes a datagram into account, between the key's ends.
   *
   * @param source its source port
   * @param destination the other
   * @returns the flow's flags
   */
  datagram(source: number, destination: number): number;
  /** An ICMP error stopped a datagram between the key's ends. */
  stop(isSecond: boolean, number: number): void;
}

export function createUdpMatcher(memory: ExchangeMemory, { depth, relation }: TunnelTable): UdpMatcher {
  const { STRIDE, OLDER, FLAGS, TUNNELS, IDENTITY } = ENTRY;
  const { STATE, BEGUN, ANSWERED, REFUSED, MIDDLE, ASKER_SECOND, WAY_KNOWN, TIMED_THERE } = FLAG;
  const { STRIDE: MOMENTS, SEEN, ANSWER_NUMBER } = MOMENT;
  const [IDLE_TIME, USER_PORT] = [IDLE, FIRST_USER_PORT];
  const { entries, sighting, insert, record, begin, timeAnswer, refuse } = memory;
  const { words, moments, newest, isMatch } = entries;
  memory.course = {
    begin() {},
    settle(entry, counts) {
      const word = entry * STRIDE;
      const back = words[word + IDENTITY] - 1;
      if (back < 0 || (words[word + FLAGS] & WAY_KNOWN) === 0) return;
      if (!isAstray(relation, words[word + TUNNELS], back)) return;
      if (counts.astray.count === 0) counts.astrayTunnels = back;
      counts.astray.add(moments[entry * MOMENTS + ANSWER_NUMBER]);
    },
  };

  function find(): number {
    let entry = newest();
    while (entry >= 0 && !isMatch(entry)) entry = words[entry * STRIDE + OLDER];
    return entry;
  }

  return {
    datagram(source, destination) {
      const { isSecond, time, tunnels, number } = sighting;
      let entry = find();
      if (entry < 0 || time - moments[entry * MOMENTS + SEEN] > IDLE_TIME) {
        // What a server sends first answers something from before the capture.
        const senderAsks = source >= USER_PORT || destination < USER_PORT;
        const asker = senderAsks === isSecond ? ASKER_SECOND : 0;
        entry = insert((senderAsks ? BEGUN | WAY_KNOWN : MIDDLE) | asker);
        if (senderAsks) begin(entry);
        return words[entry * STRIDE + FLAGS];
      }
      const word = entry * STRIDE;
      const flags = words[word + FLAGS];
      if (time > moments[entry * MOMENTS + SEEN]) moments[entry * MOMENTS + SEEN] = time;
      if (((flags & ASKER_SECOND) !== 0) === isSecond) {
        if ((flags & WAY_KNOWN) === 0) {
          words[word + FLAGS] = flags | WAY_KNOWN;
          record(entry);
        } else if (tunnels !== words[word + TUNNELS] && depth(tunnels) > depth(words[word + TUNNELS])) {
          record(entry);
        }
        return flags;
      }
      const state = flags & STATE;
      const back = words[word + IDENTITY] - 1;
      if (back < 0 || (tunnels !== back && depth(tunnels) > depth(back))) {
        words[word + IDENTITY] = tunnels + 1;
        moments[entry * MOMENTS + ANSWER_NUMBER] = number;
      }
      if (state === BEGUN || state === REFUSED) words[word + FLAGS] = (flags & ~STATE) | ANSWERED;
      if (state !== MIDDLE && (flags & TIMED_THERE) === 0) timeAnswer(entry, false);
      return flags;
    },
    stop(isSecond, number) {
      const entry = find();
      if (entry < 0) return;
      const flags = words[entry * STRIDE + FLAGS];
      if ((flags & STATE) !== BEGUN || ((flags & ASKER_SECOND) !== 0) !== isSecond) return;
      refuse(entry, number, true);
    },
  };
}

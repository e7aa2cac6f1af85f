/**
 * TCP connections' handshakes (RFC 9293, section 3.5): SYN, SYN-ACK, ACK, by addresses, ports and the SYN's sequence number; who refused them;
 * SYNs that were sent again. Connections seen from the middle are counted, and not judged by that. How they go on is in tcp-course.ts.
 */
import { ENTRY, FLAG, MOMENT } from '../exchange-layout.ts';
import type { ExchangeMemory, ExchangeRules } from '../exchange-memory.ts';
import { MOST_CANDIDATES } from '../ping/ping-rules.ts';
import { TCP } from './tcp-header.ts';

/** Linux sends a SYN again after 1, 3, 7, 15, 31 and 63 s (tcp(7), tcp_syn_retries): the longest of these pauses, and some more. */
const REPEAT_WINDOW = 70e9;
/** RFC 6298, section 2: what is not acknowledged is sent again after a second, first of all. */
const FIRST_TIMEOUT = 1e9;
/** So long (ns) may a SYN stand behind its answer in the capture. */
const DISORDER = 1e9;

export const TCP_RULES: ExchangeRules = {
  kind: 'tcp',
  capacity: 32_768,
  repeatWindow: REPEAT_WINDOW,
  wait: FIRST_TIMEOUT,
};

export interface TcpMatcher {
  /** The connection of the packet whose ends are the key: its newest entry, or -1. */
  find(): number;
  /** Whether what a segment tells of its connection depends on where it was seen. */
  needsPlace(view: DataView, start: number, entry: number): boolean;
  /**
   * Takes a segment into account.
   *
   * @param start where its header starts
   * @param entry what {@link find} answered
   * @param isDamaged its checksum is wrong, so that its receiver drops it
   */
  segment(view: DataView, start: number, entry: number, isDamaged: boolean): void;
  /** An ICMP error stopped the SYN with this sequence number, between the key's ends; packet `number` is the error. */
  stop(sequence: number, isSecond: boolean, number: number): void;
}

export function createTcpMatcher(memory: ExchangeMemory): TcpMatcher {
  const { STRIDE, OLDER, FLAGS, IDENTITY } = ENTRY;
  const { STATE, BEGUN, ANSWERED, REFUSED, MIDDLE, ORPHAN } = FLAG;
  const { ASKER_SECOND, WAY_KNOWN, TIMED_THERE, PROVEN, DAMAGED } = FLAG;
  const { STRIDE: MOMENTS, SEEN, ANSWER_NUMBER } = MOMENT;
  const { FLAGS: FLAGS_AT, SEQUENCE, ACKNOWLEDGMENT, SYN, RST, ACK } = TCP;
  const CANDIDATES = MOST_CANDIDATES;
  const { entries, sighting, insert, begin, see, timeAnswer, refuse, record, tellAnswered } = memory;
  const { words, moments, newest, isMatch } = entries;

  /** The connection with this SYN's number, that the packet's sender, or its receiver, began; or -1. */
  function withNumber(first: number, identity: number, askerIsSecond: boolean): number {
    const asker = askerIsSecond ? ASKER_SECOND : 0;
    let candidates = 0;
    for (let entry = first; entry >= 0 && candidates < CANDIDATES; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      candidates++;
      const word = entry * STRIDE;
      const isNumbered = (words[word + FLAGS] & STATE) !== MIDDLE;
      if (isNumbered && words[word + IDENTITY] === identity && (words[word + FLAGS] & ASKER_SECOND) === asker)
        return entry;
    }
    return -1;
  }

  function takeSyn(first: number, sequence: number): void {
    const { isSecond, time } = sighting;
    const entry = withNumber(first, sequence, isSecond);
    if (entry >= 0) {
      const word = entry * STRIDE;
      const state = words[word + FLAGS] & STATE;
      if (state === ORPHAN && time - moments[entry * MOMENTS + SEEN] <= DISORDER) {
        words[word + FLAGS] = (words[word + FLAGS] & ~STATE) | ANSWERED | WAY_KNOWN;
        begin(entry);
        tellAnswered(entry);
        return;
      }
      if (state !== ORPHAN && see(entry)) return;
    }
    const begun = insert(BEGUN | WAY_KNOWN | (isSecond ? ASKER_SECOND : 0));
    words[begun * STRIDE + IDENTITY] = sequence;
    begin(begun);
  }

  function takeSynAck(first: number, acknowledged: number, isDamaged: boolean): void {
    const { isSecond, number } = sighting;
    let entry = withNumber(first, acknowledged, !isSecond);
    if (entry < 0) {
      entry = insert(ORPHAN | (isSecond ? 0 : ASKER_SECOND));
      words[entry * STRIDE + IDENTITY] = acknowledged;
      moments[entry * MOMENTS + ANSWER_NUMBER] = number;
      return;
    }
    const word = entry * STRIDE;
    const flags = words[word + FLAGS];
    const state = flags & STATE;
    if (isDamaged && state === BEGUN) {
      words[word + FLAGS] = flags | DAMAGED;
      moments[entry * MOMENTS + ANSWER_NUMBER] = number;
    } else if (!isDamaged && (state === BEGUN || state === REFUSED || (flags & PROVEN) !== 0)) {
      words[word + FLAGS] = (flags & ~(STATE | PROVEN)) | ANSWERED;
      moments[entry * MOMENTS + ANSWER_NUMBER] = number;
      if (state !== ANSWERED) tellAnswered(entry);
    }
  }

  function takeMiddle(view: DataView, start: number): void {
    const { isSecond } = sighting;
    const [source, destination] = [view.getUint16(start), view.getUint16(start + 2)];
    // Who asks has a port of no meaning, which are the high ones (RFC 6335, section 6).
    const senderAsks = source >= destination;
    insert(MIDDLE | (senderAsks ? WAY_KNOWN : 0) | (senderAsks === isSecond ? ASKER_SECOND : 0));
  }

  /** A segment without SYN: what it proves of the handshake. */
  function takeLater(view: DataView, start: number, set: number, entry: number): void {
    const word = entry * STRIDE;
    const flags = words[word + FLAGS];
    const state = flags & STATE;
    const { isSecond, number } = sighting;
    const fromAsker = ((flags & ASKER_SECOND) !== 0) === isSecond;
    if (state === MIDDLE || state === ORPHAN) {
      if (fromAsker && (flags & WAY_KNOWN) === 0) {
        record(entry);
        words[word + FLAGS] = flags | WAY_KNOWN;
      }
      return;
    }
    const expected = (words[word + IDENTITY] + 1) | 0;
    if (fromAsker) {
      if ((set & (ACK | RST)) !== ACK || view.getInt32(start + SEQUENCE) !== expected) return;
      if (state === BEGUN) {
        words[word + FLAGS] = (flags & ~STATE) | ANSWERED | PROVEN;
        moments[entry * MOMENTS + ANSWER_NUMBER] = number;
        tellAnswered(entry);
      }
      if (state !== REFUSED) timeAnswer(entry, true);
    } else if (state === BEGUN && (set & ACK) !== 0 && view.getInt32(start + ACKNOWLEDGMENT) === expected) {
      if ((set & RST) !== 0) refuse(entry, number, false);
      else {
        words[word + FLAGS] = (flags & ~STATE) | ANSWERED | PROVEN;
        moments[entry * MOMENTS + ANSWER_NUMBER] = number;
        tellAnswered(entry);
      }
    }
  }

  return {
    find() {
      let entry = newest();
      while (entry >= 0 && !isMatch(entry)) entry = words[entry * STRIDE + OLDER];
      return entry;
    },
    needsPlace(view, start, entry) {
      if ((view.getUint8(start + FLAGS_AT) & SYN) !== 0 || entry < 0) return true;
      const flags = words[entry * STRIDE + FLAGS];
      const state = flags & STATE;
      if (state === ANSWERED) return (flags & TIMED_THERE) === 0;
      return (flags & WAY_KNOWN) === 0 || state === BEGUN;
    },
    segment(view, start, entry, isDamaged) {
      const set = view.getUint8(start + FLAGS_AT);
      if ((set & SYN) === 0) {
        if (entry < 0) takeMiddle(view, start);
        else takeLater(view, start, set, entry);
      } else if ((set & ACK) === 0) {
        if ((set & RST) === 0) takeSyn(entry, view.getInt32(start + SEQUENCE));
      } else {
        takeSynAck(entry, (view.getInt32(start + ACKNOWLEDGMENT) - 1) | 0, isDamaged);
      }
    },
    stop(sequence, isSecond, number) {
      const entry = withNumber(newest(), sequence, isSecond);
      if (entry >= 0 && (words[entry * STRIDE + FLAGS] & STATE) === BEGUN) refuse(entry, number, true);
    },
  };
}

/** DNS queries over UDP and their answers (RFC 1035, section 4.1.1), by addresses, ports, identifier and question. */
import { ENTRY, FLAG, MOMENT } from '../exchange-layout.ts';
import type { ExchangeMemory, ExchangeRules } from '../exchange-memory.ts';
import { MOST_CANDIDATES } from '../ping/ping-rules.ts';
import { questionHash } from './question.ts';

/** A query with the same identifier from the same port, for the same name, is the same query within this time (ns). */
const REPEAT_WINDOW = 30e9;
/** What resolv.conf(5) waits for an answer, where nothing else is said. */
const RESOLVER_TIMEOUT = 5e9;
/** So long (ns) may a query stand behind its answer in the capture. */
const DISORDER = 1e9;

export const DNS_RULES: ExchangeRules = {
  kind: 'dns',
  capacity: 16_384,
  repeatWindow: REPEAT_WINDOW,
  wait: RESOLVER_TIMEOUT,
};

const FLAGS_AT = 2;
const RESPONSE = 0x80;
const RCODE = 15;

export interface DnsMatcher {
  /**
   * Takes a message into account, between the key's ends.
   *
   * @param message where its header starts
   * @param end just past its last byte that is here
   * @param isDamaged its UDP checksum is wrong, so that its receiver drops it
   */
  message(view: DataView, message: number, end: number, isDamaged: boolean): void;
  /** An ICMP error stopped a query between the key's ends: with this identifier, where the error quotes that, which it is -1 for otherwise. */
  stop(identifier: number, isSecond: boolean, number: number): void;
}

export function createDnsMatcher(memory: ExchangeMemory): DnsMatcher {
  const { STRIDE, OLDER, FLAGS, IDENTITY, QUESTION } = ENTRY;
  const { STATE, BEGUN, ANSWERED, REFUSED, ORPHAN, ASKER_SECOND, WAY_KNOWN, DAMAGED, RCODE_SHIFT } = FLAG;
  const { STRIDE: MOMENTS, SEEN, ANSWER_NUMBER } = MOMENT;
  const CANDIDATES = MOST_CANDIDATES;
  const { entries, sighting, insert, begin, see, timeAnswer, refuse, tellAnswered } = memory;
  const { words, moments, newest, isMatch } = entries;

  /** @param identifier -1 where any will do; a question that is not known fits any, alike */
  function find(identifier: number, question: number, askerIsSecond: boolean): number {
    const asker = askerIsSecond ? ASKER_SECOND : 0;
    let candidates = 0;
    for (let entry = newest(); entry >= 0 && candidates < CANDIDATES; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      candidates++;
      const word = entry * STRIDE;
      if ((words[word + FLAGS] & ASKER_SECOND) !== asker) continue;
      if (identifier >= 0 && words[word + IDENTITY] !== identifier) continue;
      const asked = words[word + QUESTION];
      if (question === 0 || asked === 0 || asked === question) return entry;
    }
    return -1;
  }

  function remember(flags: number, identifier: number, question: number): number {
    const entry = insert(flags);
    words[entry * STRIDE + IDENTITY] = identifier;
    words[entry * STRIDE + QUESTION] = question;
    return entry;
  }

  function takeQuery(identifier: number, question: number): void {
    const { isSecond, time } = sighting;
    const entry = find(identifier, question, isSecond);
    if (entry >= 0) {
      const word = entry * STRIDE;
      const isOrphan = (words[word + FLAGS] & STATE) === ORPHAN;
      if (isOrphan && time - moments[entry * MOMENTS + SEEN] <= DISORDER) {
        words[word + FLAGS] = (words[word + FLAGS] & ~STATE) | ANSWERED | WAY_KNOWN;
        begin(entry);
        tellAnswered(entry);
        return;
      }
      if (!isOrphan && see(entry)) return;
    }
    begin(remember(BEGUN | WAY_KNOWN | (isSecond ? ASKER_SECOND : 0), identifier, question));
  }

  function takeAnswer(identifier: number, question: number, code: number, isDamaged: boolean): void {
    const { isSecond, number } = sighting;
    let entry = find(identifier, question, !isSecond);
    if (entry < 0) {
      const asker = isSecond ? 0 : ASKER_SECOND;
      entry = remember(ORPHAN | asker | (code << RCODE_SHIFT), identifier, question);
      moments[entry * MOMENTS + ANSWER_NUMBER] = number;
      return;
    }
    const word = entry * STRIDE;
    const flags = words[word + FLAGS];
    const state = flags & STATE;
    if (state === BEGUN || state === REFUSED) {
      moments[entry * MOMENTS + ANSWER_NUMBER] = number;
      words[word + FLAGS] = isDamaged
        ? flags | DAMAGED
        : (flags & ~STATE) | ANSWERED | ((code & RCODE) << RCODE_SHIFT);
      if (!isDamaged) tellAnswered(entry);
    }
    if (!isDamaged && state !== ORPHAN) timeAnswer(entry, false);
  }

  return {
    message(view, message, end, isDamaged) {
      const identifier = view.getUint16(message);
      const question = questionHash(view, message, end);
      if ((view.getUint8(message + FLAGS_AT) & RESPONSE) === 0) takeQuery(identifier, question);
      else takeAnswer(identifier, question, view.getUint8(message + FLAGS_AT + 1) & RCODE, isDamaged);
    },
    stop(identifier, isSecond, number) {
      const entry = find(identifier, 0, isSecond);
      if (entry >= 0 && (words[entry * STRIDE + FLAGS] & STATE) === BEGUN) refuse(entry, number, true);
    },
  };
}

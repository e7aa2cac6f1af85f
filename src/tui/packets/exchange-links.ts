/**
 * Which SYN a SYN-ACK answers, and which query a DNS answer, packet by packet: both seen at the same interface, as with pings. And which segments
 * were sent again, by what Wireshark notes of them at their interface: the same segment at two interfaces was sent once.
 */
import type { LayerStack } from '../../decode/layer-stack.ts';
import { questionHash } from '../../exchange/dns/question.ts';
import { createExchangeEntries } from '../../exchange/exchange-entries.ts';
import { ENTRY, FLAG, MOMENT } from '../../exchange/exchange-layout.ts';
import { createEndsReader, createTransportReader, TRANSPORT } from '../../exchange/inner-transport.ts';
import { MOST_CANDIDATES } from '../../exchange/ping/ping-rules.ts';
import { TCP } from '../../exchange/tcp/tcp-header.ts';
import { TCP_RULES } from '../../exchange/tcp/tcp-matcher.ts';
import { LINKTYPE_LINUX_SLL2 } from '../../packet/link-type.ts';
import { createTcpTracker, TCP_NOTES, TCP as TOLD } from '../../tracking/tcp-tracker.ts';
import type { TrackedRecord, Tracker } from '../../tracking/tracker.ts';
import type { PacketStore } from './store.ts';

/** Requests that are remembered, at each interface by itself. */
const CAPACITY = 1 << 14;
/** Requests of one exchange that are looked at: sent again, at several interfaces. */
const MOST_LOOKED_AT = 8 * MOST_CANDIDATES;
/** So many interfaces' segments are looked at, and so many connections of each. */
const MOST_PLACES = 32;
const MOST_CONNECTIONS = 1 << 12;
const RETRANSMISSION = TOLD.notes + TCP_NOTES.indexOf('retransmission');
const RESPONSE = 0x80;

/** Takes the packet into account that the store took last, and that is no ping. */
export type LinkExchange = (
  view: DataView,
  stack: LayerStack,
  seconds: number,
  nanoseconds: number,
  interfaceIndex: number,
) => void;

export function createExchangeLinks(store: PacketStore): LinkExchange {
  const { STRIDE, OLDER, FLAGS, IDENTITY, QUESTION, TUNNELS: DEVICE, POINT: INTERFACE } = ENTRY;
  const { ASKER_SECOND, ANSWERED, BEGUN, STATE } = FLAG;
  const { STRIDE: MOMENTS, LAST, REQUEST_NUMBER } = MOMENT;
  const { LAYER, NETWORK_SHIFT, DNS, UDP } = TRANSPORT;
  const { SYN, RST, ACK } = TCP;
  const WINDOW = TCP_RULES.repeatWindow;
  const entries = createExchangeEntries(CAPACITY);
  const { words, moments, key, newest, isMatch, take } = entries;
  const readTransport = createTransportReader();
  const readEnds = createEndsReader();
  const trackers = new Map<number, Tracker>();

  /** Calls `visit` with each request of the exchange that the packet is of, the newest first. */
  function eachRequest(
    identity: number,
    question: number,
    askerIsSecond: boolean,
    time: number,
    visit: (entry: number) => void,
  ): void {
    const asker = askerIsSecond ? ASKER_SECOND : 0;
    let looked = 0;
    for (let entry = newest(); entry >= 0 && looked < MOST_LOOKED_AT; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      looked++;
      const word = entry * STRIDE;
      if ((words[word + FLAGS] & ASKER_SECOND) !== asker || words[word + IDENTITY] !== identity) continue;
      const asked = words[word + QUESTION];
      if (asked !== question && asked !== 0 && question !== 0) continue;
      if (Math.abs(time - moments[entry * MOMENTS + LAST]) <= WINDOW) visit(entry);
    }
  }

  function request(
    identity: number,
    question: number,
    isSecond: boolean,
    time: number,
    place: number,
    device: number,
  ) {
    let isAnswered = false;
    eachRequest(identity, question, isSecond, time, (entry) => {
      isAnswered ||= (words[entry * STRIDE + FLAGS] & STATE) === ANSWERED;
    });
    // Asked once more, as the entry goes into the key's bucket.
    newest();
    const entry = take((isAnswered ? ANSWERED : BEGUN) | (isSecond ? ASKER_SECOND : 0));
    const word = entry * STRIDE;
    words[word + IDENTITY] = identity;
    words[word + QUESTION] = question;
    words[word + INTERFACE] = place;
    words[word + DEVICE] = device;
    moments[entry * MOMENTS + LAST] = time;
    moments[entry * MOMENTS + REQUEST_NUMBER] = store.count;
    store.noteRequest(isAnswered);
  }

  function answer(
    identity: number,
    question: number,
    isSecond: boolean,
    time: number,
    place: number,
    device: number,
  ) {
    let here = 0;
    eachRequest(identity, question, !isSecond, time, (entry) => {
      const word = entry * STRIDE;
      const number = moments[entry * MOMENTS + REQUEST_NUMBER];
      if ((words[word + FLAGS] & STATE) === BEGUN) {
        words[word + FLAGS] = (words[word + FLAGS] & ~STATE) | ANSWERED;
        store.noteAnswered(number - 1);
      }
      if (here === 0 && words[word + INTERFACE] === place && words[word + DEVICE] === device) here = number;
    });
    if (here > 0) store.link(here - 1);
  }

  function isSentAgain(record: TrackedRecord, layer: number, place: number, device: number): boolean {
    const at = place * 2 ** 32 + (device >>> 0);
    let tracker = trackers.get(at);
    if (tracker === undefined) {
      if (trackers.size === MOST_PLACES) return false;
      trackers.set(at, (tracker = createTcpTracker(MOST_CONNECTIONS)));
    }
    tracker.observe(record);
    for (let i = 0; i < tracker.count; i++)
      if (tracker.layers[i] === layer) return tracker.values[RETRANSMISSION]?.[i] === 1;
    return false;
  }

  return (view, stack, seconds, nanoseconds, interfaceIndex) => {
    const found = readTransport(view, stack);
    if (found < 0 || (found & (DNS | UDP)) === UDP) return;
    const layer = found & LAYER;
    const start = stack.start(layer);
    const isSecond = readEnds(key, view, stack, (found >> NETWORK_SHIFT) & LAYER, start);
    const device = stack.linkType === LINKTYPE_LINUX_SLL2 ? view.getInt32(stack.packetStart + 4) : 0;
    const time = (seconds - store.firstSeconds) * 1e9 + nanoseconds;
    if ((found & DNS) !== 0) {
      const message = stack.start(layer + 1);
      const question = questionHash(view, message, stack.layerEnd(layer + 1));
      const note = (view.getUint8(message + 2) & RESPONSE) === 0 ? request : answer;
      note(view.getUint16(message), question, isSecond, time, interfaceIndex, device);
      return;
    }
    const set = view.getUint8(start + TCP.FLAGS);
    if ((set & (SYN | ACK)) === SYN) {
      request(view.getInt32(start + TCP.SEQUENCE), 0, isSecond, time, interfaceIndex, device);
    } else if ((set & (SYN | RST)) !== 0 && (set & ACK) !== 0) {
      answer((view.getInt32(start + TCP.ACKNOWLEDGMENT) - 1) | 0, 0, isSecond, time, interfaceIndex, device);
    }
    const record = { view, stack, number: store.count, seconds, nanoseconds };
    if (isSentAgain(record, layer, interfaceIndex, device)) store.sentAgain.add(store.count - 1);
  };
}

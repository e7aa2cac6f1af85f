/**
 * TCP connections as Wireshark tells them apart (packet-tcp.c of 4.0), by addresses and ports; a SYN with another number begins a new one. Tunnels
 * and interfaces don't count. Of each segment: its connection's number, the handshake's time, what {@link analyze} notes, and its window as it
 * counts (RFC 7323, 2.3): shifted by what the sender's SYN said, where both ends' SYNs were seen and agreed.
 */
import { type LayerStack, MAX_LAYERS } from '../decode/layer-stack.ts';
import { segmentLength } from '../decode/protocols/tcp.ts';
import { protocols } from '../decode/registry.ts';
import { END_WORDS, setEnds } from './conversation.ts';
import { KeyedMemory } from './keyed-memory.ts';
import {
  analyze,
  Flow,
  NOTE,
  type Room,
  SENT_AGAIN,
  type Segment,
  SHIFT_UNKNOWN,
  TCP_FLAG,
  UNSCALED,
} from './tcp-analysis.ts';
import type { TrackedRecord, Tracker } from './tracker.ts';

/** So many connections are remembered, at some 700 bytes each; and of all of them so many segments. */
const MOST_CONNECTIONS = 1 << 17;
const MOST_SEGMENTS = 1 << 20;

/** Values that are there or not, by the bits that say so. */
const NOTED = [
  ['retransmission', SENT_AGAIN],
  ['fast_retransmission', NOTE.fastRetransmission],
  ['spurious_retransmission', NOTE.spuriousRetransmission],
  ['out_of_order', NOTE.outOfOrder],
  ['lost_segment', NOTE.lostSegment],
  ['ack_lost_segment', NOTE.ackLostSegment],
  ['duplicate_ack', NOTE.duplicateAck],
  ['keep_alive', NOTE.keepAlive],
  ['keep_alive_ack', NOTE.keepAliveAck],
  ['zero_window', NOTE.zeroWindow],
  ['zero_window_probe', NOTE.zeroWindowProbe],
  ['zero_window_probe_ack', NOTE.zeroWindowProbeAck],
  ['window_update', NOTE.windowUpdate],
  ['window_full', NOTE.windowFull],
  ['reused_ports', NOTE.reusedPorts],
  ['flags', ~NOTE.analyzed],
] as const;

/** The kinds of values; `tcp.analysis.` with a name of {@link TCP_NOTES} is `notes` and its place there. */
export const TCP = { window: 0, stream: 1, roundTripSeconds: 2, roundTripNanoseconds: 3, notes: 4 } as const;
export const TCP_NOTES: readonly string[] = NOTED.map(([name]) => name);

class Connection {
  readonly stream: number;
  /** Of the side with the lower address and port, and of the other. */
  readonly flows: readonly [Flow, Flow] = [new Flow(), new Flow()];
  /** When the last SYN came; and how long after it the ACK that ends the handshake: 0 before that. */
  synSeconds = 0;
  synNanoseconds = 0;
  roundTripSeconds = 0;
  roundTripNanoseconds = 0;

  constructor(stream: number) {
    this.stream = stream;
  }
}

const NUMBER = protocols.findIndex(({ name, isPartial }) => name === 'tcp' && isPartial !== true);
const AT = { SEQUENCE: 4, ACKNOWLEDGMENT: 8, FLAGS: 13, WINDOW: 14 } as const;
const FIXED_HEADER = 20;
const WINDOW_SCALE = 3;
const LARGEST_SHIFT = 14;
const { SYN, ACK } = TCP_FLAG;

/** @param most connections that are remembered */
export function createTcpTracker(most = MOST_CONNECTIONS): Tracker {
  const memory = new KeyedMemory<Connection>(END_WORDS, most);
  const room: Room = { left: MOST_SEGMENTS };
  const layers = new Int32Array(MAX_LAYERS);
  const values = Array.from({ length: TCP.notes + NOTED.length }, () => new Float64Array(MAX_LAYERS));
  const segment: Segment = {
    sequence: 0,
    acknowledgment: 0,
    length: 0,
    flags: 0,
    window: 0,
    seconds: 0,
    nanoseconds: 0,
  };
  let streams = 0;

  function connect(): Connection {
    const connection = new Connection(streams++);
    const gone = memory.set(connection);
    for (const flow of gone?.flows ?? []) room.left += flow.unacknowledged.length;
    return connection;
  }

  function read({ view, stack, seconds, nanoseconds }: TrackedRecord, layer: number): void {
    const at = stack.start(layer);
    segment.sequence = view.getUint32(at + AT.SEQUENCE);
    segment.acknowledgment = view.getUint32(at + AT.ACKNOWLEDGMENT);
    segment.flags = view.getUint8(at + AT.FLAGS);
    segment.window = view.getUint16(at + AT.WINDOW);
    segment.length = segmentLength(view, at, stack, layer);
    segment.seconds = seconds;
    segment.nanoseconds = nanoseconds;
  }

  /** Of what is in the first `count` places of the values, the one of this layer is told. */
  function tell(record: TrackedRecord, layer: number, count: number): void {
    const { view, stack } = record;
    read(record, layer);
    const { sequence, flags, window } = segment;
    for (const value of values) value[count] = Number.NaN;
    values[TCP.window][count] = window;
    const side = setEnds(memory.words, view, stack, layer);
    if (side === -1) return;
    let connection = memory.get() ?? connect();
    const kind = flags & (SYN | ACK);
    let notes = 0;
    if ((kind & SYN) !== 0 && connection.flows[side].isBaseKnown) {
      const flow = connection.flows[side];
      notes = sequence === flow.base ? 0 : NOTE.reusedPorts;
      if (kind !== SYN) flow.base = sequence;
      else if (notes !== 0) connection = connect();
      else {
        flow.next = flow.contiguous;
        notes = NOTE.analyzed;
      }
    }
    const there = connection.flows[side];
    const back = connection.flows[1 - side] as Flow;
    const { roundTripSeconds, roundTripNanoseconds } = connection;
    if (!stack.isQuoted(layer) && !isPiece(stack, layer))
      notes = analyze(segment, there, back, roundTripSeconds * 1e9 + roundTripNanoseconds, notes, room);
    if (kind === SYN) {
      connection.synSeconds = segment.seconds;
      connection.synNanoseconds = segment.nanoseconds;
    }
    if ((kind & SYN) !== 0) there.isFirstAck = true;
    if (kind === ACK) {
      timeHandshake(connection, segment);
      there.isFirstAck = false;
    }
    if (!stack.isQuoted(layer)) {
      if ((kind & SYN) !== 0) hearSyn(there, back, windowShift(view, stack, layer), kind !== SYN);
      else if (there.shift > 0) values[TCP.window][count] = window * 2 ** there.shift;
    }
    values[TCP.stream][count] = connection.stream;
    note(connection, notes, count);
  }

  function note(connection: Connection, notes: number, count: number): void {
    if (notes === 0) return;
    const { roundTripSeconds, roundTripNanoseconds } = connection;
    if (roundTripSeconds !== 0 || roundTripNanoseconds !== 0) {
      values[TCP.roundTripSeconds][count] = roundTripSeconds;
      values[TCP.roundTripNanoseconds][count] = roundTripNanoseconds;
    }
    for (let i = 0; i < NOTED.length; i++) if ((notes & NOTED[i][1]) !== 0) values[TCP.notes + i][count] = 1;
  }

  const tracker = {
    count: 0,
    layers,
    values,
    observe(record: TrackedRecord) {
      const { stack } = record;
      tracker.count = 0;
      for (let layer = 0; layer < stack.count; layer++) {
        if (stack.protocol(layer) !== NUMBER) continue;
        layers[tracker.count] = layer;
        tell(record, layer, tracker.count++);
      }
    },
    beginFirstPass: () => undefined,
    startOver() {
      memory.clear();
      room.left = MOST_SEGMENTS;
      streams = 0;
    },
  };
  return tracker;
}

/** Whether the segment goes on in another fragment, so that its length is not known. */
function isPiece(stack: LayerStack, layer: number): boolean {
  return stack.fragment >= 0 && layer > stack.fragment && !stack.isReassembled(layer);
}

/** The first ACK after a SYN ends the handshake, as Wireshark has it. */
function timeHandshake(connection: Connection, { seconds, nanoseconds }: Segment): void {
  const { synSeconds, synNanoseconds, roundTripSeconds, roundTripNanoseconds } = connection;
  if (synSeconds === 0 && synNanoseconds === 0) return;
  if (roundTripSeconds !== 0 || roundTripNanoseconds !== 0) return;
  const part = nanoseconds - synNanoseconds;
  connection.roundTripSeconds = seconds - synSeconds - (part < 0 ? 1 : 0);
  connection.roundTripNanoseconds = part < 0 ? part + 1e9 : part;
}

/** As Wireshark has it: without the option in one side's first SYN, neither side scales. */
function hearSyn(there: Flow, back: Flow, shift: number, isAnswer: boolean): void {
  if (shift !== SHIFT_UNKNOWN) there.shift = shift;
  if (there.shift === SHIFT_UNKNOWN) there.shift = back.shift = UNSCALED;
  else if (isAnswer && back.shift === UNSCALED) there.shift = UNSCALED;
}

/** What the option says; SHIFT_UNKNOWN where there is none. */
function windowShift(view: DataView, stack: LayerStack, layer: number): number {
  const start = stack.start(layer);
  const end = start + stack.headerLength(layer);
  for (let at = start + FIXED_HEADER; at < end; ) {
    const kind = view.getUint8(at);
    if (kind === 0) break;
    if (kind === 1) {
      at++;
      continue;
    }
    const length = at + 1 < end ? view.getUint8(at + 1) : 0;
    if (length < 2 || at + length > end) break;
    if (kind === WINDOW_SCALE && length === 3) return Math.min(view.getUint8(at + 2), LARGEST_SHIFT);
    at += length;
  }
  return SHIFT_UNKNOWN;
}

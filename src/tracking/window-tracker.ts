/**
 * TCP windows as they count (RFC 7323, 2.3): the number in the header, shifted by what the sender's SYN said, where both ends'
 * SYNs were seen and agreed; as it stands, where they were not.
 */
import { type LayerStack, MAX_LAYERS } from '../decode/layer-stack.ts';
import { protocols } from '../decode/registry.ts';
import { ADDRESS_WORDS, setAddresses } from './conversation.ts';
import { KeyedMemory } from './keyed-memory.ts';
import type { TrackedRecord, Tracker } from './tracker.ts';

/** No SYN of this side was seen yet; or one that says that windows are not scaled. */
const UNKNOWN = -1;
const UNSCALED = -2;

interface Connection {
  /** Of the side with the lower address and port, and of the other. */
  readonly shifts: [number, number];
  /** The sequence number of the SYN that opened it. */
  readonly opening: number;
}

const TCP = protocols.findIndex(({ name, isPartial }) => name === 'tcp' && isPartial !== true);
const FLAGS = 13;
const SYN = 0x02;
const ACK = 0x10;
const WINDOW = 14;
const FIXED_HEADER = 20;
const WINDOW_SCALE = 3;
const LARGEST_SHIFT = 14;

export function createWindowTracker(): Tracker {
  const memory = new KeyedMemory<Connection>(ADDRESS_WORDS + 1);
  const layers = new Int32Array(MAX_LAYERS);
  const windows = new Float64Array(MAX_LAYERS);

  /** What the segment's window counts, after it has been heard. */
  function windowOf(record: TrackedRecord, layer: number): number {
    const { view, stack } = record;
    const at = stack.start(layer);
    const window = view.getUint16(at + WINDOW);
    const side = stack.isQuoted(layer) ? -1 : setKey(memory.words, view, stack, layer);
    if (side === -1) return window;
    const flags = view.getUint8(at + FLAGS);
    let connection = memory.get();
    if ((flags & SYN) !== 0) {
      const isAnswer = (flags & ACK) !== 0;
      const isOther = !isAnswer && connection !== undefined && connection.opening !== view.getUint32(at + 4);
      if (connection === undefined || isOther) {
        connection = { shifts: [UNKNOWN, UNKNOWN], opening: isAnswer ? UNKNOWN : view.getUint32(at + 4) };
        memory.set(connection);
      }
      hearSyn(connection, side, windowShift(view, at, at + stack.headerLength(layer)), isAnswer);
      return window;
    }
    const shift = connection?.shifts[side] ?? UNKNOWN;
    return shift < 0 ? window : window * 2 ** shift;
  }

  const tracker = {
    count: 0,
    layers,
    values: [windows],
    observe(record: TrackedRecord) {
      const { stack } = record;
      tracker.count = 0;
      for (let layer = 0; layer < stack.count; layer++) {
        if (stack.protocol(layer) !== TCP) continue;
        layers[tracker.count] = layer;
        windows[tracker.count++] = windowOf(record, layer);
      }
    },
    beginFirstPass: () => undefined,
    startOver: () => memory.clear(),
  };
  return tracker;
}

/** As Wireshark has it: without the option on one side, neither side scales. */
function hearSyn({ shifts }: Connection, side: number, shift: number, isAnswer: boolean): void {
  const other = 1 - side;
  if (shift === UNKNOWN) shifts[side] = shifts[other] = UNSCALED;
  else shifts[side] = isAnswer && shifts[other] === UNSCALED ? UNSCALED : shift;
}

/** What the option says; UNKNOWN where there is none. */
function windowShift(view: DataView, start: number, end: number): number {
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
  return UNKNOWN;
}

/** @returns as {@link setAddresses} does, by address and port */
function setKey(words: Int32Array, view: DataView, stack: LayerStack, layer: number): -1 | 0 | 1 {
  const at = stack.start(layer);
  const [source, destination] = [view.getUint16(at), view.getUint16(at + 2)];
  const side = setAddresses(words, view, stack, layer, source - destination);
  words[ADDRESS_WORDS] = side === 0 ? (source << 16) | destination : (destination << 16) | source;
  return side;
}

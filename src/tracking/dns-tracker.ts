/**
 * DNS queries over UDP and their answers as Wireshark matches them (packet-dns.c of 4.0): by addresses, ports and identifier. A query that
 * comes once more within five seconds, and was not answered, is the first one still; the first answer is the answer.
 */
import type { LayerStack } from '../decode/layer-stack.ts';
import { protocols } from '../decode/registry.ts';
import { Answers } from './answers.ts';
import { END_WORDS, setEnds } from './conversation.ts';
import { KeyedMemory } from './keyed-memory.ts';
import type { TrackedRecord, Tracker } from './tracker.ts';

interface Query {
  readonly number: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  isAnswered: boolean;
}

/** The kinds of values: packets' numbers, and the time from query to answer. */
export const DNS = { responseIn: 0, responseTo: 1, seconds: 2, nanoseconds: 3 } as const;

const numberOf = (name: string): number =>
  protocols.findIndex((protocol) => protocol.name === name && protocol.isPartial !== true);
const NUMBER = numberOf('dns');
const UDP = numberOf('udp');
const FLAGS_AT = 2;
const RESPONSE = 0x80;
/** A query that is sent again later than this (s) is a new one. */
const SENT_AGAIN_WITHIN = 5;

export function createDnsTracker(): Tracker {
  const memory = new KeyedMemory<Query>(END_WORDS + 1);
  const layers = new Int32Array(1);
  const values = Array.from({ length: 4 }, () => new Float64Array(1));
  const answers = new Answers();

  const tell = (kind: number, value: number): void => {
    (values[kind] as Float64Array)[0] = value;
  };

  function query({ number, seconds, nanoseconds }: TrackedRecord): void {
    const before = memory.get();
    const isOpen = before !== undefined && !before.isAnswered;
    const since = isOpen
      ? seconds - before.seconds + (nanoseconds - before.nanoseconds) / 1e9
      : SENT_AGAIN_WITHIN;
    if (since < SENT_AGAIN_WITHIN) return;
    memory.set({ number, seconds, nanoseconds, isAnswered: false });
    const answer = answers.to(number) ?? 0;
    if (answer > 0) tell(DNS.responseIn, answer);
  }

  function answer({ number, seconds, nanoseconds }: TrackedRecord): void {
    const found = memory.get();
    if (found === undefined || found.isAnswered) return;
    found.isAnswered = true;
    answers.learn(found.number, number);
    tell(DNS.responseTo, found.number);
    const part = nanoseconds - found.nanoseconds;
    tell(DNS.seconds, seconds - found.seconds - (part < 0 ? 1 : 0));
    tell(DNS.nanoseconds, part < 0 ? part + 1e9 : part);
  }

  const tracker = {
    count: 0,
    layers,
    values,
    observe(record: TrackedRecord) {
      const { stack, view } = record;
      answers.see(record.number);
      tracker.count = 0;
      for (const value of values) value[0] = Number.NaN;
      const layer = messageLayer(stack);
      if (layer < 0 || setEnds(memory.words, view, stack, layer - 1) === -1) return;
      const at = stack.start(layer);
      memory.words[END_WORDS] = view.getUint16(at);
      layers[0] = layer;
      tracker.count = 1;
      if ((view.getUint8(at + FLAGS_AT) & RESPONSE) === 0) query(record);
      else answer(record);
    },
    beginFirstPass: () => answers.beginFirstPass(),
    startOver() {
      answers.startOver();
      memory.clear();
    },
  };
  return tracker;
}

/** The packet's own message in UDP; what an error quotes is none. */
function messageLayer(stack: LayerStack): number {
  const layer = stack.count - 1;
  const isMessage = layer > 0 && stack.protocol(layer) === NUMBER && stack.protocol(layer - 1) === UDP;
  return isMessage && !stack.isQuoted(layer) ? layer : -1;
}

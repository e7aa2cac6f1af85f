/**
 * Echo requests and replies as Wireshark matches them (packet-icmp.c): the same two addresses, identifier and sequence number, and the
 * checksum that a reply with the same data has. The first such reply is the answer, and the last such request before it is what
 * it answers. Tunnels don't count. What `verify` says of pings is another matter (src/exchange): it knows copies and tunnels.
 */
import type { LayerStack } from '../decode/layer-stack.ts';
import { protocols } from '../decode/registry.ts';
import { Answers } from './answers.ts';
import { ADDRESS_WORDS, isUnicast, setAddresses } from './conversation.ts';
import { KeyedMemory } from './keyed-memory.ts';
import type { TrackedRecord, Tracker } from './tracker.ts';

interface Request {
  readonly number: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  isAnswered: boolean;
}

const HEADER = 8;
/** Of both addresses, the transport below, the protocol, the checksum, and identifier with sequence number. */
const KEY_WORDS = ADDRESS_WORDS + 4;
/** The kinds of values: a packet's number, milliseconds, or 1. */
export const ECHO = { responseIn: 0, responseTo: 1, responseTime: 2, noResponse: 3 } as const;

const numbersOf = (name: string): readonly number[] =>
  [...protocols.entries()]
    .filter(([, protocol]) => protocol.name === name && protocol.isPartial !== true)
    .map(([number]) => number);
const [ICMP] = numbersOf('icmp');
const [ICMPV6] = numbersOf('icmpv6');
const TRANSPORTS: readonly number[] = ['udp', 'tcp'].flatMap(numbersOf);

export function createEchoTracker(): Tracker {
  const memory = new KeyedMemory<Request>(KEY_WORDS);
  const layers = new Int32Array(1);
  const values = Array.from({ length: 4 }, () => new Float64Array(1));
  const answers = new Answers();

  const tell = (kind: number, value: number): void => {
    (values[kind] as Float64Array)[0] = value;
  };

  function request({ view, stack, number, seconds, nanoseconds }: TrackedRecord, layer: number): void {
    memory.set({ number, seconds, nanoseconds, isAnswered: false });
    const answer = answers.to(number);
    if (answer === undefined) return;
    if (answer > 0) tell(ECHO.responseIn, answer);
    else if (isUnicast(view, stack, layer)) tell(ECHO.noResponse, 1);
  }

  function reply({ number, seconds, nanoseconds }: TrackedRecord): void {
    const found = memory.get();
    if (found === undefined || found.isAnswered) return;
    found.isAnswered = true;
    answers.learn(found.number, number);
    tell(ECHO.responseTo, found.number);
    // In milliseconds, rounded as Wireshark's doubles are: the nanoseconds' part by itself.
    let [whole, part] = [seconds - found.seconds, nanoseconds - found.nanoseconds];
    if (whole > 0 && part < 0) [whole, part] = [whole - 1, part + 1e9];
    else if (whole < 0 && part > 0) [whole, part] = [whole + 1, part - 1e9];
    tell(ECHO.responseTime, whole * 1000 + part / 1_000_000);
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
      const layer = echoLayer(stack);
      if (layer < 0) return;
      const isIpv4 = stack.protocol(layer) === ICMP;
      const at = stack.start(layer);
      const type = view.getUint8(at);
      const [requestType, replyType] = isIpv4 ? [8, 0] : [128, 129];
      if ((type !== requestType && type !== replyType) || stack.layerEnd(layer) - at < HEADER) return;
      if (!setKey(memory.words, record, layer, type === requestType ? (requestType - replyType) << 8 : 0))
        return;
      layers[0] = layer;
      tracker.count = 1;
      if (type === requestType) request(record, layer);
      else reply(record);
    },
    beginFirstPass: () => answers.beginFirstPass(),
    startOver() {
      answers.startOver();
      memory.clear();
    },
  };
  return tracker;
}

/** The packet's own message; what an error quotes is none. */
function echoLayer(stack: LayerStack): number {
  for (let layer = stack.count - 1; layer >= 0; layer--) {
    const protocol = stack.protocol(layer);
    if ((protocol === ICMP || protocol === ICMPV6) && !stack.isQuoted(layer)) return layer;
  }
  return -1;
}

/**
 * @param difference how much more a request's first word is than its reply's: 0 for a reply
 * @returns false if there are no addresses
 */
function setKey(
  words: Int32Array,
  { view, stack }: TrackedRecord,
  layer: number,
  difference: number,
): boolean {
  if (setAddresses(words, view, stack, layer) < 0) return false;
  const at = stack.start(layer);
  // The UDP or TCP that a tunnel goes through, which Wireshark counts to the conversation.
  let transport = layer - 1;
  while (transport >= 0 && !TRANSPORTS.includes(stack.protocol(transport))) transport--;
  words[ADDRESS_WORDS] = transport < 0 ? -1 : stack.protocol(transport);
  words[ADDRESS_WORDS + 1] = stack.protocol(layer);
  words[ADDRESS_WORDS + 2] = replyChecksum(view.getUint16(at + 2), difference);
  words[ADDRESS_WORDS + 3] = view.getInt32(at + 4);
  return true;
}

/** The checksum of the same message with `difference` less in a word; zero has two forms. */
function replyChecksum(checksum: number, difference: number): number {
  const sum = checksum + difference;
  const folded = (sum & 0xffff) + (sum >>> 16);
  return folded === 0xffff ? 0 : folded;
}

/** UDP payloads that look like a tunnel's and can't be proven: a port to name, with the `-d` that reads them. */
import { LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { DATA, PROTOCOL_MASK } from '../../decode/protocol.ts';
import { udp } from '../../decode/protocols/udp.ts';
import { protocolNumber, protocols } from '../../decode/registry.ts';
import { Tally } from '../../exchange/tally.ts';

/** The most ports that are told apart, and the most payloads that are looked at of each: the rest will be like them. */
const MOST_PORTS = 64;
const MOST_PAYLOADS = 64;
/** At least so many of a port's payloads look alike: others may be keepalives. */
const LEAST_SHARE = 0.8;
/** One payload alone may look like anything. */
const LEAST_PAYLOADS = 2;

/** A port whose payloads look like a tunnel's. */
export interface LikelyTunnel {
  readonly port: number;
  /** What `-d` calls it: `vxlan`. */
  readonly name: string;
  /** What it is called in words: "VXLAN". */
  readonly title: string;
  /** Its packets that look so. */
  readonly tally: Tally;
}

interface Likeness {
  readonly name: string;
  readonly title: string;
  readonly resembles: (view: DataView, offset: number, end: number) => boolean;
}

interface SeenPort {
  looked: number;
  /** By likeness. */
  readonly alike: readonly Tally[];
}

/** In the order in which payloads are asked for a proof: the longest first. */
const likenesses: readonly Likeness[] = protocols.flatMap(({ attach, short }) => {
  const named = attach.find(({ table }) => table === 'decode-as');
  const name = named !== undefined && 'name' in named ? named.name : undefined;
  return attach.flatMap((one) =>
    one.table !== 'udp.guess' || one.resembles === undefined || name === undefined
      ? []
      : [{ name, title: short, resembles: inRange(one.firstByte, one.resembles) }],
  );
});

function inRange(
  firstByte: readonly [number, number] | undefined,
  resembles: Likeness['resembles'],
): Likeness['resembles'] {
  if (firstByte === undefined) return resembles;
  const [from, to] = firstByte;
  return (view, offset, end) => {
    const first = view.getUint8(offset);
    return first >= from && first <= to && resembles(view, offset, end);
  };
}

export interface LikelyTunnels {
  /** Looks at a packet that ends in a UDP payload which nobody claims. */
  packet(view: DataView, stack: LayerStack, number: number): void;
  /** Those that were seen, most packets first. */
  found(): readonly LikelyTunnel[];
}

export function createLikelyTunnels(): LikelyTunnels {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const UDP = protocolNumber(udp);
  const NOTHING = DATA;
  const ports = new Map<number, SeenPort>();

  function look(view: DataView, stack: LayerStack, number: number): void {
    const last = stack.count - 1;
    const port = view.getUint16(stack.start(last - 1) + 2);
    let seen = ports.get(port);
    if (seen === undefined) {
      if (ports.size === MOST_PORTS) return;
      seen = { looked: 0, alike: likenesses.map(() => new Tally()) };
      ports.set(port, seen);
    }
    if (seen.looked === MOST_PAYLOADS) return;
    seen.looked++;
    const [start, end] = [stack.start(last), stack.layerEnd(last)];
    const like = likenesses.findIndex(({ resembles }) => resembles(view, start, end));
    seen.alike[like]?.add(number);
  }

  return {
    packet(view, stack, number) {
      const at = (stack.count - 2) * LAYER;
      if (at < 0 || (stack.words[at] & PROTOCOL_BITS) !== UDP) return;
      if ((stack.words[at + LAYER] & PROTOCOL_BITS) !== NOTHING || stack.isQuoted(stack.count - 1)) return;
      look(view, stack, number);
    },
    found() {
      return [...ports]
        .flatMap(([port, { looked, alike }]) =>
          likenesses.flatMap(({ name, title }, like) => {
            const tally = alike[like] as Tally;
            const isLikely = tally.count >= LEAST_PAYLOADS && tally.count >= looked * LEAST_SHARE;
            return isLikely ? [{ port, name, title, tally }] : [];
          }),
        )
        .sort((a, b) => b.tally.count - a.tally.count);
    },
  };
}

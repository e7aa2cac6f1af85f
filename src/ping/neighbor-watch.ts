/** Who asks for whom with ARP, inside tunnels and outside: questions without an answer, addresses that two claim. */
import { etherText, ipv4Text } from '../decode/format.ts';
import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { DATA, PROTOCOL_MASK } from '../decode/protocol.ts';
import { arp, isIpv4OverEthernet, opcode } from '../decode/protocols/arp.ts';
import { protocolNumber } from '../decode/registry.ts';
import { Tally } from './tally.ts';

const REQUEST = 1;
const REPLY = 2;
const SENDER_HARDWARE = 8;
const SENDER_PROTOCOL = 14;
const TARGET_PROTOCOL = 24;
/** The most questions, and the most claims, that are remembered. */
const MOST = 1024;

export interface Question {
  readonly asker: string;
  readonly address: string;
  readonly tally: Tally;
}

export interface SharedAddress {
  readonly address: string;
  readonly first: string;
  readonly second: string;
  readonly tally: Tally;
}

export interface NeighborWatch {
  /** Takes the packet into account where it is ARP. */
  packet(view: DataView, stack: LayerStack, number: number, interfaceIndex: number): void;
  /** Questions inside tunnels that got no answer. */
  unanswered(): Question[];
  readonly shared: ReadonlyMap<string, SharedAddress>;
}

export function createNeighborWatch(): NeighborWatch {
  const ARP = protocolNumber(arp);
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const PAYLOAD = DATA;
  /** By network and address: those inside tunnels that were asked for, and those that answered or spoke for themselves. */
  const questions = new Map<string, Question>();
  const claims = new Map<string, string>();
  const shared = new Map<string, SharedAddress>();

  return {
    shared,
    unanswered() {
      // Past the most claims, who answered is not known.
      if (claims.size === MOST) return [];
      return [...questions]
        .filter(([key, { tally }]) => tally.count > 0 && !claims.has(key))
        .map(([, question]) => question);
    },
    packet(view, stack, number, interfaceIndex) {
      const { words } = stack;
      let layer = (stack.count - 1) | 0;
      if (layer < 0) return;
      // Behind a short frame's ARP stands its padding.
      if (layer > 0 && (words[layer * LAYER] & PROTOCOL_BITS) === PAYLOAD) layer--;
      if ((words[layer * LAYER] & PROTOCOL_BITS) !== ARP) return;
      const start = stack.start(layer);
      const operation = opcode(view, start);
      if (!isIpv4OverEthernet(view, start, stack, layer) || (operation !== REQUEST && operation !== REPLY))
        return;
      const network = networkOf(view, stack, layer, interfaceIndex);
      const asker = ipv4Text(view, start + SENDER_PROTOCOL);
      // An address that nobody has yet: a probe (RFC 5227).
      if (asker !== '0.0.0.0') claim(`${network} ${asker}`, asker, view, start, number);
      if (operation !== REQUEST || stack.level(layer) === 0) return;
      const address = ipv4Text(view, start + TARGET_PROTOCOL);
      const key = `${network} ${address}`;
      let question = questions.get(key);
      if (question === undefined) {
        if (questions.size === MOST) return;
        question = { asker, address, tally: new Tally() };
        questions.set(key, question);
      }
      if (asker !== address && asker !== '0.0.0.0') question.tally.add(number);
    },
  };

  function claim(key: string, address: string, view: DataView, start: number, number: number): void {
    const hardware = etherText(view, start + SENDER_HARDWARE);
    const first = claims.get(key);
    if (first === undefined) {
      if (claims.size < MOST) claims.set(key, hardware);
      return;
    }
    if (first === hardware) return;
    let one = shared.get(key);
    if (one === undefined) {
      one = { address, first, second: hardware, tally: new Tally() };
      shared.set(key, one);
    }
    one.tally.add(number);
  }
}

/** Within which an address is one host's: the VNIs around it, or the interface. */
function networkOf(view: DataView, stack: LayerStack, last: number, interfaceIndex: number): string {
  let name = '';
  for (let layer = 0; layer <= last; layer++) {
    const { vni } = stack.describe(layer);
    if (vni !== undefined) name += ` ${vni(view, stack.start(layer))}`;
  }
  return name === '' ? `${interfaceIndex} ${stack.level(last)}` : name;
}

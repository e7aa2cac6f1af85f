/** Who asks for whom with ARP, inside tunnels and outside: questions without an answer, addresses that two claim. */

import { etherText, ipv4Text } from '../../decode/format.ts';
import { LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { DATA, PROTOCOL_MASK } from '../../decode/protocol.ts';
import { arp, isIpv4OverEthernet, opcode } from '../../decode/protocols/arp.ts';
import { identifier, providerBridge, vlan } from '../../decode/protocols/vlan.ts';
import { protocolNumber } from '../../decode/registry.ts';
import { firstLayerOf } from '../../decode/tunnel.ts';
import { addressText } from '../../exchange/ip-header.ts';
import { Tally } from '../../exchange/tally.ts';
import { LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2 } from '../../packet/link-type.ts';

const REQUEST = 1;
const REPLY = 2;
const SENDER_HARDWARE = 8;
const SENDER_PROTOCOL = 14;
const TARGET_PROTOCOL = 24;
/** Seconds within which two that answer one question do so. */
const AT_ONCE = 1;
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

/** Who said last that it has an address, when, and who before. */
interface Claim {
  hardware: string;
  seconds: number;
  before: string | undefined;
}

export interface NeighborWatch {
  /**
   * Takes the packet into account where it is ARP.
   *
   * @param seconds of its time
   */
  packet(view: DataView, stack: LayerStack, number: number, seconds: number, interfaceIndex: number): void;
  /** Questions inside tunnels that got no answer. */
  unanswered(): Question[];
  readonly shared: ReadonlyMap<string, SharedAddress>;
  /** Whether a tunnel's end was seen to send ARP in a virtual network. */
  speaks(end: string, vni: number): boolean;
}

export function createNeighborWatch(): NeighborWatch {
  const ARP = protocolNumber(arp);
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const PAYLOAD = DATA;
  /** By network and address: those inside tunnels that were asked for, and those that answered or spoke for themselves. */
  const questions = new Map<string, Question>();
  const claims = new Map<string, Claim>();
  const shared = new Map<string, SharedAddress>();
  /** Tunnels' ends, each with a VNI in which it sends. */
  const speakers = new Set<string>();

  return {
    shared,
    speaks: (end, vni) => speakers.has(`${end} ${vni}`),
    unanswered() {
      // Past the most claims, who answered is not known.
      if (claims.size === MOST) return [];
      return [...questions]
        .filter(([key, { tally }]) => tally.count > 0 && !claims.has(key))
        .map(([, question]) => question);
    },
    packet(view, stack, number, seconds, interfaceIndex) {
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
      noteSpeaker(view, stack, layer);
      const network = networkOf(view, stack, layer, interfaceIndex);
      const asker = ipv4Text(view, start + SENDER_PROTOCOL);
      // An address that nobody has yet: a probe (RFC 5227).
      if (asker !== '0.0.0.0' && network !== undefined)
        claim(`${network} ${asker}`, asker, etherText(view, start + SENDER_HARDWARE), number, seconds);
      if (operation !== REQUEST || stack.level(layer) === 0) return;
      const address = ipv4Text(view, start + TARGET_PROTOCOL);
      const key = `${network} ${address}`;
      if (network === undefined) return;
      let question = questions.get(key);
      if (question === undefined) {
        if (questions.size === MOST) return;
        question = { asker, address, tally: new Tally() };
        questions.set(key, question);
      }
      if (asker !== address && asker !== '0.0.0.0') question.tally.add(number);
    },
  };

  function noteSpeaker(view: DataView, stack: LayerStack, last: number): void {
    const level = stack.level(last);
    if (level === 0 || speakers.size === MOST) return;
    const opening = firstLayerOf(stack, level);
    const vni = vniOf(view, stack, opening);
    const outer = stack.networkBefore(opening);
    if (vni !== undefined && outer >= 0) speakers.add(`${addressText(view, stack, outer, 0)} ${vni}`);
  }

  /** An address that goes over to another device is shared only where both answer one question, or the first speaks again. */
  function claim(key: string, address: string, hardware: string, number: number, seconds: number): void {
    const known = claims.get(key);
    if (known === undefined) {
      if (claims.size < MOST) claims.set(key, { hardware, seconds, before: undefined });
      return;
    }
    const { hardware: first, before } = known;
    const isNew = first !== hardware;
    if (isNew && (before === hardware || Math.abs(seconds - known.seconds) <= AT_ONCE)) {
      let one = shared.get(key);
      if (one === undefined) {
        one = { address, first, second: hardware, tally: new Tally() };
        shared.set(key, one);
      }
      one.tally.add(number);
    }
    if (isNew) known.before = first;
    known.hardware = hardware;
    known.seconds = seconds;
  }
}

/**
 * Within which an address is one host's: the VNIs around it, or a tunnel's two ends where it has none; outside tunnels the
 * interface; and its VLANs. Undefined where that can't be known: Linux cooked capture, version 1, does not say the interface.
 */
function networkOf(
  view: DataView,
  stack: LayerStack,
  last: number,
  interfaceIndex: number,
): string | undefined {
  const level = stack.level(last);
  if (level === 0 && stack.linkType === LINKTYPE_LINUX_SLL) return undefined;
  let name = '';
  if (level === 0) {
    // Version 2 has the interface's index 4 bytes from the start.
    const device = stack.linkType === LINKTYPE_LINUX_SLL2 ? view.getInt32(stack.packetStart + 4) : 0;
    name = `${interfaceIndex} ${device}`;
  }
  for (let opened = 1; opened <= level; opened++) name += ` ${tunnelName(view, stack, opened)}`;
  for (let layer = firstLayerOf(stack, level); layer < last; layer++) {
    const protocol = stack.describe(layer);
    if (protocol === vlan || protocol === providerBridge)
      name += ` vlan ${identifier(view, stack.start(layer))}`;
  }
  return name;
}

function vniOf(view: DataView, stack: LayerStack, opening: number): number | undefined {
  const { identifier } = stack.describe(opening);
  if (identifier?.name !== 'vni') return undefined;
  return identifier.read(view, stack.start(opening), stack, opening);
}

/** The same in both directions. */
function tunnelName(view: DataView, stack: LayerStack, level: number): string {
  const opening = firstLayerOf(stack, level);
  const vni = vniOf(view, stack, opening);
  if (vni !== undefined) return `${vni}`;
  const outer = stack.networkBefore(opening);
  if (outer < 0 || stack.level(outer) !== level - 1) return '-';
  return [0, 1]
    .map((which) => addressText(view, stack, outer, which as 0 | 1))
    .sort()
    .join(' ');
}

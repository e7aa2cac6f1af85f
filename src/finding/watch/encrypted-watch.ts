/**
 * Tunnels that can be seen and not be opened: who speaks with whom, and how many packets of which size went each way. What is in them
 * can't be read; their sizes tell what fits.
 */
import { LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { DATA, PROTOCOL_MASK } from '../../decode/protocol.ts';
import { esp } from '../../decode/protocols/esp.ts';
import { destinationPort, sourcePort, udp } from '../../decode/protocols/udp.ts';
import { wireguard } from '../../decode/protocols/wireguard.ts';
import { protocolNumber } from '../../decode/registry.ts';
import { addressText } from '../../exchange/ip-header.ts';
import { Tally } from '../../exchange/tally.ts';
import { messageOf, NOT_OPENVPN, OPAQUE, type Opaque, openvpnCounter, RESET } from './encrypted-sizes.ts';

/** The most tunnels that are told apart, and sizes of one. */
const MOST_TUNNELS = 32;
const MOST_SIZES = 64;
/** Within which (ns) a packet back may answer one there. */
const LONGEST_WAIT = 1e9;
/** OpenVPN on any port is known by so many of its counters that go up one by one. */
const LEAST_COUNTED = 4;
const MOST_STEP = 16;
/** Bytes that tell what a packet is, where the capture has cut it: ESP's header, and the longest of what is read of the others. */
const LEAST_LEFT = 9;
/** Addresses of four words each, both ports. */
const KEY_WORDS = 9;

/** Packets of one length between two ends. */
export class SizeCounts {
  there = 0;
  back = 0;
  /** Those there that one of this length came back for, before the next. */
  pairs = 0;
  /** When the one there came that waits, in ns; below zero if none does. */
  waiting = -1;
  readonly tally = new Tally();
}

/** What can't be opened between two ends. */
export class EncryptedTunnel {
  readonly sizes = new Map<number, SizeCounts>();
  packets = 0;
  handshakes = 0;
  keepalives = 0;
  readonly tally = new Tally();
  /** ESP's numbers, of both directions. */
  spi: number | undefined;
  backSpi: number | undefined;
  /** Of OpenVPN: counters that went up, what can't be its, and its first packet. */
  counted = 0;
  isOther = false;
  hasReset = false;
  readonly last: [there: number, back: number] = [-1, -1];

  readonly protocol: Opaque;
  /** The outer ends and ports, as in the first packet. */
  readonly src: string;
  readonly dst: string;
  readonly srcport: number | undefined;
  readonly dstport: number | undefined;

  constructor(protocol: Opaque, src: string, dst: string, ports: readonly number[]) {
    this.protocol = protocol;
    this.src = src;
    this.dst = dst;
    [this.srcport, this.dstport] = ports;
  }

  /** What it is; undefined where that can't be known. */
  get kind(): 'wireguard' | 'esp' | 'openvpn' | undefined {
    if (this.protocol === OPAQUE.wireguard) return 'wireguard';
    if (this.protocol === OPAQUE.esp) return 'esp';
    if (this.isOther || this.counted < (this.hasReset ? 1 : LEAST_COUNTED)) return undefined;
    return 'openvpn';
  }
}

export interface EncryptedWatch {
  /** Takes a packet into account that is no ping, at `time` in ns. */
  packet(view: DataView, stack: LayerStack, number: number, time: number): void;
  /** Those whose kind is known, and UDP flows of which nothing is. */
  readonly tunnels: readonly EncryptedTunnel[];
}

export function createEncryptedWatch(): EncryptedWatch {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const WIREGUARD = protocolNumber(wireguard);
  const ESP = protocolNumber(esp);
  const UDP = protocolNumber(udp);
  const tunnels: EncryptedTunnel[] = [];
  const keys = new Int32Array(MOST_TUNNELS * KEY_WORDS);
  const key = new Int32Array(KEY_WORDS);
  let isBack = false;

  function readKey(view: DataView, stack: LayerStack, network: number, transport: number): void {
    const { offset, bytes } = stack.describe(network).addresses as { offset: number; bytes: number };
    const at = stack.start(network) + offset;
    key.fill(0);
    for (let i = 0; i < bytes; i += 4) {
      key[i >> 2] = view.getInt32(at + i);
      key[4 + (i >> 2)] = view.getInt32(at + bytes + i);
    }
    if (transport >= 0) key[8] = view.getInt32(stack.start(transport));
  }

  function isKey(at: number): boolean {
    for (let i = 0; i < KEY_WORDS; i++) if (keys[at + i] !== key[i]) return false;
    return true;
  }

  function isKeyBack(at: number): boolean {
    const ports = key[8] as number;
    if (keys[at + 8] !== ((ports << 16) | (ports >>> 16))) return false;
    for (let i = 0; i < 8; i++) if (keys[at + i] !== key[(i + 4) & 7]) return false;
    return true;
  }

  function find(
    view: DataView,
    stack: LayerStack,
    protocol: Opaque,
    network: number,
    transport: number,
  ): EncryptedTunnel | undefined {
    readKey(view, stack, network, transport);
    for (let i = 0; i < tunnels.length; i++) {
      const tunnel = tunnels[i] as EncryptedTunnel;
      if (tunnel.protocol !== protocol) continue;
      isBack = !isKey(i * KEY_WORDS);
      if (!isBack || isKeyBack(i * KEY_WORDS)) return tunnel;
    }
    if (tunnels.length === MOST_TUNNELS) return undefined;
    keys.set(key, tunnels.length * KEY_WORDS);
    isBack = false;
    const [src, dst] = [addressText(view, stack, network, 0), addressText(view, stack, network, 1)];
    const at = transport < 0 ? -1 : stack.start(transport);
    const ports = at < 0 ? [] : [sourcePort(view, at), destinationPort(view, at)];
    const tunnel = new EncryptedTunnel(protocol, src, dst, ports);
    tunnels.push(tunnel);
    return tunnel;
  }

  return {
    tunnels,
    packet(view, stack, number, time) {
      const { words } = stack;
      let last = (stack.count - 1) | 0;
      if (last < 1) return;
      const hasPayload = (words[last * LAYER] & PROTOCOL_BITS) === DATA;
      if (hasPayload) last = (last - 1) | 0;
      const own = words[last * LAYER] & PROTOCOL_BITS;
      let protocol: Opaque;
      if (own === WIREGUARD) protocol = OPAQUE.wireguard;
      else if (own === ESP) protocol = OPAQUE.esp;
      else if (own === UDP && hasPayload) protocol = OPAQUE.udp;
      else return;
      if (stack.isQuoted(last)) return;
      // A capture may have cut what is encrypted: how long it was is known all the same. A fragment's length is not.
      const missing = stack.isIncomplete(last)
        ? stack.originalLength - (stack.packetEnd - stack.packetStart)
        : 0;
      if (stack.isIncomplete(last) && missing <= 0) return;
      const start = protocol === OPAQUE.udp ? stack.payload(last) : stack.start(last);
      if (missing > 0 && stack.layerEnd(last) - start < LEAST_LEFT) return;
      const network = stack.networkBefore(last);
      if (network < 0) return;
      let transport = own === UDP ? last : -1;
      for (let i = last - 1; i > network && transport < 0; i--) if (stack.describe(i) === udp) transport = i;
      const tunnel = find(view, stack, protocol, network, transport);
      if (tunnel === undefined) return;
      tunnel.packets++;
      tunnel.tally.add(number);
      const length = stack.layerEnd(last) - start + missing;
      if (protocol === OPAQUE.esp) {
        if (isBack) tunnel.backSpi ??= view.getUint32(start);
        else tunnel.spi ??= view.getUint32(start);
      } else if (protocol === OPAQUE.udp) {
        noteCounter(tunnel, openvpnCounter(view, start, length));
      }
      const message = messageOf(view, protocol, start, length);
      if (message === 'handshake') tunnel.handshakes++;
      else if (message === 'keepalive') tunnel.keepalives++;
      if (message !== 'data' && !tunnel.isOther) return;
      noteSize(tunnel, length, number, time);
    },
  };

  /** @param counter of an OpenVPN packet; below zero where it is none, or has none */
  function noteCounter(tunnel: EncryptedTunnel, counter: number): void {
    if (counter === NOT_OPENVPN) tunnel.isOther = true;
    else if (counter === RESET) tunnel.hasReset = true;
    if (counter < 0) return;
    const way = isBack ? 1 : 0;
    const step = counter - tunnel.last[way];
    if (tunnel.last[way] >= 0 && step > 0 && step <= MOST_STEP) tunnel.counted++;
    tunnel.last[way] = counter;
  }

  function noteSize({ sizes }: EncryptedTunnel, length: number, number: number, time: number): void {
    let counts = sizes.get(length);
    if (counts === undefined) {
      if (sizes.size === MOST_SIZES) return;
      counts = new SizeCounts();
      sizes.set(length, counts);
    }
    counts.tally.add(number);
    if (!isBack) {
      counts.there++;
      counts.waiting = time;
      return;
    }
    counts.back++;
    if (counts.waiting >= 0 && time - counts.waiting <= LONGEST_WAIT) counts.pairs++;
    counts.waiting = -1;
  }
}

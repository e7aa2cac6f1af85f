/** The fragmented packets whose pieces are being gathered: bounded in number, bytes and time; the oldest leaves first. */
import { Datagram } from './datagram.ts';
import { filterName, readNumber } from './field-reading.ts';
import { randomFactors } from './hash.ts';
import { LAYER_WORDS, type LayerStack } from './layer-stack.ts';
import type { Field } from './protocol.ts';
import { udp } from './protocols/udp.ts';
import { protocolNumber, protocols } from './registry.ts';

/** The most packets in progress. */
export const MOST_DATAGRAMS = 1024;
/** The most bytes that their buffers take together: Linux's own limit (ip(7), ipfrag_high_thresh). */
export const MOST_BYTES = 4 << 20;

/** The most words of a key; a packet in so many headers that it has more is not put together. */
const MOST_KEY_WORDS = 256;
/** The most words that one layer adds: what it is, two IPv6 addresses, numbers. */
const LAYER_KEY_WORDS = 16;
const BUCKET_BITS = 11;
/** Packets that were completed last are remembered by their hash, for so many seconds, to know copies of their pieces. */
const REMEMBERED_BITS = 10;
const REMEMBERED_SECONDS = 5;
/** Buffers that stay with a released datagram, and how many datagrams wait for their next use. */
const SPARE_BUFFER = 4096;
const MOST_SPARE = 64;

/** Numbers that tell two networks apart that may have the same addresses, besides VNIs; the interface, where the packet says it. */
const NETWORK_NUMBERS: readonly string[] = [
  'vlan.id',
  'ieee8021ad.id',
  'gre.key',
  'erspan.spanid',
  'mpls.label',
  'pppoe.session_id',
  'gtp.teid',
  'l2tp.ccid',
  'sll.ifindex',
  'sll.pkttype',
];

export interface FragmentTable {
  /**
   * The packet that the fragment at `layer` is a piece of; a new one, where none is in progress. Told apart by source,
   * destination, identification, IPv4's protocol, and by all tunnels around: two tenants' equal addresses never meet.
   *
   * @param network the layer with the addresses: `layer` itself for IPv4
   * @param now the packet's time in seconds
   * @param limit seconds after its first piece that a packet may still become whole
   * @returns undefined if too many headers stand around it
   */
  find(
    view: DataView,
    stack: LayerStack,
    layer: number,
    network: number,
    now: number,
    limit: number,
    interfaceIndex: number,
  ): Datagram | undefined;
  /** Makes room for the first `end` bytes, where it must be at the cost of the oldest others. */
  grow(datagram: Datagram, end: number): void;
  /** Takes a packet out that is whole. It stays good until it is released. */
  complete(datagram: Datagram, now: number): void;
  release(datagram: Datagram): void;
  /** In progress, the oldest first. */
  all(): Datagram[];
}

/** @param onDrop told of packets that leave without having become whole */
export function createFragmentTable(onDrop: (datagram: Datagram) => void): FragmentTable {
  const buckets: (Datagram | undefined)[] = new Array(1 << BUCKET_BITS).fill(undefined);
  const factors = randomFactors(MOST_KEY_WORDS);
  const scratch = new Int32Array(MOST_KEY_WORDS);
  const spare: Datagram[] = [];
  const rememberedHash = new Int32Array(1 << REMEMBERED_BITS);
  const rememberedTime = new Float64Array(1 << REMEMBERED_BITS).fill(Number.NEGATIVE_INFINITY);
  const UDP = protocolNumber(udp);
  const numbers = protocols.map((protocol) =>
    protocol.fields.filter((field) => NETWORK_NUMBERS.includes(filterName(protocol, field))),
  );
  let oldest: Datagram | undefined;
  let newest: Datagram | undefined;
  let count = 0;
  let held = 0;

  /** By the hash's upper bits, as in any such hash: where identifications and addresses differ, the lower ones may not. */
  function rememberedAt(hash: number): number {
    return hash >>> (32 - REMEMBERED_BITS);
  }

  /** Fills `scratch`; answers how many words, or -1 where they are too many. */
  function collectKey(
    view: DataView,
    stack: LayerStack,
    layer: number,
    network: number,
    interfaceIndex: number,
  ): number {
    let length = 0;
    scratch[length++] = interfaceIndex;
    for (let i = 0; i <= network; i++) {
      if (length + LAYER_KEY_WORDS > MOST_KEY_WORDS) return -1;
      const protocol = stack.protocol(i);
      const start = stack.start(i);
      scratch[length++] = stack.words[i * LAYER_WORDS] & 0xfff;
      const { addresses, identifier } = protocols[protocol];
      if (addresses !== undefined) {
        const from = start + addresses.offset;
        for (let at = from; at < from + addresses.bytes * 2; at += 4) scratch[length++] = view.getInt32(at);
      }
      // The source port is left out: VXLAN draws it from the inner flow, and pieces may have another than the first.
      if (protocol === UDP) scratch[length++] = view.getUint16(start + 2);
      if (identifier !== undefined) scratch[length++] = identifier.read(view, start, stack, i);
      for (const field of numbers[protocol]) length = addNumber(field, view, stack, i, length);
    }
    const start = stack.start(layer);
    if (layer === network) {
      scratch[length++] = (view.getUint16(start + 4) << 8) | view.getUint8(start + 9);
    } else {
      scratch[length++] = view.getInt32(start + 4);
    }
    return length;
  }

  function addNumber(field: Field, view: DataView, stack: LayerStack, layer: number, length: number): number {
    const start = stack.start(layer);
    const isThere = field.when === undefined || field.when(view, start, stack, layer);
    scratch[length] = isThere ? readNumber(field, view, start, stack, layer) : -1;
    return length + 1;
  }

  function unlink(datagram: Datagram): void {
    const bucket = datagram.hash >>> (32 - BUCKET_BITS);
    if (buckets[bucket] === datagram) {
      buckets[bucket] = datagram.chained;
    } else {
      let before = buckets[bucket];
      while (before !== undefined && before.chained !== datagram) before = before.chained;
      if (before !== undefined) before.chained = datagram.chained;
    }
    if (datagram.older === undefined) oldest = datagram.newer;
    else datagram.older.newer = datagram.newer;
    if (datagram.newer === undefined) newest = datagram.older;
    else datagram.newer.older = datagram.older;
    datagram.chained = datagram.older = datagram.newer = undefined;
    count--;
  }

  function drop(datagram: Datagram): void {
    unlink(datagram);
    onDrop(datagram);
    release(datagram);
  }

  function release(datagram: Datagram): void {
    held -= datagram.bytes.length;
    if (spare.length >= MOST_SPARE) return;
    if (datagram.bytes.length > SPARE_BUFFER) datagram.bytes = new Uint8Array(0);
    datagram.clear();
    spare.push(datagram);
  }

  function begin(hash: number, keyLength: number, now: number): Datagram {
    while (count >= MOST_DATAGRAMS) drop(oldest as Datagram);
    const datagram = spare.pop() ?? new Datagram();
    held += datagram.bytes.length;
    if (datagram.key.length < keyLength) datagram.key = new Int32Array(keyLength);
    for (let i = 0; i < keyLength; i++) datagram.key[i] = scratch[i];
    datagram.keyLength = keyLength;
    datagram.hash = hash;
    datagram.seconds = now;
    const place = rememberedAt(hash);
    datagram.isEcho =
      rememberedHash[place] === hash && Math.abs(now - rememberedTime[place]) <= REMEMBERED_SECONDS;
    const bucket = hash >>> (32 - BUCKET_BITS);
    datagram.chained = buckets[bucket];
    buckets[bucket] = datagram;
    datagram.older = newest;
    if (newest === undefined) oldest = datagram;
    else newest.newer = datagram;
    newest = datagram;
    count++;
    return datagram;
  }

  return {
    find(view, stack, layer, network, now, limit, interfaceIndex) {
      const length = collectKey(view, stack, layer, network, interfaceIndex);
      if (length < 0) return undefined;
      let hash = 0;
      for (let i = 0; i < length; i++) hash = (hash + Math.imul(scratch[i], factors[i])) | 0;
      let found = buckets[hash >>> (32 - BUCKET_BITS)];
      for (; found !== undefined; found = found.chained) {
        if (found.hash !== hash || found.keyLength !== length) continue;
        let i = 0;
        while (i < length && found.key[i] === scratch[i]) i++;
        if (i === length) break;
      }
      if (found !== undefined) {
        // Also a clock that was set back by as much ends it.
        if (Math.abs(now - found.seconds) <= limit) return found;
        drop(found);
      }
      return begin(hash, length, now);
    },
    grow(datagram, end) {
      held += datagram.grow(end);
      while (held > MOST_BYTES && count > 1)
        drop((oldest === datagram ? datagram.newer : oldest) as Datagram);
    },
    complete(datagram, now) {
      const place = rememberedAt(datagram.hash);
      rememberedHash[place] = datagram.hash;
      rememberedTime[place] = now;
      unlink(datagram);
    },
    release,
    all() {
      const datagrams: Datagram[] = [];
      for (let datagram = oldest; datagram !== undefined; datagram = datagram.newer) datagrams.push(datagram);
      return datagrams;
    },
  };
}

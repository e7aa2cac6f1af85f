/**
 * Connections and queries beside the pings: did TCP and DNS get through the tunnel too? One pass, bounded memory, by the innermost
 * headers. A packet is looked at only where its innermost transport is TCP, or the UDP of DNS. The tunnels are a table of their own, so that
 * nothing that is told of pings depends on what else went through.
 *
 * The files: inner-transport (between whom a packet goes), exchange-layout, exchange-entries, exchange-memory (what connections and queries
 * have in common), tcp/ and dns/ (what each has of its own), transport-checksums, exchange-counts.
 */
import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { createDnsMatcher, DNS_RULES } from './dns/dns-matcher.ts';
import { ExchangeCounts, ExchangeTable } from './exchange-counts.ts';
import { createExchangeMemory, type ExchangeMemory } from './exchange-memory.ts';
import { createHand, HAND } from './hand.ts';
import { createEndsReader, createTransportReader, TRANSPORT } from './inner-transport.ts';
import { createHopsOf, createPlaceOf } from './place.ts';
import { type QuotingError, stopsPackets } from './quoting-error.ts';
import { createTcpMatcher, TCP, TCP_RULES } from './tcp/tcp-matcher.ts';
import { type ChecksumCounts, createTransportChecksums } from './transport-checksums.ts';
import { createTunnelTable, NO_TUNNEL, type TunnelTable } from './tunnel-table.ts';

/** Everything counted. */
export interface ExchangeSummary {
  readonly table: ExchangeTable;
  /** All rows together, those past the most too. */
  readonly total: ExchangeCounts;
  /** What the rows' numbers of tunnels stand for. */
  readonly tunnels: TunnelTable;
  readonly checksums: ReadonlyMap<number, ChecksumCounts>;
}

export interface ExchangeOptions {
  /** Connections, and queries, remembered at a time: a power of two; default: 32,768 and 16,384. */
  readonly capacity?: number;
}

export interface ExchangeTracker {
  /** Takes a packet into account that is no ping. */
  packet(
    view: DataView,
    stack: LayerStack,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): void;
  /** An ICMP error has come: what it quotes was stopped, where it says so. */
  takeError(view: DataView, stack: LayerStack, error: QuotingError, number: number): void;
  /** May be asked at any time; undefined if no packet was of any such exchange. */
  summary(seconds: number, nanoseconds: number): ExchangeSummary | undefined;
}

export function createExchangeTracker(options: ExchangeOptions = {}): ExchangeTracker {
  const { LAYER, NETWORK_SHIFT, DNS } = TRANSPORT;
  const readTransport = createTransportReader();
  let following: ReturnType<typeof followExchanges> | undefined;

  return {
    packet(view, stack, number, seconds, nanoseconds, interfaceIndex) {
      const found = readTransport(view, stack);
      if (found < 0) return;
      // Most captures hold pings alone, and need none of its memory.
      following ??= followExchanges(options, seconds);
      const [layer, network] = [found & LAYER, (found >> NETWORK_SHIFT) & LAYER];
      following.packet(
        view,
        stack,
        layer,
        network,
        (found & DNS) !== 0,
        number,
        seconds,
        nanoseconds,
        interfaceIndex,
      );
    },
    takeError: (view, stack, error, number) => following?.takeError(view, stack, error, number),
    summary: (seconds, nanoseconds) => following?.summary(seconds, nanoseconds),
  };
}

function followExchanges({ capacity }: ExchangeOptions, firstSecond: number) {
  const WORDS = LAYER_WORDS;
  const { POINT } = HAND;
  const [FLAGS, SYN, RST] = [TCP.FLAGS, TCP.SYN, TCP.RST];
  const limit = capacity === undefined ? {} : { capacity };
  const settled = new ExchangeTable();
  const tunnels = createTunnelTable();
  const checksums = createTransportChecksums();
  const connections = createExchangeMemory(tunnels, { ...TCP_RULES, ...limit }, settled);
  const queries = createExchangeMemory(tunnels, { ...DNS_RULES, ...limit }, settled);
  const tcp = createTcpMatcher(connections);
  const dns = createDnsMatcher(queries);
  const readEnds = createEndsReader();
  const hand = createHand();
  const placeOf = createPlaceOf(hand, false);
  const hopsOf = createHopsOf(hand);

  function notePlace(
    { sighting }: ExchangeMemory,
    view: DataView,
    stack: LayerStack,
    network: number,
    interfaceIndex: number,
    id: number,
  ): void {
    sighting.tunnels = id;
    sighting.place = placeOf(view, stack, id, interfaceIndex, hopsOf(view, stack, network) & 0xffff);
    sighting.point = hand[POINT];
  }

  return {
    packet(
      view: DataView,
      stack: LayerStack,
      layer: number,
      network: number,
      isDns: boolean,
      number: number,
      seconds: number,
      nanoseconds: number,
      interfaceIndex: number,
    ): void {
      const memory = isDns ? queries : connections;
      const { sighting } = memory;
      const start = stack.words[layer * WORDS + 1];
      sighting.isSecond = readEnds(memory.entries.key, view, stack, network, start);
      sighting.time = (seconds - firstSecond) * 1e9 + nanoseconds;
      sighting.number = number;
      const id = tunnels.find(view, stack, layer, number);
      if (isDns) {
        const isDamaged = id !== NO_TUNNEL && checksums.look(view, stack, layer, id, number);
        notePlace(memory, view, stack, network, interfaceIndex, id);
        dns.message(
          view,
          stack.words[(layer + 1) * WORDS + 1],
          stack.words[(layer + 1) * WORDS + 2],
          isDamaged,
        );
        return;
      }
      const isHandshake = (view.getUint8(start + FLAGS) & (SYN | RST)) !== 0;
      const isDamaged =
        id !== NO_TUNNEL &&
        (isHandshake || checksums.wants(id)) &&
        checksums.look(view, stack, layer, id, number);
      const entry = tcp.find();
      if (tcp.needsPlace(view, start, entry)) {
        notePlace(memory, view, stack, network, interfaceIndex, id);
        tcp.segment(view, start, entry, isDamaged);
      }
    },
    takeError(view: DataView, stack: LayerStack, error: QuotingError, number: number): void {
      if (!stopsPackets(error)) return;
      let layer = stack.count - 1;
      const isTransport = (at: number) =>
        stack.describe(at).name === 'tcp' || stack.describe(at).name === 'udp';
      while (layer > 0 && stack.isQuoted(layer) && !isTransport(layer)) layer--;
      const network = stack.networkBefore(layer);
      if (!stack.isQuoted(layer) || network < 0 || !stack.isQuoted(network)) return;
      const start = stack.start(layer);
      const isTcp = stack.describe(layer).name === 'tcp';
      if (stack.headerLength(layer) < (isTcp ? TCP.SEQUENCE + 4 : 4)) return;
      const { key } = (isTcp ? connections : queries).entries;
      const isSecond = readEnds(key, view, stack, network, start);
      if (isTcp) {
        tcp.stop(view.getInt32(start + TCP.SEQUENCE), isSecond, number);
      } else {
        const hasMessage = layer + 1 < stack.count && stack.layerEnd(layer + 1) - stack.start(layer + 1) >= 2;
        dns.stop(hasMessage ? view.getUint16(stack.start(layer + 1)) : -1, isSecond, number);
      }
    },
    summary(seconds: number, nanoseconds: number): ExchangeSummary {
      const now = (seconds - firstSecond) * 1e9 + nanoseconds;
      const table = new ExchangeTable();
      table.merge(settled);
      connections.summary(table, now);
      queries.summary(table, now);
      const total = new ExchangeCounts();
      total.merge(table.rest);
      for (const { counts } of table.rows) total.merge(counts);
      return { table, total, tunnels, checksums: checksums.ways };
    },
  };
}

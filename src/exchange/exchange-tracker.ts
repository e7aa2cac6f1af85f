/**
 * Connections, queries and flows beside the pings: did TCP, DNS and UDP get through the tunnel too? One pass, bounded memory, by the innermost
 * headers. A packet is looked at only where its innermost transport is TCP or UDP. The tunnels are a table of their own, so that
 * nothing that is told of pings depends on what else went through.
 *
 * The files: inner-transport (between whom a packet goes), exchange-layout, exchange-entries, exchange-memory (what connections, queries and
 * flows have in common), tcp/, dns/ and udp/ (what each has of its own), transport-checksums, exchange-counts, exchange-events (told one by one).
 */
import { LAYER_INCOMPLETE, LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';
import { createDnsMatcher, DNS_RULES } from './dns/dns-matcher.ts';
import { ExchangeCounts, ExchangeTable } from './exchange-counts.ts';
import { describeExchange, type ExchangeEvent } from './exchange-events.ts';
import { FLAG } from './exchange-layout.ts';
import { createExchangeMemory, type ExchangeMemory } from './exchange-memory.ts';
import { createFrameReader } from './frame.ts';
import { createHand, HAND } from './hand.ts';
import {
  createEndsReader,
  createTransportReader,
  findQuotedTransport,
  TRANSPORT,
} from './inner-transport.ts';
import { ipv4Identification } from './ip-header.ts';
import { MOST_HOPS } from './ping/trace.ts';
import { createHopsOf, createPlaceOf } from './place.ts';
import { type QuotingError, reasonOf } from './quoting-error.ts';
import { createTcpCourse } from './tcp/tcp-course.ts';
import { TCP } from './tcp/tcp-header.ts';
import { createTcpMatcher, TCP_RULES } from './tcp/tcp-matcher.ts';
import { type ChecksumCounts, createTransportChecksums } from './transport-checksums.ts';
import { createTunnelTable, NO_TUNNEL, type TunnelTable } from './tunnel-table.ts';
import { createUdpMatcher, UDP_RULES } from './udp/udp-matcher.ts';
import { createUdpTraces, type UdpTrace, type UdpTraces } from './udp/udp-traces.ts';

/** Everything counted. */
export interface ExchangeSummary {
  readonly table: ExchangeTable;
  /** All rows together, those past the most too. */
  readonly total: ExchangeCounts;
  /** UDP but for DNS: flows, of which it is not judged whether they should be answered, and which are not in the total. */
  readonly flows: ExchangeTable;
  /** Probes of traceroute, tracepath and mtr, which are in no row. */
  readonly traces: readonly UdpTrace[];
  /** What the rows' numbers of tunnels stand for. */
  readonly tunnels: TunnelTable;
  readonly checksums: ReadonlyMap<number, ChecksumCounts>;
}

export interface ExchangeOptions {
  /** Connections, queries and flows remembered at a time, each a power of two: 32,768, 16,384 and 16,384 where not given. */
  readonly capacity?: number;
  /** Told of each connection and query as it happens. */
  readonly onEvent?: (event: ExchangeEvent) => void;
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
  takeError(
    view: DataView,
    stack: LayerStack,
    error: QuotingError,
    number: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): void;
  /** Tells of each request that waits too long by then; of all if the seconds are infinite. */
  expire(seconds: number, nanoseconds: number): void;
  /** May be asked at any time; undefined if no packet was of any such exchange. */
  summary(seconds: number, nanoseconds: number): ExchangeSummary | undefined;
}

export function createExchangeTracker(options: ExchangeOptions = {}): ExchangeTracker {
  const { LAYER, NETWORK_SHIFT, DNS, UDP } = TRANSPORT;
  const readTransport = createTransportReader();
  let following: ReturnType<typeof followExchanges> | undefined;

  return {
    packet(view, stack, number, seconds, nanoseconds, interfaceIndex) {
      const found = readTransport(view, stack);
      if (found < 0) return;
      // Most captures hold pings alone, and need none of its memory.
      following ??= followExchanges(options, seconds);
      const layer = found & LAYER;
      const network = (found >> NETWORK_SHIFT) & LAYER;
      const kind = found & (DNS | UDP);
      following.packet(view, stack, layer, network, kind, number, seconds, nanoseconds, interfaceIndex);
    },
    takeError: (view, stack, error, number, seconds, nanoseconds, interfaceIndex) =>
      following?.takeError(view, stack, error, number, seconds, nanoseconds, interfaceIndex),
    expire: (seconds, nanoseconds) => following?.expire(seconds, nanoseconds),
    summary: (seconds, nanoseconds) => following?.summary(seconds, nanoseconds),
  };
}

function followExchanges({ capacity, onEvent }: ExchangeOptions, firstSecond: number) {
  const WORDS = LAYER_WORDS;
  const { POINT } = HAND;
  const { LAYER: LAYER_BITS, NETWORK_SHIFT, DNS, UDP } = TRANSPORT;
  const [FLAGS, SYN, RST] = [TCP.FLAGS, TCP.SYN, TCP.RST];
  const { STATE, BEGUN, REFUSED, ASKER_SECOND, FEW_HOPS } = FLAG;
  const MOST = MOST_HOPS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const INCOMPLETE = LAYER_INCOMPLETE;
  const IPV6_HEADER = 40;
  // 224.0.0.0 and above (RFC 5771, RFC 1112), ff00::/8 (RFC 4291).
  const [FIRST_GROUP, IPV6_GROUP] = [224, 0xff];
  const isIpv4 = protocols.map(({ addresses }) => addresses?.bytes === 4);
  const limit = capacity === undefined ? {} : { capacity };
  const settled = new ExchangeTable();
  const settledFlows = new ExchangeTable();
  const tunnels = createTunnelTable();
  const checksums = createTransportChecksums();
  const connections = createExchangeMemory(tunnels, { ...TCP_RULES, ...limit }, settled);
  const queries = createExchangeMemory(tunnels, { ...DNS_RULES, ...limit }, settled);
  const flows = createExchangeMemory(tunnels, { ...UDP_RULES, ...limit }, settledFlows);
  if (onEvent !== undefined) {
    for (const [kind, memory] of [
      ['tcp', connections],
      ['dns', queries],
    ] as const)
      memory.tell = (outcome, entry, number, time) =>
        onEvent(describeExchange(kind, outcome, memory.entries, tunnels, entry, number, time, firstSecond));
  }
  const tcp = createTcpMatcher(connections);
  const dns = createDnsMatcher(queries);
  const udp = createUdpMatcher(flows, tunnels);
  const course = createTcpCourse(connections.entries.capacity, connections.sighting, tunnels);
  connections.course = {
    begin: course.begin,
    settle(entry, counts, flags, now) {
      const state = flags & STATE;
      if (state === BEGUN || state === REFUSED) return;
      course.settle(entry, counts.course(), (flags & ASKER_SECOND) !== 0, now);
    },
  };
  const { isBroadcast } = createFrameReader();
  const readEnds = createEndsReader();
  const hand = createHand();
  const placeOf = createPlaceOf(hand, false);
  const hopsOf = createHopsOf(hand);
  /** Most captures have none. */
  let traces: UdpTraces | undefined;

  /** The datagram at hand may be a traceroute's probe, or answer one. */
  function traceDatagram(
    { sighting, entries }: ExchangeMemory,
    view: DataView,
    stack: LayerStack,
    network: number,
    hops: number,
  ): void {
    traces ??= createUdpTraces(tunnels.depth);
    traces.key.set(entries.key);
    const start = stack.words[network * WORDS + 1];
    const isFour = isIpv4[stack.words[network * WORDS] & PROTOCOL_BITS];
    traces.datagram(sighting, hops, isFour ? view.getUint16(start + 4) : -1);
  }

  /** @returns the innermost packet's TTL */
  function notePlace(
    { sighting }: ExchangeMemory,
    view: DataView,
    stack: LayerStack,
    network: number,
    interfaceIndex: number,
  ): number {
    const hops = hopsOf(view, stack, network) & 0xffff;
    sighting.place = placeOf(view, stack, sighting.tunnels, interfaceIndex, hops);
    sighting.point = hand[POINT];
    return hops & 0xff;
  }

  /** Where a transport's segment ends, or would if the capture had not cut it. */
  function segmentEnd(view: DataView, stack: LayerStack, layer: number, network: number): number {
    const { words } = stack;
    const here = words[layer * WORDS + 2];
    if ((words[layer * WORDS] & INCOMPLETE) === 0) return here;
    const start = words[network * WORDS + 1];
    const length = isIpv4[words[network * WORDS] & PROTOCOL_BITS]
      ? view.getUint16(start + 2)
      : IPV6_HEADER + view.getUint16(start + 4);
    return Math.max(here, Math.min(start + length, stack.packetStart + stack.originalLength));
  }

  /** Whether a datagram goes to one host, so that an answer may be asked of it. */
  function goesToOne(view: DataView, stack: LayerStack, network: number): boolean {
    const start = stack.words[network * WORDS + 1];
    const goesToGroup = isIpv4[stack.words[network * WORDS] & PROTOCOL_BITS]
      ? view.getUint8(start + 16) >= FIRST_GROUP
      : view.getUint8(start + 24) === IPV6_GROUP;
    return !goesToGroup && !isBroadcast(view, stack, network);
  }

  function takeSegment(
    view: DataView,
    stack: LayerStack,
    layer: number,
    network: number,
    interfaceIndex: number,
  ): void {
    const { tunnels: id, number } = connections.sighting;
    const start = stack.words[layer * WORDS + 1];
    const isHandshake = (view.getUint8(start + FLAGS) & (SYN | RST)) !== 0;
    const isDamaged =
      id !== NO_TUNNEL &&
      (isHandshake || checksums.wants(id)) &&
      checksums.look(view, stack, layer, id, number);
    let entry = tcp.find();
    if (tcp.needsPlace(view, start, entry)) {
      notePlace(connections, view, stack, network, interfaceIndex);
      tcp.segment(view, start, entry, isDamaged);
      entry = tcp.find();
    }
    const ip = stack.words[network * WORDS + 1];
    const version = isIpv4[stack.words[network * WORDS] & PROTOCOL_BITS];
    const end = segmentEnd(view, stack, layer, network);
    const place = placeOf(view, stack, id, interfaceIndex, 0);
    const captured = stack.words[layer * WORDS + 2];
    course.segment(view, entry, start, end, captured, ip, version, place, isDamaged);
  }

  return {
    packet(
      view: DataView,
      stack: LayerStack,
      layer: number,
      network: number,
      kind: number,
      number: number,
      seconds: number,
      nanoseconds: number,
      interfaceIndex: number,
    ): void {
      const memory = (kind & DNS) !== 0 ? queries : (kind & UDP) !== 0 ? flows : connections;
      if (memory === flows && !goesToOne(view, stack, network)) return;
      const { sighting } = memory;
      const start = stack.words[layer * WORDS + 1];
      sighting.isSecond = readEnds(memory.entries.key, view, stack, network, start);
      sighting.time = (seconds - firstSecond) * 1e9 + nanoseconds;
      sighting.number = number;
      sighting.tunnels = tunnels.find(view, stack, layer, number);
      if (memory === connections) {
        takeSegment(view, stack, layer, network, interfaceIndex);
        return;
      }
      const hops = notePlace(memory, view, stack, network, interfaceIndex);
      sighting.fewHops = hops <= MOST ? FEW_HOPS : 0;
      if (memory === flows) {
        const flags = udp.datagram(view.getUint16(start), view.getUint16(start + 2));
        if ((flags & FEW_HOPS) !== 0) traceDatagram(flows, view, stack, network, hops);
        return;
      }
      if (hops <= MOST || traces?.isWaiting(sighting.time) === true)
        traceDatagram(queries, view, stack, network, hops);
      const { tunnels: id } = sighting;
      const isDamaged = id !== NO_TUNNEL && checksums.look(view, stack, layer, id, number);
      const message = (layer + 1) * WORDS;
      dns.message(view, stack.words[message + 1], stack.words[message + 2], isDamaged);
    },
    takeError(
      view: DataView,
      stack: LayerStack,
      error: QuotingError,
      number: number,
      seconds: number,
      nanoseconds: number,
      interfaceIndex: number,
    ): void {
      const reason = reasonOf(error);
      if (reason === undefined) return;
      const found = findQuotedTransport(stack);
      if (found < 0) return;
      const layer = found & LAYER_BITS;
      const network = (found >> NETWORK_SHIFT) & LAYER_BITS;
      const isTcp = (found & UDP) === 0;
      const start = stack.start(layer);
      const time = (seconds - firstSecond) * 1e9 + nanoseconds;
      connections.sighting.time = queries.sighting.time = time;
      if (isTcp) {
        const isSecond = readEnds(connections.entries.key, view, stack, network, start);
        tcp.stop(view.getInt32(start + TCP.SEQUENCE), isSecond, number);
        return;
      }
      const hasMessage = layer + 1 < stack.count && stack.layerEnd(layer + 1) - stack.start(layer + 1) >= 2;
      const isSecond = readEnds(queries.entries.key, view, stack, network, start);
      dns.stop(hasMessage ? view.getUint16(stack.start(layer + 1)) : -1, isSecond, number);
      readEnds(flows.entries.key, view, stack, network, start);
      udp.stop(isSecond, number);
      if (traces === undefined) return;
      placeOf(view, stack, NO_TUNNEL, interfaceIndex, 0);
      const sighting = { time, number, tunnels: NO_TUNNEL, point: hand[POINT] as number, isSecond };
      traces.key.set(flows.entries.key);
      traces.stop(sighting, reason, error.from, ipv4Identification(view, stack, network));
    },
    expire(seconds: number, nanoseconds: number): void {
      const now = (seconds - firstSecond) * 1e9 + nanoseconds;
      connections.expire(now);
      queries.expire(now);
    },
    summary(seconds: number, nanoseconds: number): ExchangeSummary {
      const now = (seconds - firstSecond) * 1e9 + nanoseconds;
      const table = new ExchangeTable();
      table.merge(settled);
      connections.summary(table, now);
      queries.summary(table, now);
      const flowTable = new ExchangeTable();
      flowTable.merge(settledFlows);
      flows.summary(flowTable, now);
      const traced = traces?.summary() ?? [];
      const ends = new Set(traced.map(({ src, dst }) => `${src} ${dst}`));
      for (const each of [table, flowTable]) each.settleFewHops(({ src, dst }) => ends.has(`${src} ${dst}`));
      const total = new ExchangeCounts();
      total.merge(table.rest);
      for (const { counts } of table.rows) total.merge(counts);
      return { table, total, flows: flowTable, traces: traced, tunnels, checksums: checksums.ways };
    },
  };
}

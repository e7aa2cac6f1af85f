/** Pings as rows, one a request; and as sightings, one a ping and point: to be put together with those of other hosts. */
import type { ReassemblyEvents } from '../decode/reassembly.ts';
import { HAND } from '../exchange/hand.ts';
import { storedAddress } from '../exchange/ping/path-table.ts';
import { ENTRY, FLAG, MOMENT } from '../exchange/ping/ping-layout.ts';
import { isToldElsewhere, OUTCOME, requestSum } from '../exchange/ping/ping-rules.ts';
import { MOST_ERRORS, type QuotingError } from '../exchange/quoting-error.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import { createTunnelTable } from '../exchange/tunnel-table.ts';
import { createPacketWatch } from '../finding/watch/packet-watch.ts';
import type { CaptureInterface } from '../packet/source.ts';
import { createPointTable } from '../path/points.ts';
import { createSightingStore, type SightingStore } from '../path/sighting-store.ts';
import { escapeControls } from '../text/printable.ts';
import type { Table } from './table-folder.ts';
import type { PingColumns, SightingColumns } from './tables.ts';
import { LONGEST_KEY } from './text-columns.ts';

/** Whose texts are remembered. */
const MOST_ADDRESSES = 4096;
const DIRECTIONS = ['request', 'reply'] as const;
/** Of an entry's source and destination. */
const ADDRESS_WORDS = 8;
const BLANK = 0x20;
const DIGIT = 0x30;
const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef');
/** The key of one ping at a time. */
const key = new Uint8Array(LONGEST_KEY);

function putText(ascii: string, at: number): number {
  for (let i = 0; i < ascii.length; i++) key[at + i] = ascii.charCodeAt(i);
  return at + ascii.length;
}

/** In decimal digits. @param value of 16 bits @returns where they end */
function putNumber(value: number, at: number): number {
  let end = at + 1;
  for (let power = 10; power <= value; power *= 10) end++;
  for (let i = end - 1, rest = value; i >= at; i--) {
    const next = (rest / 10) | 0;
    key[i] = DIGIT + rest - next * 10;
    rest = next;
  }
  return end;
}

export interface PingRows {
  /** A packet, decoded, its fragments reassembled: as {@link SightingStore} takes it. */
  packet: SightingStore['packet'];
  /** One more packet that came in the same TCP segment: it has no row of its own, and so names no ping. */
  other: SightingStore['packet'];
  /** The ping that the packet taken last belongs to, by the number of the first packet that does; 0 where it is of none. */
  ping(): number;
  /** For the reassembler. */
  readonly events: Pick<ReassemblyEvents, 'firstFragment'>;
  /** Has pings that were sent before that time (seconds since 1970) written, as far as they have come. */
  settleBefore(time: number): void;
  /** Has every ping that is still remembered written. */
  end(): void;
}

export interface PingRowsOptions {
  /** Where rows go, of those that are wanted. */
  readonly pings: Table<PingColumns> | undefined;
  readonly sightings: Table<SightingColumns> | undefined;
  readonly node: string;
  /** The source's own list, which grows while packets are read. */
  readonly interfaces: readonly CaptureInterface[];
}

export function createPingRows(options: PingRowsOptions): PingRows {
  const { pings, sightings, node, interfaces } = options;
  const tunnels = createTunnelTable();
  const origin = { label: '', clock: 0, unnamed: node };
  const points = createPointTable(interfaces, () => origin);
  const watch = createPacketWatch();
  const errors: string[] = [];
  const errorNumbers = new Map<QuotingError, number>();
  const store = createSightingStore({ points: points.list, findPoint: points.find, tunnels, settle: leave });
  const { words, memory } = store;
  const { hand } = memory;
  const { moments, capacity, next } = memory.entries;
  /** 1 for each ping that is remembered and written already. */
  const isWritten = new Uint8Array(capacity);
  /** Of each ping that is remembered, the first packet's. */
  const firstNumbers = new Float64Array(capacity);
  const tunnelTexts: string[] = [];

  const ends = { version: -1, words: new Int32Array(ADDRESS_WORDS), src: '', dst: '', keyLength: 0 };
  let keyNumber = 0;
  let ping = 0;
  /** Of a request whose first fragment has come with the packet at hand. */
  let fragment = -1;
  /** Of the echo that was taken last. */
  let taken = -1;
  const pointNames: string[] = [];
  /** Texts of IPv4 addresses, by their bits. */
  const addresses = new Map<number, string>();

  function pointName(point: number): string {
    pointNames[point] ??= escapeControls(points.list[point]?.name ?? '');
    return pointNames[point] as string;
  }

  function addressText(at: number, isIpv6: boolean): string {
    if (isIpv6) return storedAddress(words, at, true);
    let text = addresses.get(words[at]);
    if (text === undefined) {
      if (addresses.size === MOST_ADDRESSES) addresses.clear();
      text = storedAddress(words, at, false);
      addresses.set(words[at], text);
    }
    return text;
  }

  /** Who pings whom: reads the entry's addresses, where they are others than the last one's. */
  function readEnds(entry: number): void {
    const word = entry * ENTRY.STRIDE;
    const version = words[word + ENTRY.FLAGS] & FLAG.IPV6;
    let isSame = ends.version === version;
    for (let i = 0; isSame && i < ADDRESS_WORDS; i++)
      isSame = words[word + ENTRY.SOURCE + i] === ends.words[i];
    if (isSame) return;
    ends.version = version;
    for (let i = 0; i < ADDRESS_WORDS; i++) ends.words[i] = words[word + ENTRY.SOURCE + i];
    ends.src = addressText(word + ENTRY.SOURCE, version !== 0);
    ends.dst = addressText(word + ENTRY.DESTINATION, version !== 0);
    ends.keyLength = putText(`${ends.src} ${ends.dst} `, 0);
  }

  /** Writes the key of {@link SightingColumns} for the entry whose addresses were read last. @returns its length */
  function writeKey(entry: number): number {
    const word = entry * ENTRY.STRIDE;
    const identity = words[word + ENTRY.IDENTITY];
    const isOrphan = (words[word + ENTRY.FLAGS] & FLAG.STATE) === FLAG.ORPHAN;
    const print = words[word + (isOrphan ? ENTRY.REPLY_PRINT : ENTRY.REQUEST_PRINT)];
    let at = putNumber(identity >>> 16, ends.keyLength);
    key[at++] = BLANK;
    at = putNumber(identity & 0xffff, at);
    key[at++] = BLANK;
    const sum = requestSum(print, isOrphan, ends.version !== 0);
    for (let shift = 12; shift >= 0; shift -= 4) key[at++] = HEX_DIGITS[(sum >> shift) & 15];
    return at;
  }

  function leave(entry: number): void {
    const isNew = isWritten[entry] === 0;
    isWritten[entry] = 0;
    firstNumbers[entry] = 0;
    if (isNew) settle(entry);
  }

  function settleBefore(time: number): void {
    const latest = (time - store.firstSecond) * 1e9;
    for (let ago = capacity; ago > 0; ago--) {
      const entry = next(ago);
      const state = words[entry * ENTRY.STRIDE + ENTRY.FLAGS] & FLAG.STATE;
      if (state === FLAG.EMPTY || isWritten[entry] !== 0) continue;
      const moment = state === FLAG.ORPHAN ? MOMENT.REPLY_TIME : MOMENT.REQUEST_TIME;
      if (!(moments[entry * MOMENT.STRIDE + moment] < latest)) continue;
      memory.reviewLater(entry);
      settle(entry);
      isWritten[entry] = 1;
    }
  }

  function settle(entry: number): void {
    if (isToldElsewhere(store.notes(entry)) || (store.mask(entry, 0) | store.mask(entry, 1)) === 0) return;
    readEnds(entry);
    const isOrphan = (words[entry * ENTRY.STRIDE + ENTRY.FLAGS] & FLAG.STATE) === FLAG.ORPHAN;
    if (pings !== undefined && !isOrphan) writePing(pings, entry);
    if (sightings === undefined) return;
    const length = writeKey(entry);
    keyNumber++;
    for (let direction = 0; direction < 2; direction++)
      for (let rest = store.mask(entry, direction), point = 0; rest !== 0; rest >>>= 1, point++)
        if ((rest & 1) !== 0) writeSighting(sightings, entry, direction, point, length);
  }

  function textOf(id: number): string {
    tunnelTexts[id] ??= JSON.stringify(tunnels.tunnels(id).map(({ srcport: _, ...tunnel }) => tunnel));
    return tunnelTexts[id] as string;
  }

  function writePing(table: Table<PingColumns>, entry: number): void {
    const word = entry * ENTRY.STRIDE;
    const moment = entry * MOMENT.STRIDE;
    const sent = moments[moment + MOMENT.REQUEST_TIME] as number;
    const since = Math.floor(sent / 1e9);
    const row = table.next(store.firstSecond + since);
    const to = table.columns;
    to.number.set(row, 0, moments[moment + MOMENT.REQUEST_NUMBER]);
    to.src.set(row, ends.src);
    to.dst.set(row, ends.dst);
    to.kind.set(row, ends.version !== 0 ? 'icmpv6' : 'icmp');
    const identity = words[word + ENTRY.IDENTITY];
    to.ident.set(row, identity >>> 16);
    to.seq.set(row, identity & 0xffff);
    to.sent.set(row, store.firstSecond + since, sent - since * 1e9);
    to.ttl.set(row, words[word + ENTRY.HOPS] & 0xff);
    const isAnswered = store.outcome(entry) === OUTCOME.answered;
    to.answered.set(row, isAnswered);
    const elapsed = moments[moment + MOMENT.REPLY_TIME] - sent;
    if (isAnswered && elapsed >= 0) to.rttNs.set(row, 0, elapsed);
    to.duplicates.set(row, words[word + ENTRY.DUPLICATES]);
    const id = words[word + ENTRY.REQUEST_TUNNELS];
    const tunnel = tunnels.tunnels(id)[0];
    if (tunnel !== undefined) {
      fillTunnel(to, row, tunnel);
      if (tunnel.src !== undefined) to.outerSrc.set(row, tunnel.src);
      if (tunnel.dst !== undefined) to.outerDst.set(row, tunnel.dst);
      to.tunnels.set(row, textOf(id));
    }
    const back = isAnswered ? tunnels.tunnels(words[word + ENTRY.REPLY_TUNNELS])[0] : undefined;
    if (back !== undefined) to.replyTunnel.set(row, back.kind);
    const error = errors[store.error(entry)];
    if (error !== undefined) to.error.set(row, error);
    const direction = store.mask(entry, 1) !== 0 ? 1 : 0;
    to.lastSeenDirection.set(row, DIRECTIONS[direction]);
    to.lastSeenPoint.set(row, pointName(lastPoint(entry, direction)));
  }

  /** Where the ping was seen last in a direction, by the capture's clock. */
  function lastPoint(entry: number, direction: number): number {
    let last = -1;
    let latest = Number.NEGATIVE_INFINITY;
    for (let rest = store.mask(entry, direction), point = 0; rest !== 0; rest >>>= 1, point++) {
      if ((rest & 1) === 0) continue;
      const time = store.times[store.slot(entry, direction, point)];
      if (time < latest) continue;
      latest = time;
      last = point;
    }
    return last;
  }

  function writeSighting(
    table: Table<SightingColumns>,
    entry: number,
    direction: number,
    point: number,
    length: number,
  ): void {
    const slot = store.slot(entry, direction, point);
    const time = store.times[slot];
    const since = Math.floor(time / 1e9);
    const row = table.next(store.firstSecond + since);
    const to = table.columns;
    to.key.set(row, key, length, keyNumber);
    to.direction.set(row, DIRECTIONS[direction] as string);
    to.point.set(row, pointName(point));
    to.time.set(row, store.firstSecond + since, time - since * 1e9);
    to.src.set(row, ends.src);
    to.dst.set(row, ends.dst);
    const identity = words[entry * ENTRY.STRIDE + ENTRY.IDENTITY];
    to.ident.set(row, identity >>> 16);
    to.seq.set(row, identity & 0xffff);
    to.ttl.set(row, store.innerHops[slot]);
    const tunnel = tunnels.tunnels(store.tunnels[slot])[0];
    if (tunnel !== undefined) {
      to.outerTtl.set(row, store.outerHops[slot]);
      fillTunnel(to, row, tunnel);
    }
    to.copies.set(row, store.counts[slot] - 1);
  }

  function noteError(error: QuotingError, ping: number): void {
    let number = errorNumbers.get(error);
    if (number === undefined) {
      if (errors.length === MOST_ERRORS) return;
      const { isIpv6, type, code, from } = error;
      number = errors.push(`${isIpv6 ? 'icmpv6' : 'icmp'} ${type}/${code} from ${from}`) - 1;
      errorNumbers.set(error, number);
    }
    store.noteError(ping, number);
  }

  function pingOf(entry: number, number: number): number {
    if (entry < 0) return 0;
    if (firstNumbers[entry] === 0) firstNumbers[entry] = number;
    return firstNumbers[entry];
  }

  const take: PingRows['other'] = (view, layers, number, seconds, nanoseconds, interfaceIndex) => {
    const echo = store.packet(view, layers, number, seconds, nanoseconds, interfaceIndex);
    taken = echo < 0 ? -1 : hand[HAND.ENTRY];
    const error = watch.packet(view, layers, number, echo);
    if (watch.isDamaged()) store.spoil(number);
    if (echo >= 0 || error === undefined) return echo;
    const about = store.takeError(view, layers, error, number, seconds, nanoseconds, interfaceIndex);
    if (about >= 0) noteError(error, about);
    return echo;
  };

  return {
    ping: () => ping,
    other: take,
    events: {
      firstFragment(view, layers, number, seconds, nanoseconds, interfaceIndex) {
        hand[HAND.ENTRY] = -1;
        store.firstFragment(view, layers, number, seconds, nanoseconds, interfaceIndex);
        fragment = hand[HAND.ENTRY];
      },
    },
    packet(view, layers, number, seconds, nanoseconds, interfaceIndex) {
      const echo = take(view, layers, number, seconds, nanoseconds, interfaceIndex);
      ping = pingOf(echo < 0 ? fragment : taken, number);
      fragment = -1;
      return echo;
    },
    settleBefore,
    end: store.settleAll,
  };
}

function fillTunnel(
  to: Pick<PingColumns, 'tunnel' | 'vni' | 'tunnelId'>,
  row: number,
  { kind, vni, key, session, teid }: Tunnel,
): void {
  to.tunnel.set(row, kind);
  if (vni !== undefined) to.vni.set(row, vni);
  const identifier = vni ?? key ?? session ?? teid;
  if (identifier !== undefined) to.tunnelId.set(row, identifier);
}

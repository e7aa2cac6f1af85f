/**
 * Which request a reply answers, packet by packet: both seen at the same interface, so that the time between them is a round
 * trip that somebody had there. The matcher's pings are put together out of all interfaces, and their packets may be of two.
 */

import type { LayerStack } from '../../decode/layer-stack.ts';
import { addressText } from '../../exchange/ip-header.ts';
import { createEchoReader, ECHO } from '../../exchange/ping/echo-reader.ts';
import { createGroupRequests } from '../../exchange/ping/group-requests.ts';
import { runOf } from '../../exchange/ping/path-table.ts';
import { createPingEntries } from '../../exchange/ping/ping-entries.ts';
import { ENTRY, FLAG, MOMENT } from '../../exchange/ping/ping-layout.ts';
import { CAPACITY } from '../../exchange/ping/ping-memory.ts';
import { MOST_CANDIDATES, REPEAT_WINDOW } from '../../exchange/ping/ping-rules.ts';
import { RELATION } from '../../exchange/tunnel-relation.ts';
import { LINKTYPE_LINUX_SLL2 } from '../../packet/link-type.ts';
import type { PingTracker } from '../../verdict/verify.ts';
import type { PacketStore } from './store.ts';

/** Sightings of one ping that are looked at: at so many interfaces it may have been seen. */
const MOST_SIGHTINGS = 64 * MOST_CANDIDATES;

export interface PingLinks {
  /** Takes the packet into account that the store and the tracker took last, and that is an echo request or reply. */
  ping(view: DataView, stack: LayerStack, seconds: number, nanoseconds: number, interfaceIndex: number): void;
  /** The same of one that quotes another packet: it may say that a request ran out of hops. */
  quoting(view: DataView, stack: LayerStack): void;
}

/** Links the pings in a store, whose packets are shown to a tracker too. */
export function createPingLinks(store: PacketStore, { tunnels, answeredRequest }: PingTracker): PingLinks {
  const { STRIDE, OLDER, FLAGS, REQUEST_TUNNELS: TUNNELS } = ENTRY;
  // An entry is one sighting of a request: what a whole ping's places take holds its interface, and the device for Linux's `any`.
  const { REQUEST_PLACES: INTERFACE, REPLY_PLACES: DEVICE } = ENTRY;
  const { STRIDE: MOMENTS, REQUEST_TIME, REQUEST_NUMBER } = MOMENT;
  const { STATE, PENDING, ANSWERED } = FLAG;
  const { REPLY } = ECHO;
  const [SLL2, SIGHTINGS, REPEAT] = [LINKTYPE_LINUX_SLL2, MOST_SIGHTINGS, REPEAT_WINDOW];
  const NOT_ASKED = -2;
  const { same: SAME, otherVni: OTHER_VNI } = RELATION;
  const entries = createPingEntries(CAPACITY);
  const { words, moments, key, newest, isMatch, take } = entries;
  const { isGroup } = createGroupRequests(entries);
  const { relation, last } = tunnels;
  const readEcho = createEchoReader(key);
  const readQuoted = createEchoReader(key, true);

  /** A request: whether it is answered already, as its reply stands before it or it was seen at another interface before. */
  function noteRequest(tunnel: number, time: number, interfaceIndex: number, device: number): void {
    // Who answers one to many is not known by its address.
    if (isGroup()) return;
    const number = store.count;
    let isAnswered = answeredRequest() === number;
    let sightings = 0;
    // Asked in any case: the entry that is taken below goes into this bucket.
    for (let entry = newest(); entry >= 0 && !isAnswered; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      if (++sightings > SIGHTINGS || time - moments[entry * MOMENTS + REQUEST_TIME] > REPEAT) break;
      const word = entry * STRIDE;
      const isElsewhere = words[word + INTERFACE] !== interfaceIndex || words[word + DEVICE] !== device;
      if (!isElsewhere || relation(words[word + TUNNELS], tunnel) === OTHER_VNI) continue;
      isAnswered = (words[word + FLAGS] & STATE) === ANSWERED;
    }
    const entry = take(isAnswered ? ANSWERED : PENDING);
    const word = entry * STRIDE;
    words[word + TUNNELS] = tunnel;
    words[word + INTERFACE] = interfaceIndex;
    words[word + DEVICE] = device;
    moments[entry * MOMENTS + REQUEST_TIME] = time;
    moments[entry * MOMENTS + REQUEST_NUMBER] = number;
    store.noteRequest(isAnswered);
  }

  /** Of the request with the number, as it was seen then; -1 where it is not known. */
  function tunnelOf(request: number): number {
    for (let entry = newest(); entry >= 0 && request > 0; entry = words[entry * STRIDE + OLDER]) {
      if (moments[entry * MOMENTS + REQUEST_NUMBER] === request && isMatch(entry))
        return words[entry * STRIDE + TUNNELS];
    }
    return -1;
  }

  /** A reply: the request's sightings are answered all, and the one at the reply's own interface is its other half. */
  function linkReply(tunnel: number, interfaceIndex: number, device: number): void {
    const answered = answeredRequest();
    let answeredTunnel = NOT_ASKED;
    let request = 0;
    let isSameWay = false;
    let latest = Number.NaN;
    let sightings = 0;
    for (let entry = newest(); entry >= 0; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      if (++sightings > SIGHTINGS || latest - moments[entry * MOMENTS + REQUEST_TIME] > REPEAT) break;
      const word = entry * STRIDE;
      const way = relation(words[word + TUNNELS], tunnel);
      // Another tenant's ping, unless it is this reply's own: not every network has one VNI for both directions.
      if (way === OTHER_VNI) {
        if (answeredTunnel === NOT_ASKED) answeredTunnel = tunnelOf(answered);
        if (words[word + TUNNELS] !== answeredTunnel) continue;
      }
      if (sightings === 1) latest = moments[entry * MOMENTS + REQUEST_TIME];
      const number = moments[entry * MOMENTS + REQUEST_NUMBER];
      if ((words[word + FLAGS] & STATE) === PENDING) {
        words[word + FLAGS] = (words[word + FLAGS] & ~STATE) | ANSWERED;
        store.noteAnswered(number - 1);
      }
      if (words[word + INTERFACE] !== interfaceIndex || words[word + DEVICE] !== device) continue;
      // The matcher's own choice where it was seen here; else the newest, and rather one that went through the same tunnels.
      if (number === answered || request === 0 || (request !== answered && !isSameWay && way === SAME))
        request = number;
      isSameWay ||= way === SAME;
    }
    if (request > 0) store.link(request - 1);
    else if (sightings === 0 && answered > 0 && store.isOfInterface(answered - 1, interfaceIndex))
      store.link(answered - 1);
  }

  return {
    ping(view, stack, seconds, nanoseconds, interfaceIndex) {
      const found = readEcho(view, stack);
      if (found < 0) return;
      const device = stack.linkType === SLL2 ? view.getInt32(stack.packetStart + 4) : 0;
      const time = (seconds - store.firstSeconds) * 1e9 + nanoseconds;
      if ((found & REPLY) === 0) noteRequest(last(), time, interfaceIndex, device);
      else linkReply(last(), interfaceIndex, device);
    },
    quoting(view, stack) {
      const found = readQuoted(view, stack);
      if (found < 0 || (found & REPLY) !== 0) return;
      const [layer, network] = [found & ECHO.LAYER, (found >> ECHO.NETWORK_SHIFT) & ECHO.LAYER];
      let quote = network;
      while (quote > 0 && stack.isQuoted(quote - 1)) quote--;
      const sender = stack.networkBefore(quote);
      if (sender < 0 || !isTimeExceeded(view, stack, quote - 1)) return;
      const [src, dst] = [addressText(view, stack, network, 0), addressText(view, stack, network, 1)];
      const run = runOf({ src, dst, ident: view.getUint16(stack.start(layer) + 4) });
      const ranOut = { by: store.count - 1, from: addressText(view, stack, sender, 0), run };
      let sightings = 0;
      for (let entry = newest(); entry >= 0 && sightings < SIGHTINGS; entry = words[entry * STRIDE + OLDER]) {
        if (!isMatch(entry)) continue;
        sightings++;
        if ((words[entry * STRIDE + FLAGS] & STATE) === PENDING)
          store.hops.note(moments[entry * MOMENTS + REQUEST_NUMBER] - 1, ranOut);
      }
    },
  };
}

/** In transit (RFC 792; RFC 4443, section 3.3). */
function isTimeExceeded(view: DataView, stack: LayerStack, layer: number): boolean {
  const { name } = stack.describe(layer);
  const start = stack.start(layer);
  const type = name === 'icmp' ? 11 : name === 'icmpv6' ? 3 : -1;
  return view.getUint8(start) === type && view.getUint8(start + 1) === 0;
}

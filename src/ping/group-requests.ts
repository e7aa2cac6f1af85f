/** Requests to many at once (multicast, broadcast), whose replies come from addresses that were never asked by name. */
import { ENTRY, FLAG, KEY_IDENTITY, KEY_VERSION, type PingEntries } from './ping-entries.ts';

/** The most that are remembered, newest first. */
const MOST = 64;

export interface GroupRequests {
  /** Whether the key at hand asks a group: multicast (224.0.0.0/4, ff00::/8), or an IPv4 address whose last byte is 255. */
  isGroup(): boolean;
  /** Remembers a request to a group. */
  note(entry: number): void;
  /** A remembered request has another number from now on. */
  moved(from: number, to: number): void;
  areThere(): boolean;
  /** The newest request to a group that a reply with the key at hand may answer, or -1. */
  requestOf(): number;
}

export function createGroupRequests({ words, key }: PingEntries): GroupRequests {
  const { STRIDE, FLAGS, SOURCE, IDENTITY } = ENTRY;
  const { STATE, ORPHAN, EMPTY, IPV6 } = FLAG;
  const [KEY_NUMBERS, KEY_IP] = [KEY_IDENTITY, KEY_VERSION];
  const DESTINATION = 4;
  const noted = new Int32Array(MOST);
  let count = 0;

  return {
    isGroup: () => isGroupAddress(key[DESTINATION], key[KEY_IP] !== 0),
    note(entry) {
      noted[count++ % MOST] = entry;
    },
    moved(from, to) {
      if (count === 0) return;
      const at = noted.indexOf(from);
      if (at >= 0) noted[at] = to;
    },
    areThere: () => count > 0,
    requestOf() {
      for (let i = count - 1; i >= 0 && i >= count - MOST; i--) {
        const entry = noted[i % MOST];
        const word = entry * STRIDE;
        const flags = words[word + FLAGS];
        const state = flags & STATE;
        if (state === EMPTY || state === ORPHAN || (flags & IPV6) !== key[KEY_IP]) continue;
        if (words[word + IDENTITY] !== key[KEY_NUMBERS]) continue;
        let at = 0;
        while (at < 4 && words[word + SOURCE + at] === key[at]) at++;
        // An entry whose place was taken by another request since is no longer one to a group.
        if (at === 4 && isGroupAddress(words[word + SOURCE + DESTINATION], key[KEY_IP] !== 0)) return entry;
      }
      return -1;
    },
  };
}

/** @param first the address's first 32 bits, which for IPv4 are all */
function isGroupAddress(first: number, isIpv6: boolean): boolean {
  if (isIpv6) return first >>> 24 === 0xff;
  // A host may have an address that ends in 255, in a large network: its own replies then match it exactly.
  return first >>> 28 === 14 || (first & 255) === 255;
}

/**
 * Requests to many at once (multicast, broadcast), whose replies come from addresses that were never asked by name. As for ping, the
 * first reply answers the request, and those of further members are its duplicates.
 */
import { randomFactors } from '../../decode/hash.ts';
import { storedAddress } from './path-table.ts';
import type { PingEntries } from './ping-entries.ts';
import { ENTRY, FLAG, KEY_IDENTITY, KEY_VERSION, NOTE } from './ping-layout.ts';
import { isGroupAddress } from './ping-rules.ts';

/** The most that are remembered, newest first. */
const MOST = 64;
/** The most members that are remembered, of all groups; and the most of one that are told by name. */
const MEMBER_BITS = 10;
const MOST_MEMBERS = 1 << (MEMBER_BITS - 1);
const MOST_NAMED = 64;
/** Words of a member: who asked, the group, the member, and the IP version and one. */
const MEMBER_WORDS = 13;

/** Who answered requests to a group. */
export interface GroupMembers {
  /** Who asks. */
  readonly src: string;
  /** The group. */
  readonly dst: string;
  readonly members: readonly string[];
}

export interface GroupRequests {
  /** Whether the key at hand asks a group, by its address. */
  isGroup(): boolean;
  /** Remembers a request to a group. */
  note(entry: number): void;
  /** A remembered request has another number from now on. */
  moved(from: number, to: number): void;
  areThere(): boolean;
  /** The newest request to a group that a reply with the key at hand may answer, or -1. */
  requestOf(): number;
  /** The sender of a reply with the key at hand is a member of the group that the request asks. */
  noteMember(entry: number): void;
  /** In the order in which they answered first. */
  members(): GroupMembers[];
}

export function createGroupRequests({ words, key, fits }: PingEntries): GroupRequests {
  const { STRIDE, FLAGS, SOURCE, IDENTITY, NOTES } = ENTRY;
  const { GROUP } = NOTE;
  const { STATE, ORPHAN, EMPTY, IPV6 } = FLAG;
  const [KEY_NUMBERS, KEY_IP] = [KEY_IDENTITY, KEY_VERSION];
  const DESTINATION = 4;
  const noted = new Int32Array(MOST);
  const known = new Int32Array(MOST_MEMBERS * MEMBER_WORDS);
  /** A member's number and one, by a hash of its words; 0 if there is none. */
  const places = new Int16Array(1 << MEMBER_BITS);
  const factors = randomFactors(MEMBER_WORDS);
  const one = new Int32Array(MEMBER_WORDS);
  let count = 0;
  let memberCount = 0;

  return {
    isGroup: () => isGroupAddress(key[DESTINATION], key[KEY_IP] !== 0),
    note(entry) {
      words[entry * STRIDE + NOTES] |= GROUP;
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
        if (words[word + IDENTITY] !== key[KEY_NUMBERS] || !fits(entry)) continue;
        let at = 0;
        while (at < 4 && words[word + SOURCE + at] === key[at]) at++;
        // An entry whose place was taken by another request since is no longer one to a group.
        if (at === 4 && (words[word + NOTES] & GROUP) !== 0) return entry;
      }
      return -1;
    },
    noteMember(entry) {
      const from = entry * STRIDE + SOURCE;
      for (let i = 0; i < 8; i++) one[i] = words[from + i];
      for (let i = 0; i < 4; i++) one[8 + i] = key[DESTINATION + i];
      one[12] = key[KEY_IP] + 1;
      let hash = 0;
      for (let i = 0; i < MEMBER_WORDS; i++) hash = (hash + Math.imul(one[i], factors[i])) | 0;
      let place = hash >>> (32 - MEMBER_BITS);
      for (; places[place] !== 0; place = (place + 1) & ((1 << MEMBER_BITS) - 1)) {
        const at = (places[place] - 1) * MEMBER_WORDS;
        let i = 0;
        while (i < MEMBER_WORDS && known[at + i] === one[i]) i++;
        if (i === MEMBER_WORDS) return;
      }
      if (memberCount === MOST_MEMBERS) return;
      known.set(one, memberCount * MEMBER_WORDS);
      places[place] = ++memberCount;
    },
    members() {
      const groups = new Map<string, { src: string; dst: string; members: string[] }>();
      for (let at = 0; at < memberCount * MEMBER_WORDS; at += MEMBER_WORDS) {
        const isIpv6 = known[at + 12] !== 1;
        const [src, dst, member] = [0, 4, 8].map((i) => storedAddress(known, at + i, isIpv6)) as [
          string,
          string,
          string,
        ];
        const group = groups.get(`${src} ${dst}`) ?? { src, dst, members: [] };
        groups.set(`${src} ${dst}`, group);
        if (group.members.length < MOST_NAMED) group.members.push(member);
      }
      return [...groups.values()];
    },
  };
}

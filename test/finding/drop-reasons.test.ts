/** The table of reasons, beside this kernel's own list of them. */
import { describe, expect, it } from 'vitest';
import { DROP_REASONS, DROP_REASONS_IN, dropMeaning } from '../../src/finding/drop-reasons.ts';
import { NO_LOSS } from '../../src/host/drops/drop-watch.ts';
import { parseEventFormat } from '../../src/host/drops/event-format.ts';
import { skipNote } from '../support/lab.ts';
import { missingForTracing, withTracing } from '../support/raw-trace.ts';

/** Of no tunnel and no ping: TCP's own, other kinds of sockets and buses, crypto offload, a queue's discipline, the last number. */
const ELSEWHERE =
  /^(TCP_|UNIX_|CAN|PSP_|CAKE_|FQ_|DUALPI2_|TC_(COOKIE|CHAIN|RECLASSIFY)|MAX$|NOT_SPECIFIED$)/;
/** Names that earlier kernels have, or others that were looked into. */
const EARLIER = new Set(['VXLAN_NO_REMOTE']);

const missing = missingForTracing();
describe.skipIf(missing !== undefined)(`the kernel’s reasons${skipNote(missing)}`, () => {
  const { symbols } = parseEventFormat(withTracing('cat events/skb/kfree_skb/format').stdout);
  const names = [...symbols.values()];

  it('each is in the table, or left out on purpose', () => {
    const unknown = names.filter(
      (name) => !(name in DROP_REASONS) && !NO_LOSS.has(name) && !ELSEWHERE.test(name),
    );
    // A kernel that is newer than the table has more, which are shown by their names.
    if (names.includes('RECURSION_LIMIT') && names.length <= 128) expect(unknown).toEqual([]);
    else expect(unknown.length).toBeLessThan(names.length / 4);
  });

  it('and what the table has, the newest kernel knows', () => {
    if (!names.includes('RECURSION_LIMIT')) return;
    expect(Object.keys(DROP_REASONS).filter((name) => !names.includes(name) && !EARLIER.has(name))).toEqual(
      [],
    );
  });
});

describe('what a reason means', () => {
  it.each<[what: string, words: Parameters<typeof dropMeaning>, fact: string | undefined]>([
    ['with the VNI', ['VXLAN_VNI_NOT_FOUND', 'vxlan_rcv', { vni: 43 }], 'no VXLAN device here has VNI 43'],
    ['without', ['VXLAN_VNI_NOT_FOUND', 'vxlan_rcv'], 'no VXLAN device here has its VNI'],
    [
      'with the port',
      ['NO_SOCKET', '__udp4_lib_rcv', { port: 9000 }],
      'nothing listens on UDP port 9000 at this address',
    ],
    [
      'no reason: by the function',
      ['NOT_SPECIFIED', 'ip_error'],
      'a blackhole, unreachable or prohibit route matches it',
    ],
    [
      'a reason before the function',
      ['IP_INNOROUTES', 'ip_error'],
      'this machine has no route to its destination',
    ],
    [
      'the same reason of TCP, where no tunnel ends',
      ['NO_SOCKET', 'tcp_v4_rcv', { port: 4789 }],
      'nothing listens on its TCP port at this address',
    ],
    // net/ipv4/ip_forward.c, too_many_hops.
    ['a TTL that ran out', ['IP_INHDR', 'ip_forward'], 'its TTL (or hop limit) ran out'],
    ['any other wrong header', ['IP_INHDR', 'ip_rcv_core'], 'its IP header is wrong'],
    ['nothing is known', ['NOT_SPECIFIED', 'some_function'], undefined],
    ['a name that JavaScript’s objects have', ['constructor', 'ip_error'], undefined],
    ['the same of a function', ['NOT_SPECIFIED', '__proto__'], undefined],
  ])('%s', (_, words, fact) => {
    expect(dropMeaning(...words)?.fact).toBe(fact);
  });

  it('they are parts of a sentence: none ends in a full stop', () => {
    for (const { fact, advice } of [DROP_REASONS, DROP_REASONS_IN].flatMap(Object.values)) {
      expect(fact).toMatch(/[^.:]$/);
      expect(advice).toMatch(/^[a-z].*[^.]$/);
    }
  });
});

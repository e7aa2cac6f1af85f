/** Lines of trace_pipe, as kernels print them, with names of processes that try to be more. */
import { describe, expect, it } from 'vitest';
import { createDropLines, type DropLine } from '../../../src/host/drops/drop-lines.ts';

function read(...pieces: string[]): { drops: DropLine[]; lost: number } {
  const lines = createDropLines();
  const drops: DropLine[] = [];
  for (const piece of pieces) lines.take(piece, (drop) => drops.push(drop));
  return { drops, lost: lines.lost };
}

const TAIL =
  '[001] ..s1. 1795959118.793984: kfree_skb: skbaddr=ffff88813fa7be00 rx_sk=0000000000000000 protocol=2048 location=__udp4_lib_rcv+0x1a3/0x6e0 reason: NO_SOCKET\n';
const DROP = {
  time: 1795959118793984,
  address: 0x88813fa7be00 + 0xf * 2 ** 48,
  protocol: 2048,
  location: '__udp4_lib_rcv',
  reason: 'NO_SOCKET',
};

describe('a line of kfree_skb', () => {
  it.each<[what: string, line: string, drop: Partial<DropLine>]>([
    ['Linux 6.18', `           socat-22895   ${TAIL}`, DROP],
    [
      'Linux 5.17, which has no rx_sk',
      `          <idle>-0       [000] ..s.. 12.000001: kfree_skb: skbaddr=00000000abcdef01 protocol=2054 location=arp_process reason: NOT_SPECIFIED\n`,
      {
        time: 12000001,
        address: 0xabcdef01,
        protocol: 2054,
        location: 'arp_process',
        reason: 'NOT_SPECIFIED',
      },
    ],
    [
      'a function of a module, and a part that the compiler made',
      TAIL.replace('__udp4_lib_rcv+0x1a3/0x6e0', 'vxlan_rcv.constprop.0+0x1/0x2 [vxlan]'),
      { location: 'vxlan_rcv' },
    ],
    [
      'an address where names are hidden',
      TAIL.replace('__udp4_lib_rcv+0x1a3/0x6e0', '0xffffffff81234567'),
      { location: '0xffffffff81234567' },
    ],
    [
      'a reason that has no name',
      TAIL.replace('NO_SOCKET', '0x30001'),
      { location: '__udp4_lib_rcv', reason: '0x30001' },
    ],
    ['a process named like a line', `1.000000: kfree_skb: -7   ${TAIL}`, DROP],
    ['a process with a newline in its name', `x\n reason: XDP-7   ${TAIL}`, DROP],
  ])('%s', (_, line, drop) => {
    const { drops } = read(line);
    expect(drops).toEqual([expect.objectContaining(drop)]);
  });

  it('breaks off anywhere, and goes on with what is read next', () => {
    const line = `socat-22895   ${TAIL}`;
    for (let at = 0; at < line.length; at++) {
      expect(read(line.slice(0, at), line.slice(at)).drops).toEqual([DROP]);
    }
  });

  it.each([
    ['another event', 'ping-1 [000] b.... 1.000000: netif_receive_skb: dev=eth0 skbaddr=ffff len=84\n'],
    ['a line that breaks off and is ended', `${TAIL.slice(0, -12)}\n`],
    ['a header of the trace', '# tracer: nop\n'],
  ])('%s is no drop', (_, line) => {
    expect(read(line)).toEqual({ drops: [], lost: 0 });
  });

  it('events that the kernel had no room for are counted', () => {
    const { drops, lost } = read(`CPU:1 [LOST 12 EVENTS]\n${TAIL}CPU:0 [LOST 3 EVENTS]\n`);
    expect(drops).toHaveLength(1);
    expect(lost).toBe(15);
  });
});

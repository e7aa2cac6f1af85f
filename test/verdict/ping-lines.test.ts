/** Pings in lines, and no more of them than anybody reads. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createPingLines } from '../../src/verdict/ping-lines.ts';
import { BACK, echo, icmpError, inVxlan, type TimedPacket, trackerOf } from '../support/pings.ts';

const request = (seq: number) => ({ bytes: inVxlan(echo({ seq }), 42), time: seq * 1e6 });
const reply = (seq: number, after = 250_000) => ({
  bytes: inVxlan(echo({ seq, reply: true }), 42, BACK),
  time: seq * 1e6 + after,
});

function linesOf(packets: readonly TimedPacket[], most: number): string[] {
  let text = '';
  const { wants, tell, end } = createPingLines((more) => {
    text += more;
  }, most);
  trackerOf(packets, { onEvent: tell, wants }).tick(Number.POSITIVE_INFINITY);
  end();
  return text.split('\n').slice(0, -1);
}

/** The second of all these packets, as date(1) tells it. */
const CLOCK = execFileSync('date', ['-d', '@1763828594', '+%T'], { encoding: 'utf8' }).trim();
const PING = '172.16.0.2 → 172.16.1.2 id 17767';
const TUNNEL = 'in vxlan vni 42 10.1.0.10 → 10.2.0.10 udp 4789';

describe('a line a ping', () => {
  it.each<[what: string, packets: TimedPacket[], most: number, expected: string[]]>([
    ['no ping', [], 5, []],
    ['answered', [request(7), reply(7)], 5, [`${CLOCK}.007250 ${PING} seq 7: 0.250 ms, ${TUNNEL}`, '']],
    [
      'not answered, and answered twice',
      [request(1), request(2), reply(2), reply(2, 260_000)],
      5,
      [
        `${CLOCK}.002250 ${PING} seq 2: 0.250 ms, ${TUNNEL}`,
        `${CLOCK}.002260 ${PING} seq 2: duplicate reply, ${TUNNEL}`,
        `${CLOCK}.001000 ${PING} seq 1: not answered, ${TUNNEL}`,
        '',
      ],
    ],
    [
      'out of hops, as a router says',
      [request(1), { bytes: icmpError('172.16.0.1', 11, 0, echo({ seq: 1 })), time: 2e6 }],
      5,
      [`${CLOCK}.001000 ${PING} seq 1: ran out of hops at 172.16.0.1, ${TUNNEL}`, ''],
    ],
    [
      'before its request',
      [request(1), reply(1, -1000)],
      5,
      [`${CLOCK}.000999 ${PING} seq 1: answered, but dated before the request, ${TUNNEL}`, ''],
    ],
    [
      'more than there is room for',
      [request(1), request(2), reply(2), request(3), reply(3), reply(3, 260_000), request(4), reply(4)],
      1,
      [
        `${CLOCK}.002250 ${PING} seq 2: 0.250 ms, ${TUNNEL}`,
        'and more: 2 answered, 1 not answered, 1 duplicate reply',
        '',
      ],
    ],
  ])('%s', (_what, packets, most, expected) => {
    expect(linesOf(packets, most)).toEqual(expected);
  });

  it('a turn makes room again', () => {
    const texts: string[] = [];
    const { wants, turn } = createPingLines((text) => texts.push(text), 1);
    const turns = [0, 1].map(() => {
      const wanted = [wants('request'), wants('reply'), wants('reply')];
      turn();
      return wanted;
    });
    expect(turns).toEqual([
      [false, true, false],
      [false, true, false],
    ]);
    expect(texts).toEqual(['and more: 1 answered\n', 'and more: 1 answered\n']);
  });
});

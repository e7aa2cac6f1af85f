/** Connections and queries by hand, and held against tshark on captures of a real VXLAN. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import {
  ack,
  back,
  CLIENT,
  exchangesOf,
  message,
  reset,
  SERVER,
  segment,
  syn,
  synAck,
  there,
  timed,
} from '../support/exchanges.ts';
import { icmpError, inIpip, type TimedPacket } from '../support/pings.ts';
import { tshark } from '../support/tshark.ts';

type Counts = [begun: number, answered: number, refused: number, unanswered: number, again: number];
const v6 = { src: 'fd00:0:0:0:0:0:0:2', dst: 'fd00:0:0:1:0:0:0:2' };

describe('what becomes of a connection', () => {
  it.each<[what: string, packets: readonly TimedPacket[], counts: Counts]>([
    ['SYN, SYN-ACK, ACK', timed([0, syn()], [1, synAck()], [2, ack()]), [1, 1, 0, 0, 0]],
    ['in VXLAN', timed([0, there(syn())], [1, back(synAck())], [2, there(ack())]), [1, 1, 0, 0, 0]],
    [
      'in IPIP in VXLAN',
      timed([0, there(inIpip(syn()))], [1, back(inIpip(synAck(), { src: '10.2.0.10', dst: '10.1.0.10' }))]),
      [1, 1, 0, 0, 0],
    ],
    ['IPv6', timed([0, there(syn(v6))], [1, back(synAck(v6))]), [1, 1, 0, 0, 0]],
    ['RST', timed([0, syn()], [1, reset()]), [1, 0, 1, 0, 0]],
    ['a RST that acknowledges something else', timed([0, syn()], [1, reset({ seq: 77 })]), [1, 0, 0, 1, 0]],
    ['an ICMP error', timed([0, syn()], [1, icmpError('172.16.1.1', 3, 13, syn())]), [1, 0, 1, 0, 0]],
    [
      'an ICMP error that quotes ports and sequence number alone',
      timed([0, syn()], [1, icmpError('172.16.1.1', 3, 1, syn().subarray(0, 28))]),
      [1, 0, 1, 0, 0],
    ],
    [
      'an ICMP error about another SYN',
      timed([0, syn()], [1, icmpError('172.16.1.1', 3, 1, syn({ seq: 5 }))]),
      [1, 0, 0, 1, 0],
    ],
    ['nothing', timed([0, syn()], [1000, syn()], [3000, syn()]), [1, 0, 0, 1, 2]],
    ['an answer at last', timed([0, syn()], [1000, syn()], [1001, synAck()]), [1, 1, 0, 0, 1]],
    [
      'refused, and then answered',
      timed([0, syn()], [1, reset()], [1000, syn()], [1001, synAck()]),
      [1, 1, 0, 0, 1],
    ],
    ['a SYN copied at once', timed([0, syn()], [0.1, syn()], [1, synAck()]), [1, 1, 0, 0, 0]],
    ['the same port again', timed([0, syn()], [1, synAck()], [50, syn({ seq: 9 })]), [2, 1, 0, 1, 0]],
    ['a SYN behind its answer', timed([0, synAck()], [0, syn()], [1, ack()]), [1, 1, 0, 0, 0]],
    ['a SYN-ACK of another SYN', timed([0, syn()], [1, synAck({ seq: 8 })]), [1, 0, 0, 1, 0]],
    [
      'sequence numbers that go round',
      timed(
        [0, syn({ seq: 2 ** 32 - 1 })],
        [1, segment({ src: SERVER, dst: CLIENT, sport: 443, dport: 40000, ack: 0, flags: 18 })],
      ),
      [1, 1, 0, 0, 0],
    ],
    ['later packets that prove the answer', timed([0, syn()], [1, ack()]), [1, 1, 0, 0, 0]],
    [
      'both ends at once',
      timed(
        [0, syn()],
        [0, syn({ src: SERVER, dst: CLIENT, sport: 443, dport: 40000, seq: 3 })],
        [1, synAck()],
      ),
      [1, 1, 0, 0, 0],
    ],
    [
      'at two interfaces, in the tunnel at the second',
      timed(
        [0, syn()],
        [1, there(syn()), 1],
        [2, back(synAck()), 1],
        [3, synAck()],
        [4, ack()],
        [5, there(ack()), 1],
      ),
      [1, 1, 0, 0, 0],
    ],
    [
      'sent again at two interfaces',
      timed([0, syn()], [1, there(syn()), 1], [1000, syn()], [1001, there(syn()), 1]),
      [1, 0, 0, 1, 1],
    ],
    [
      'a SYN-ACK whose checksum is wrong, in a tunnel',
      timed([0, there(syn())], [1, back(synAck({ checksum: 1 }))]),
      [1, 0, 0, 1, 0],
    ],
    [
      'a SYN-ACK whose checksum is left to the card',
      timed([0, there(syn())], [1, back(synAck({ checksum: 'partial' }))]),
      [1, 1, 0, 0, 0],
    ],
  ])('%s', (_, packets, counts) => {
    expect(exchangesOf(packets).rows[0]).toEqual({ row: 'tcp 443', counts });
  });

  it('counts by the deepest tunnels, with the times of that place', () => {
    const packets = timed(
      [0, syn()],
      [1, there(syn()), 1],
      [4, back(synAck()), 1],
      [5, synAck()],
      [6, ack()],
      [8, there(ack()), 1],
    );
    const [row, ...rest] = exchangesOf(packets).verdict.exchanges ?? [];
    expect(rest).toEqual([]);
    expect(row).toMatchObject({
      inner: { src: CLIENT, dst: SERVER },
      tunnels: [{ kind: 'vxlan', vni: 42 }],
      time: { min: 7, max: 7 },
    });
  });

  // On a real capture of the second kind, tshark's tcp.analysis.initial_rtt says the same.
  it.each<[what: string, packets: readonly TimedPacket[], milliseconds: number]>([
    ['sent again', timed([0, syn()], [1000, syn()], [1001, synAck()], [1003, ack()]), 3],
    [
      'answered, and the answer lost behind the capture',
      timed([0, syn()], [1, synAck()], [1000, syn()], [1001, synAck()], [1003, ack()]),
      3,
    ],
    ['refused at first', timed([0, syn()], [1, reset()], [1000, syn()], [1001, synAck()], [1003, ack()]), 3],
    [
      'sent again once it stood',
      timed([0, syn()], [1, synAck()], [2, ack()], [1000, syn()], [1001, synAck()], [1002, ack()]),
      2,
    ],
  ])('%s: its time is from the last SYN', (_, packets, milliseconds) => {
    expect(exchangesOf(packets).verdict.exchanges?.[0]?.time).toMatchObject({
      min: milliseconds,
      max: milliseconds,
    });
  });

  it('is not judged where it is seen from the middle', () => {
    const { verdict } = exchangesOf(
      timed([0, back(synAck())], [1, there(ack({ sport: 40001 }))], [2, there(ack({ sport: 40001 }))]),
    );
    expect(verdict.exchanges?.map(({ begun, fromMiddle }) => [begun, fromMiddle])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(verdict.basis).toBeUndefined();
  });

  it('is bounded: what leaves before its answer could come counts, and is not told to be lost', () => {
    const packets = timed(
      ...Array.from({ length: 64 }, (_, i) => [i / 100, there(syn({ sport: 1024 + i }))] as const),
      [5, back(synAck({ sport: 1087 }))],
    );
    const { rows, verdict } = exchangesOf(packets, { capacity: 16 });
    expect(rows[0]?.counts).toEqual([64, 1, 0, 63, 0]);
    expect(verdict.findings.find(({ code }) => code === 'tcp-unanswered')?.message).toMatch(
      /^15 of 64 connections /,
    );
    expect(verdict.findings.find(({ code }) => code === 'answers-may-be-missing')?.message).toMatch(
      /^48 connections and queries were forgotten/,
    );
  });
});

describe('what becomes of a query', () => {
  it.each<[what: string, packets: readonly TimedPacket[], counts: Counts]>([
    ['answered', timed([0, there(message())], [1, back(message({ rcode: 0 }))]), [1, 1, 0, 0, 0]],
    [
      'answered without its question',
      timed([0, message()], [1, message({ rcode: 1, hasQuestion: false })]),
      [1, 1, 0, 0, 0],
    ],
    [
      'answered in other letters',
      timed([0, message({ name: 'a.ExamPLE' })], [1, message({ rcode: 0 })]),
      [1, 1, 0, 0, 0],
    ],
    ['another identifier', timed([0, message()], [1, message({ rcode: 0, id: 8 })]), [1, 0, 0, 1, 0]],
    ['another name', timed([0, message()], [1, message({ rcode: 0, name: 'b.example' })]), [1, 0, 0, 1, 0]],
    ['sent again', timed([0, message()], [5000, message()], [5001, message({ rcode: 0 })]), [1, 1, 0, 0, 1]],
    [
      'the same much later',
      timed([0, message()], [60_000, message()], [60_001, message({ rcode: 0 })]),
      [2, 1, 0, 1, 0],
    ],
    ['refused', timed([0, message()], [1, icmpError(SERVER, 3, 3, message())]), [1, 0, 1, 0, 0]],
    [
      'refused, its ports alone quoted',
      timed([0, message()], [1, icmpError(SERVER, 3, 3, message().subarray(0, 28))]),
      [1, 0, 1, 0, 0],
    ],
    ['behind its answer', timed([0, message({ rcode: 0 })], [0, message()]), [1, 1, 0, 0, 0]],
  ])('%s', (_, packets, counts) => {
    expect(exchangesOf(packets).rows[0]).toEqual({ row: 'dns 53', counts });
  });
});

describe('as tshark sees it', () => {
  it.each(['exchanges/vxlan', 'findings/only-ping-works', 'healthy/vxlan-three-deep'])('%s', async (name) => {
    const path = `fixtures/${name}.pcap`;
    const { exchanges = [] } = await verifyCapture(await openCaptureFile(path));
    const field = (filter: string, ...fields: string[]) =>
      tshark(
        '-r',
        path,
        '-Y',
        filter,
        '-T',
        'fields',
        '-E',
        'occurrence=l',
        ...fields.flatMap((one) => ['-e', one]),
      )
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\t'));
    const sum = (kind: string, of: 'begun' | 'answered' | 'sentAgain') =>
      exchanges.filter((row) => row.kind === kind).reduce((all, row) => all + row[of], 0);
    const syns = field('tcp.flags.syn==1 && tcp.flags.ack==0 && !icmp', 'tcp.stream');
    const streams = new Set(syns.map(([stream]) => stream));
    expect(sum('tcp', 'begun')).toBe(streams.size);
    expect(sum('tcp', 'sentAgain')).toBe(syns.length - streams.size);
    expect(sum('tcp', 'answered')).toBe(field('tcp.flags.syn==1 && tcp.flags.ack==1', 'tcp.stream').length);
    const queries = field('dns.flags.response==0', 'dns.id', 'dns.retransmission').length;
    expect(sum('dns', 'begun') + sum('dns', 'sentAgain')).toBe(queries);
    // In seconds; of each connection that was answered, where its ACK follows.
    const roundTrips = field(
      'tcp.flags.syn==0 && tcp.flags.reset==0 && tcp.seq==1 && tcp.ack==1 && tcp.len==0',
      'tcp.stream',
      'tcp.analysis.initial_rtt',
    );
    const shakes = [...new Map(roundTrips.toReversed() as [string, string][]).values()].map((text) =>
      Math.round(Number(text) * 1e6),
    );
    const times = exchanges
      .filter(({ kind, time }) => kind === 'tcp' && time !== null)
      .map(({ time }) => time);
    expect(times.map((time) => Math.round((time?.min ?? 0) * 1000))).toEqual(
      shakes.length === 0 ? [] : [Math.min(...shakes)],
    );
    expect(times.map((time) => Math.round((time?.max ?? 0) * 1000))).toEqual(
      shakes.length === 0 ? [] : [Math.max(...shakes)],
    );
    const answers = field('dns.time', 'dns.time').map(([text]) => Math.round(Number(text) * 1e6));
    const dns = exchanges.find(({ kind, time }) => kind === 'dns' && time !== null)?.time;
    expect([dns?.min, dns?.max].map((time) => time && Math.round(time * 1000))).toEqual(
      answers.length === 0 ? [undefined, undefined] : [Math.min(...answers), Math.max(...answers)],
    );
  });

  // The same traffic at the tunnel's device and at the outer one, and at the outer one alone.
  it('counts the same on all devices at once', async () => {
    const [one, all] = await Promise.all(
      ['vxlan', 'vxlan-any-sll2'].map(async (name) =>
        verifyCapture(await openCaptureFile(`fixtures/exchanges/${name}.pcap`)),
      ),
    );
    const figures = (verdict: typeof one) => verdict?.exchanges?.map(({ time: _, ...row }) => row);
    expect(figures(all)).toEqual(figures(one));
  });
});

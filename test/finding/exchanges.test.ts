/** What is told of connections and queries, and what is not where the capture proves nothing. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import { ack, back, exchangesOf, message, reset, syn, synAck, there, timed } from '../support/exchanges.ts';
import { echo, icmpError, judge, sourceOf, type TimedPacket } from '../support/pings.ts';

const ping = [
  [0, there(echo())],
  [1, back(echo({ reply: true }))],
] as const;
const lostSyn = [10, there(syn())] as const;
const lostQuery = [11, there(message())] as const;

it.each<[what: string, packets: readonly TimedPacket[], codes: string[], says: RegExp]>([
  [
    'pings alone get through',
    timed(...ping, lostSyn, lostQuery),
    ['error only-ping-works', 'error tcp-unanswered', 'error dns-unanswered'],
    /^pings through vxlan 42 from 10\.1\.0\.10 to 10\.2\.0\.10 were answered, but 1 connection and 1 query through it were not: look for a firewall or network policy that allows only ICMP/,
  ],
  [
    'the other way round, too',
    timed(...ping, [10, back(syn({ src: '172.16.1.2', dst: '172.16.0.2' }))]),
    ['error only-ping-works', 'error tcp-unanswered'],
    /^pings through vxlan 42 from 10\.2\.0\.10 to 10\.1\.0\.10 were answered, but 1 connection through it was not/,
  ],
  [
    'another host, which no ping shows to be there',
    timed(...ping, [10, there(syn({ dst: '172.16.1.9' }))], [1000, there(syn({ dst: '172.16.1.9' }))]),
    ['error tcp-unanswered'],
    /^the only connection from 172\.16\.0\.2 to 172\.16\.1\.9 through vxlan 42 /,
  ],
  [
    'one port does not answer, another does',
    timed(...ping, lostSyn, [11, there(syn({ dport: 80 }))], [12, back(synAck({ dport: 80 }))]),
    ['warning tcp-unanswered'],
    /^1 of 2 connections from 172\.16\.0\.2 to 172\.16\.1\.2 through vxlan 42 from 10\.1\.0\.10 to 10\.2\.0\.10, to port 443, went unanswered: /,
  ],
  [
    'refused: the tunnel carries TCP',
    timed(...ping, [10, there(syn())], [11, back(reset())], lostQuery),
    ['error dns-unanswered', 'warning tcp-refused'],
    /^the only query from /,
  ],
  [
    'pings through another tunnel',
    timed(
      ...ping,
      [10, there(syn(), 43)],
      [11, there(syn({ seq: 3, dport: 80 }), 43)],
      [12, back(reset({ seq: 3, dport: 80 }), 43)],
    ),
    ['warning tcp-unanswered', 'warning tcp-refused'],
    /vxlan 43/,
  ],
  [
    'a wrong checksum: the firewall is not suspected',
    timed(...ping, [10, there(syn({ checksum: 0x1234 }))]),
    ['error only-ping-works', 'error inner-checksum-bad', 'error tcp-unanswered'],
    /: their checksums are wrong \(see inner-checksum-bad\)$/,
  ],
  [
    'failures',
    timed(
      [0, there(message())],
      [1, back(message({ rcode: 2 }))],
      [2, there(message({ id: 8 }))],
      [3, back(message({ id: 8, rcode: 3 }))],
    ),
    ['warning dns-failed'],
    /^172\.16\.1\.2 answered 1 of 2 queries from 172\.16\.0\.2 through .* with a failure \(1 SERVFAIL\)/,
  ],
  [
    'no name server there',
    timed([0, there(message())], [1, back(icmpError('172.16.1.2', 3, 3, message()))]),
    ['warning dns-failed'],
    /^an ICMP error refused 1 of 1 query from/,
  ],
  [
    'nothing comes back at all: it may not be captured',
    timed([0, there(syn())], [1000, there(syn())]),
    ['warning answers-may-be-missing'],
    /^1 connection from 172\.16\.0\.2 to 172\.16\.1\.2 through vxlan .* has no answer in this capture, which does not prove a loss, as no packet at all comes back that way/,
  ],
  [
    'one direction, as a connection that goes on proves',
    timed([0, there(syn())], [1, there(ack())], [2, there(syn({ sport: 40001 }))]),
    ['info answers-may-be-missing'],
    /as 1 connection went on although the capture has no SYN-ACK, so it holds only one direction:/,
  ],
])('%s', (_, packets, codes, says) => {
  const found = exchangesOf(packets);
  expect(found.codes).toEqual(codes);
  expect(found.verdict.findings[0]?.message).toMatch(says);
});

it('a capture that dropped packets proves no loss', async () => {
  const { findings } = await verifyCapture(
    sourceOf(
      timed(...ping, lostSyn, [9000, there(echo({ seq: 2 }))], [9001, back(echo({ seq: 2, reply: true }))]),
      3,
    ),
  );
  expect(findings.map(({ code }) => code)).toEqual(['packets-dropped', 'answers-may-be-missing']);
});

it('what was begun shortly before the end is not told to be lost', () => {
  const { findings } = judge(timed(...ping, lostSyn, lostQuery));
  expect(findings.map(({ code, packets }) => [code, packets])).toEqual([['capture-ended-early', [3, 4]]]);
});

it('wrong checksums that were answered all the same, and few wrong ones, are warnings; those left to the card are none', () => {
  const handshake = (sport: number, checksum?: number | 'partial') =>
    timed(
      [sport, there(syn({ sport, ...(checksum !== undefined && { checksum }) }))],
      [sport + 0.1, back(synAck({ sport }))],
    );
  const codesOf = (packets: readonly TimedPacket[]) => exchangesOf(packets).codes;
  expect(codesOf(handshake(1, 0x1234))).toEqual(['warning inner-checksum-bad']);
  expect(
    codesOf([...handshake(1, 0x1234), ...Array.from({ length: 20 }, (_, i) => handshake(i + 2)).flat()]),
  ).toEqual(['warning inner-checksum-bad']);
  expect(codesOf(handshake(1, 'partial'))).toEqual([]);
});

describe('the verdict', () => {
  it.each<
    [what: string, packets: readonly TimedPacket[], verdict: 'pass' | 'fail', basis: string | undefined]
  >([
    ['all answered', timed([0, there(syn())], [1, back(synAck())]), 'pass', 'exchanges'],
    ['one refused', timed([0, there(syn())], [1, back(reset())]), 'fail', 'exchanges'],
    ['a ping decides', timed(...ping, lostSyn), 'pass', undefined],
    [
      'a reply without its request is a ping',
      timed([0, back(echo({ reply: true }))], [1, there(syn())], [2, back(synAck())]),
      'fail',
      undefined,
    ],
    ['seen from the middle', timed([0, there(ack())]), 'fail', undefined],
  ])('%s', (_, packets, verdict, basis) => {
    const given = exchangesOf(packets).verdict;
    expect([given.verdict, given.basis]).toEqual([verdict, basis]);
    expect(given.findings.some(({ code }) => code === 'no-echo-request')).toBe(
      verdict === 'fail' && basis === undefined,
    );
  });
});

// What these captures hold besides pings got through, or has no fault of a tunnel.
it('no capture of a network without fault has a finding of those that name a fault of the tunnel', async () => {
  const codes = ['only-ping-works', 'inner-checksum-bad', 'tcp-black-hole', 'mss-too-large', 'one-way-only'];
  const names = readdirSync('fixtures', { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.pcap(ng)?$/.test(name),
  );
  const fired = new Set<string>();
  for (const name of names) {
    const source = await openCaptureFile(`fixtures/${name}`).catch(() => undefined);
    if (source === undefined) continue;
    const { findings } = await verifyCapture(source);
    for (const { code } of findings) if (codes.includes(code)) fired.add(`${name} ${code}`);
  }
  expect(names.length).toBeGreaterThan(60);
  expect([...fired].sort()).toEqual([
    'findings/inner-checksum-bad.pcap inner-checksum-bad',
    'findings/mss-too-large.pcap mss-too-large',
    'findings/one-way-only.pcap one-way-only',
    'findings/only-ping-works.pcap only-ping-works',
    'findings/tcp-black-hole-behind.pcap tcp-black-hole',
    'findings/tcp-black-hole-probed.pcap tcp-black-hole',
    'findings/tcp-black-hole.pcap tcp-black-hole',
    // Recorded in the lab, where checksums are spoiled for the lesson.
    'lessons/only-ping/way.pcapng inner-checksum-bad',
  ]);
});

// Read in tshark: port 81 is dropped, 82 rejected by ICMP, 9999 has no listener; SERVFAIL for broken.example, nothing for silent.example.
it('of a real VXLAN, whose other end refuses in all ways', async () => {
  const { verdict, findings } = await verifyCapture(await openCaptureFile('fixtures/exchanges/vxlan.pcap'));
  expect(verdict).toBe('pass');
  expect(findings.map(({ code, packets }) => [code, packets])).toEqual([
    ['tcp-unanswered', [58]],
    ['dns-unanswered', [73]],
    ['tcp-refused', [56]],
    ['tcp-refused', [66]],
    ['dns-failed', [72]],
  ]);
});

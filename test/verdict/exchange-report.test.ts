/** Connections and queries in the report and in JSON. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { formatReport } from '../../src/verdict/report.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import { back, exchangesOf, message, reset, syn, synAck, there, timed } from '../support/exchanges.ts';

const verdictOn = async (path: string) => verifyCapture(await openCaptureFile(path));

describe('the report', () => {
  // The times are tshark's initial_rtt of frame 9's stream and those of dns.time.
  it('has exchanges behind pings', async () => {
    expect(formatReport(await verdictOn('fixtures/healthy/vxlan-three-deep.pcap'))).toBe(`\
path                               requests answered  lost  rtt min/avg/max ms
10.73.0.1 → 10.73.0.2 id 2313             2        2     0  0.025/0.050/0.074
  vxlan vni 1 10.70.0.1 → 10.70.0.2 udp 4789
  vxlan vni 2 10.71.0.1 → 10.71.0.2 udp 4789
  vxlan vni 3 10.72.0.1 → 10.72.0.2 udp 4789

exchanges                      begun answered refused lost again  min/avg/max ms
tcp 7000                           1        1       0    0     0  0.084/0.084/0.084
  10.73.0.1 → 10.73.0.2
  vxlan vni 1 10.70.0.1 → 10.70.0.2 udp 4789
  vxlan vni 2 10.71.0.1 → 10.71.0.2 udp 4789
  vxlan vni 3 10.72.0.1 → 10.72.0.2 udp 4789

PASS  2 of 2 requests answered, rtt 0.025/0.050/0.074 ms
`);
  });

  it.each([
    [
      'all answered',
      timed([0, there(syn())], [1, back(synAck())], [2, there(message())], [3, back(message({ rcode: 3 }))]),
      'PASS  no pings, so judged by TCP and DNS: 2 of 2 connections and queries answered',
    ],
    [
      'one refused',
      timed([0, there(syn())], [1, back(reset())]),
      /^FAIL {2}no pings, so judged by TCP: 0 of 1 connection answered, 1 refused: the\n {6}only connection /m,
    ],
  ])('says that the verdict is on them: %s', (_, packets, line) => {
    const text = formatReport(exchangesOf(packets).verdict).replace(/\n {6}/g, (all) =>
      line instanceof RegExp ? all : ' ',
    );
    expect(text).toMatch(line);
  });

  it('tells response codes, and what was seen from the middle', () => {
    const packets = timed(
      [0, there(message())],
      [1, back(message({ rcode: 3 }))],
      [2, back(message({ id: 9, rcode: 0 }))],
    );
    expect(formatReport(exchangesOf(packets).verdict)).toMatch(
      /\n {2}1 NXDOMAIN\n(.*\n {2}172\.16\.1\.2 → 172\.16\.0\.2\n.*\n) {2}1 answer without its query\n/,
    );
  });

  it('keeps large counts apart', () => {
    const { verdict } = exchangesOf(timed([0, there(syn())]));
    const [row, ...rest] = verdict.exchanges ?? [];
    const exchanges = [
      { ...row, begun: 1_000_000, answered: 900_000, refused: 0, unanswered: 100_000 },
      ...rest,
    ];
    const text = formatReport({ ...verdict, exchanges } as typeof verdict);
    expect(text).toMatch(/^exchanges +begun answered refused {3}lost again {2}min/m);
    expect(text).toMatch(/^tcp 443 +1000000 {3}900000 {7}0 100000 {5}0 /m);
  });

  it('fits where there is little room', () => {
    const { verdict } = exchangesOf(timed([0, there(syn())], [1, back(synAck())]));
    const lines = formatReport(verdict, { width: 60 }).split('\n');
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
    expect(lines[0]).toBe('exchanges  begun answered refused lost again  min/avg/max ms');
  });
});

describe('JSON', () => {
  it('has a row by tunnels, kind, addresses and port', async () => {
    const { exchanges } = await verdictOn('fixtures/exchanges/vxlan.pcap');
    expect(exchanges?.at(-1)).toMatchObject({
      kind: 'dns',
      tunnels: [{ kind: 'vxlan', by: 'port', src: '10.1.0.10', dst: '10.1.0.20', dstport: 4789, vni: 42 }],
      inner: { src: '172.16.0.2', dst: '172.16.0.3' },
      port: 53,
      begun: 5,
      answered: 4,
      refused: 0,
      unanswered: 1,
      sentAgain: 1,
      fromMiddle: 0,
      responseCodes: { SERVFAIL: 1, NXDOMAIN: 1 },
    });
  });

  it('has no member where there are no such packets', async () => {
    const verdict = await verdictOn('fixtures/socat.pcap');
    expect(Object.keys(verdict)).not.toContain('exchanges');
    expect(Object.keys(verdict)).not.toContain('basis');
  });
});

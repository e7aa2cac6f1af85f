import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { formatReport } from '../../src/verdict/report.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import { generatedCaptures, labCaptures } from '../support/captures.ts';
import { echo, inVxlan, judge } from '../support/pings.ts';

async function verdictOn(path: string) {
  return verifyCapture(await openCaptureFile(path));
}

describe('the report', () => {
  it('of a tunnel that works', async () => {
    // Times are those of the capture's frames: 198, 194, 196 and 298 microseconds.
    expect(formatReport(await verdictOn('fixtures/socat.pcap'))).toBe(`\
path                               requests answered  lost  rtt min/avg/max ms
172.16.0.2 → 172.16.1.2 id 17163          4        4     0  0.194/0.222/0.298
  tunpi 10.1.0.10 → 10.2.0.10 udp 9000 → 9000

PASS  4 of 4 requests answered, rtt 0.194/0.222/0.298 ms
`);
  });

  it('of a tunnel without another end', async () => {
    expect(formatReport(await verdictOn('fixtures/half.pcap'))).toBe(`\
path                               requests answered  lost  rtt min/avg/max ms
172.16.0.2 → 172.16.1.2 id 17475          1        0     1  -
  tunpi 10.1.0.10 → 10.2.0.10 udp 9000 → 9000
172.16.0.2 → 172.16.1.2 id 17475          3        0     3  -
  no tunnel seen

error    outer-port-unreachable (packet 2)
         10.2.0.10 answers that nothing listens on UDP 9000: start the tunnel's
         other end
error    no-reply (packets 1, 3, 4, 5)
         none of 4 requests from 172.16.0.2 to 172.16.1.2 was answered; 1 of
         them left through tunpi from 10.1.0.10 to 10.2.0.10, and 3 outside any
         tunnel: capture at its other end too, to see how far requests get and
         whether 172.16.1.2 answers
warning  request-outside-tunnel (packets 3, 4, 5)
         3 requests from 172.16.0.2 to 172.16.1.2 were seen only outside the
         tunnel that others took (tunpi from 10.1.0.10 to 10.2.0.10): check that
         the tunnel stays up, the route into it, and what its device drops

FAIL  0 of 4 requests answered, 4 lost: 10.2.0.10 answers that nothing listens
      on UDP 9000
`);
  });

  it('with names: whose the inner addresses are, and how that is known', async () => {
    const names = [{ address: '172.16.0.2', name: 'shop/web-0', knownBy: '/var/log/pods' }];
    const verdict = { ...(await verdictOn('fixtures/socat.pcap')), names };
    expect(formatReport(verdict)).toContain(`
172.16.0.2 → 172.16.1.2 id 17163          4        4     0  0.194/0.222/0.298
  shop/web-0 → 172.16.1.2 (by /var/log/pods)
  tunpi`);
  });

  it('of long IPv6 addresses: the numbers move to a line that has room', () => {
    const v6 = {
      src: '2001:db8:1111:2222:3333:4444:5555:6666',
      dst: '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff',
    };
    const lines = formatReport(judge([{ bytes: echo(v6), time: 0 }])).split('\n');
    expect(lines.slice(1, 4)).toEqual([
      '2001:db8:1111:2222:3333:4444:5555:6666 → 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff',
      '    id 17767                              1        0     1  -',
      '  no tunnel seen',
    ]);
  });

  describe.each([...labCaptures, ...generatedCaptures])('%s', (path) => {
    it.each([60, 80, 132])('fits %i columns, with and without colours', async (width) => {
      const verdict = await verdictOn(path);
      const plain = formatReport(verdict, { width });
      for (const line of plain.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
      // What came of it and why, at the end, and nothing that a terminal would obey.
      const last = plain.trimEnd().split('\n\n').at(-1);
      expect(last).toMatch(verdict.verdict === 'pass' ? /^PASS {2}/ : /^FAIL {2}/);
      expect(plain).toMatch(/^[ -~→\n]*$/);
      const colored = formatReport(verdict, { width, color: true });
      expect(colored).not.toBe(plain);
      expect(stripVTControlCharacters(colored)).toBe(plain);
    });
  });

  it('of very many paths and findings stays short', () => {
    const packets = Array.from({ length: 500 }, (_, i) => ({
      bytes: inVxlan(echo({ dst: `172.17.${i >> 8}.${i & 255}` }), i),
      time: i,
    }));
    const report = formatReport(judge(packets));
    expect(report).toContain('and 476 more paths: -T json lists all');
    expect(report).toContain('more findings: -T json lists all');
    expect(report.split('\n').length).toBeLessThan(200);
  });
});

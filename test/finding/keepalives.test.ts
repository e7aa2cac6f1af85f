/** What programs send of their own, told apart from pings. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import { join } from '../support/build.ts';
import { ipPacket, judge, udp } from '../support/pings.ts';

const THERE = { src: '10.1.0.10', dst: '10.2.0.10' };
const datagram = (port: number, payload: string) =>
  ipPacket({ ...THERE, protocol: 17 }, udp(port, port, join(payload)));
const told = (packet: Uint8Array) =>
  judge([{ bytes: packet, time: 0 }]).findings.find(({ code }) => code === 'keepalives')?.message;

const PING = '2a187bf3 641eb4cb 07ed2d0a 981fc748';
const OPTIONS = '287f346b d4ef7a81 2d56b8d3 afc5459c';

describe('a program’s own packets', () => {
  it.each<[what: string, packet: Uint8Array, says: RegExp | undefined]>([
    ['OpenVPN’s ping', datagram(1194, PING), /1 of OpenVPN's pings/],
    ['behind a packet ID', datagram(1194, `00000001 65000000 ${PING}`), /1 of OpenVPN's pings/],
    ['with something behind it', datagram(1194, `${PING} 00`), undefined],
    ['OpenVPN’s options', datagram(1194, `${OPTIONS} 00`), /1 of OpenVPN's option messages/],
    // RFC 5880, 4.1: version 1, 24 bytes.
    ['BFD', datagram(3784, `20c00318 00000001 00000000 ${'000f4240'.repeat(3)}`), /1 of BFD/],
    ['another version on its port', datagram(3784, `40c00318 ${'00000001'.repeat(5)}`), undefined],
    ['GTP-U’s echo request', datagram(2152, '3201 0004 00000000 0001 0000'), /1 of GTP-U's echo messages/],
    ['a GRE keepalive', ipPacket({ ...THERE, protocol: 47 }, join('0000 0000')), /1 of GRE keepalives/],
    [
      'a probe of tinc',
      datagram(655, `00000007 ${'00'.repeat(14)} ${'a5'.repeat(50)}`),
      /1 of tinc's MTU probes/,
    ],
    [
      'its answer',
      datagram(655, `00000007 01${'00'.repeat(13)} ${'a5'.repeat(50)}`),
      /1 of tinc's MTU probes/,
    ],
    ['zeros', datagram(655, `00000007 ${'00'.repeat(64)}`), undefined],
  ])('%s', (_what, packet, says) => {
    if (says === undefined) expect(told(packet)).toBeUndefined();
    else expect(told(packet)).toMatch(says);
  });

  it('of OpenVPN with --ping 2, beside four pings that ping saw answered', async () => {
    const verdict = await verifyCapture(await openCaptureFile('fixtures/programs/openvpn-keepalive.pcap'));
    expect([verdict.requests, verdict.answered]).toEqual([4, 4]);
    expect(verdict.findings.map(({ code, severity }) => [code, severity])).toContainEqual([
      'keepalives',
      'info',
    ]);
  });
});

/** Tunnels that can't be opened: what went each way, and what fits. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { formatReport } from '../../src/verdict/report.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import { join } from '../support/build.ts';
import { BACK, type Ends, echo, inVxlan, ipPacket, judge, udp } from '../support/pings.ts';

const THERE: Ends = { src: '10.1.0.10', dst: '10.2.0.10' };
const opaque = (bytes: number) => 'ab'.repeat(bytes);
const inIp = (protocol: number, { src, dst }: Ends, payload: Uint8Array) =>
  ipPacket({ src: src as string, dst: dst as string, protocol }, payload);
/** An ESP packet of `bytes` in all. */
const esp = (ends: Ends, bytes: number, spi = '0000c0de') =>
  inIp(50, ends, join(`${spi} 00000001`, opaque(bytes - 8)));
const inUdp = (ends: Ends, port: number, payload: string) => inIp(17, ends, udp(port, port, join(payload)));
/** WireGuard's transport message around a packet of `inside` bytes, which is filled up to 16 (whitepaper, 5.4.6). */
const wireguard = (ends: Ends, inside: number) =>
  inUdp(ends, 51820, `04000000 01020304 0500000000000000 ${opaque(Math.ceil(inside / 16) * 16 + 16)}`);
/** OpenVPN's P_DATA_V2 of peer 1 with AES-256-GCM. */
const openvpn = (ends: Ends, id: number, inside: number) =>
  inUdp(ends, 1194, `48000001 ${id.toString(16).padStart(8, '0')} ${opaque(16 + inside)}`);

const judged = (...packets: Uint8Array[]) => judge(packets.map((bytes, i) => ({ bytes, time: i * 1e6 })));
const told = (...packets: Uint8Array[]) =>
  judged(...packets).findings.find(({ code }) => code === 'encrypted-tunnel')?.message;
const turns = (count: number, packet: (ends: Ends, i: number) => Uint8Array) =>
  Array.from({ length: count }, (_, i) => [packet(THERE, i), packet(BACK, i)]).flat();

describe('what is told of a tunnel that can’t be opened', () => {
  it.each<[what: string, packets: Uint8Array[], says: RegExp | undefined]>([
    [
      'WireGuard, with pings of Linux',
      turns(4, (ends) => wireguard(ends, 84)),
      /^WireGuard between 10\.1\.0\.10 and 10\.2\.0\.10 on UDP 51820: 4 packets each way that fit pings of 84 bytes; .*capture on wg0 to be sure$/,
    ],
    ['of Windows', turns(1, (ends) => wireguard(ends, 60)), /1 packet each way that fit pings of 60 bytes/],
    ['of another size', turns(1, (ends) => wireguard(ends, 1000)), /1 packet each way of 993 to 1008 bytes/],
    [
      'one without an answer',
      [...turns(1, (ends) => wireguard(ends, 84)), wireguard(THERE, 84)],
      /2 packets there and 1 back that fit pings of 84 bytes/,
    ],
    ['keepalives', turns(2, (ends) => wireguard(ends, 0)), /on UDP 51820: 4 keepalives; what is inside/],
    // 84 bytes and a trailer of two fill 88 with AES-GCM (RFC 4106), and 96 with AES-CBC (RFC 3602).
    [
      'ESP with AES-GCM',
      turns(2, (ends) => esp(ends, 8 + 8 + 88 + 16)),
      /^ESP .*2 packets each way that fit pings of 84 bytes/,
    ],
    [
      'ESP with AES-CBC and HMAC-SHA-256',
      turns(2, (ends) => esp(ends, 8 + 16 + 96 + 16)),
      /pings of 84 bytes/,
    ],
    ['ESP in transport mode', turns(2, (ends) => esp(ends, 8 + 8 + 68 + 16)), /pings of 84 bytes/],
    ['ESP of another size', turns(2, (ends) => esp(ends, 400)), /2 packets each way of 400 bytes/],
    [
      'OpenVPN, by its counters',
      turns(4, (ends, i) => openvpn(ends, i + 1, 84)),
      /^OpenVPN .* on UDP 1194: 4 packets each way that fit pings of 84 bytes; .*capture on tun0/,
    ],
    ['OpenVPN with frames', turns(4, (ends, i) => openvpn(ends, i + 1, 98)), /fit pings of 84 bytes/],
    ['its keepalives', turns(4, (ends, i) => openvpn(ends, i + 1, 16)), /^OpenVPN .*: 8 keepalives/],
    [
      'payloads that come in turns',
      turns(3, (ends) => inUdp(ends, 7000, opaque(186))),
      /^3 payloads of 186 bytes each way .* on UDP 7000 come in turns, .*but what they are can't be read/,
    ],
    ['payloads one way', [1, 2, 3].map(() => inUdp(THERE, 7000, opaque(186))), undefined],
    ['short payloads', turns(3, (ends) => inUdp(ends, 7000, opaque(48))), undefined],
    [
      'beside pings that were read',
      [...turns(2, (ends) => wireguard(ends, 84)), inVxlan(echo(), 42)],
      undefined,
    ],
  ])('%s', (_what, packets, says) => {
    if (says === undefined) expect(told(...packets)).toBeUndefined();
    else expect(told(...packets)).toMatch(says);
  });

  it.each([
    ['WireGuard', turns(4, (ends) => wireguard(ends, 84))],
    ['ESP', turns(4, (ends) => esp(ends, 8 + 8 + 88 + 16))],
    ['OpenVPN', turns(4, (ends, i) => openvpn(ends, i + 1, 84))],
  ])('%s in a capture that keeps the first bytes of packets alone', (_what, packets) => {
    const verdict = judge(
      packets.map((bytes, i) => ({
        bytes: bytes.slice(0, 82),
        originalLength: bytes.length,
        time: i * 1e6,
      })),
    );
    expect(verdict.encrypted?.[0]?.sizes).toMatchObject([{ there: 4, back: 4, fits: 84 }]);
  });

  it('ESP’s numbers, of each direction', () => {
    const [row] = judged(esp(THERE, 120), esp(BACK, 120, 'c0ffee00')).encrypted ?? [];
    expect(row).toMatchObject({ kind: 'esp', spi: 0xc0de, backSpi: 0xc0ffee00 });
  });

  it('nothing of a capture without', () => {
    expect(judged(inVxlan(echo(), 42))).not.toHaveProperty('encrypted');
  });
});

describe('real ones', () => {
  it('four pings of 84 bytes through WireGuard, and four more', async () => {
    const verdict = await verifyCapture(await openCaptureFile('fixtures/unread/wireguard-go.pcap'));
    expect(verdict.verdict).toBe('fail');
    expect(formatReport(verdict).split('\n').slice(0, 5)).toEqual([
      'encrypted                             there     back  fits',
      'wireguard 10.0.0.1 → 10.0.0.2 udp 51820',
      '  128 bytes, 81-96 inside                 4        4  pings of 84 bytes',
      '  80 bytes, 33-48 inside                  4        4',
      '  2 handshake messages',
    ]);
  });

  it('four pings through OpenVPN 2.6 with TLS and AES-256-GCM, as ping said', async () => {
    const { encrypted } = await verifyCapture(await openCaptureFile('fixtures/tunnels/openvpn-tls.pcap'));
    expect(encrypted).toMatchObject([{ kind: 'openvpn', keepalives: 5 }]);
    expect(encrypted?.[0]?.sizes[0]).toEqual({ bytes: 108, inside: [84, 84], there: 4, back: 4, fits: 84 });
  });

  it('six pings through n2n, which ping saw answered', async () => {
    const { findings } = await verifyCapture(await openCaptureFile('fixtures/tunnels/n2n.pcap'));
    expect(findings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^6 payloads of 186 bytes each way between 10\.0\.0\.1 and 10\.0\.0\.2 on UDP 7000 and 7001/,
      ),
    );
  });
});

/** Captures of which pings can't be read: verdict and path say why. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { tracePath } from '../../../src/path/trace-path.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import { hex } from '../../support/decoding.ts';
import { echo, inVxlan, ipPacket, sourceOf, type TimedPacket, udp } from '../../support/pings.ts';

const USB_LINUX_MMAPPED = 220;
const timed = (...packets: Uint8Array[]): TimedPacket[] =>
  packets.map((bytes, i) => ({ bytes, time: i * 1e6 }));
const usb = (count: number, interfaceIndex = 0): TimedPacket[] =>
  Array.from({ length: count }, (_, i) => ({
    bytes: new Uint8Array(64),
    time: i * 1e6,
    interfaceIndex,
    linkType: USB_LINUX_MMAPPED,
  }));
const esp = ipPacket(
  { src: '10.1.0.10', dst: '10.2.0.10', protocol: 50 },
  hex(`00001234 00000001 ${'ab'.repeat(64)}`),
);
const speech = ipPacket({ src: '10.1.0.10', dst: '10.2.0.10', protocol: 17 }, udp(1, 2, new Uint8Array(4)));
/** The second half of a datagram in two pieces; the first is not there. */
const lastPiece = inVxlan(echo(), 42).map((byte, i) => (i === 7 ? 10 : i === 6 ? 0 : byte));

const other = ipPacket(
  { src: '10.1.0.10', dst: '10.3.0.10', protocol: 50 },
  hex(`00001234 00000002 ${'ab'.repeat(64)}`),
);
const back = ipPacket(
  { src: '10.2.0.10', dst: '10.1.0.10', protocol: 50 },
  hex(`00001234 00000002 ${'ab'.repeat(64)}`),
);
/** Security tags (802.1AE) with E and C set; and with neither, in front of a type that nobody has. */
const macsec = (tci: string, behind: string): TimedPacket => ({
  bytes: hex(`020000000002 020000000001 88e5 ${tci}00 00000001 ${behind} ${'ab'.repeat(64)}`),
  time: 0,
  linkType: 1,
});

const CASES: [what: string, packets: TimedPacket[], says: RegExp][] = [
  [
    'a link type that is not decoded',
    usb(3),
    /^3 packets have link type USB_LINUX_MMAPPED \(220\), which is not decoded: capture on a network interface/,
  ],
  [
    'ESP',
    timed(esp, esp),
    /^2 packets are ESP between 10\.1\.0\.10 and 10\.2\.0\.10, which is encrypted: capture inside that tunnel/,
  ],
  [
    'ESP in both directions',
    timed(esp, back),
    /^2 packets are ESP between 10\.1\.0\.10 and 10\.2\.0\.10, which is encrypted/,
  ],
  [
    'ESP to another end too',
    timed(esp, back, other),
    /^3 packets are ESP between 10\.1\.0\.10 and 10\.2\.0\.10 and others, which is encrypted/,
  ],
  [
    'MACsec',
    [macsec('0c', '')],
    /^1 packet is MACsec, which is encrypted: capture inside that tunnel.*-i macsec0/,
  ],
  [
    'ESP, and a packet of a link type that is not decoded',
    [...timed(esp, esp), ...usb(1, 1)],
    /^2 packets are ESP .* encrypted, 1 packet has link type USB_LINUX_MMAPPED \(220\), which is not decoded: capture inside/,
  ],
  ['fragments without the first', timed(lastPiece), /^1 fragmented packet is incomplete: /],
];

describe('why no ping could be read', () => {
  it.each(CASES)('%s', async (_, packets, says) => {
    const [found] = (await verifyCapture(sourceOf(packets))).findings;
    expect(found?.code).toBe('no-echo-request');
    const [, why] =
      /^(?:none of \d+ packets is|the only packet is not) an echo request that can be read: (.*)$/.exec(
        found?.message ?? '',
      ) as RegExpExecArray;
    expect(why).toMatch(says);
  });

  // capinfos: a packet size limit of 64. wireguard-go's own ping lost none of 4 + 4.
  it.each([
    [
      'cut-64',
      /^6 packets are cut after 64 bytes, too short to tell what they carry.*: capture with a larger -s$/,
    ],
    [
      'wireguard-go',
      /^18 packets are WireGuard between 10\.0\.0\.1 and 10\.0\.0\.2, which is encrypted.*: capture inside that tunnel instead: .*-i wg0/,
    ],
  ])('%s: verdict and path', async (name, says) => {
    const file = `fixtures/unread/${name}.pcap`;
    const [found] = (await verifyCapture(await openCaptureFile(file))).findings;
    expect(found?.message.replace(/^.* that can be read: /, '')).toMatch(says);
    const { notes } = await tracePath(await openCaptureFile(file));
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(says);
  });

  it('MACsec that leaves what it carries readable is not encrypted', async () => {
    const [found] = (await verifyCapture(sourceOf([macsec('00', '9999')]))).findings;
    expect(found?.code).toBe('no-echo-request');
    expect(found?.message).not.toMatch(/encrypted/);
  });

  it('the little that could not be read is beside the point', async () => {
    const [found] = (await verifyCapture(sourceOf([...timed(speech, speech, speech), ...usb(1, 1)])))
      .findings;
    expect(found?.message).toMatch(
      /^none of 4 packets is an echo request: ping while capturing; also, 1 packet has link type/,
    );
  });
});

it('beside pings that were read: link types as information, encryption not at all', async () => {
  const pings = timed(echo(), echo({ reply: true }), esp);
  const { verdict, findings } = await verifyCapture(sourceOf([...pings, ...usb(2, 1)]));
  expect(verdict).toBe('pass');
  expect(findings.map(({ severity, code, packets }) => [severity, code, packets])).toEqual([
    ['info', 'link-type-not-decoded', [4, 5]],
  ]);
});

/** What a verdict says of real tunnel programs, held against what ping itself said: fixtures/programs/README.md. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import { programCaptures } from '../support/captures.ts';

const FOUR = [4];
const BOTH = [3, 3];
/** Pings for each inner pair, all of them answered; and what carries them. */
const said: readonly (readonly [name: string, pings: readonly number[], tunnel: object])[] = [
  ['fastd-l2tp', BOTH, { kind: 'l2tp', by: 'guess', dstport: 10000 }],
  ['fastd-tap', BOTH, { kind: 'fastd', by: 'guess', dstport: 10000 }],
  ['fastd-tap-l2tp', FOUR, { kind: 'l2tp', by: 'guess' }],
  ['fastd-tap-null', FOUR, { kind: 'fastd', by: 'guess' }],
  ['fastd-tun', BOTH, { kind: 'fastd', by: 'guess' }],
  ['geneve-9999', BOTH, { kind: 'geneve', by: 'guess', vni: 5, dstport: 9999 }],
  ['openvpn-comp', FOUR, { kind: 'openvpn', by: 'guess', dstport: 1194 }],
  ['openvpn-fragment', BOTH, { kind: 'openvpn', by: 'guess' }],
  ['openvpn-keepalive', FOUR, { kind: 'raw', by: 'guess' }],
  ['openvpn-secret', FOUR, { kind: 'openvpn', by: 'guess' }],
  ['openvpn-tap-all', BOTH, { kind: 'openvpn', by: 'guess' }],
  ['openvpn-tls-null', BOTH, { kind: 'openvpn', by: 'guess' }],
  ['quicktun-pi', FOUR, { kind: 'tunpi', by: 'guess', dstport: 2998 }],
  ['socat-tap', FOUR, { kind: 'tunpi', by: 'guess', dstport: 9000 }],
  ['socat-tap-ipip', BOTH, { kind: 'tunpi', by: 'protocol' }],
  ['socat-tun-ipip', FOUR, { kind: 'tunpi', by: 'protocol' }],
  ['tinc-router', FOUR, { kind: 'tinc', by: 'guess', dstport: 655 }],
  ['tinc-router-ipv6', BOTH, { kind: 'tinc', by: 'guess' }],
  ['tinc-switch', BOTH, { kind: 'tinc', by: 'guess' }],
  ['vtun-ether', BOTH, { kind: 'vtun', by: 'guess', dstport: 5000 }],
  ['vtun-tun', FOUR, { kind: 'vtun', by: 'guess', dstport: 5000 }],
  ['vxlan-9000', FOUR, { kind: 'vxlan', by: 'guess', vni: 42, dstport: 9000 }],
  ['vxlan-gbp-9999', BOTH, { kind: 'vxlan', by: 'guess', vni: 42, dstport: 9999 }],
  ['vxlan-gpe-9999', BOTH, { kind: 'vxlan_gpe', by: 'guess', vni: 77, dstport: 9999 }],
];

/** What else is said of some. */
const TOLD: Readonly<Record<string, readonly string[]>> = { 'openvpn-keepalive': ['keepalives'] };

describe('tunnel programs', () => {
  it('are all in the table', () => {
    const paths = said.map(([name]) => `fixtures/programs/${name}.pcap`);
    expect([...programCaptures].sort()).toEqual(paths.sort());
  });

  it.each(said)('%s', async (name, pings, tunnel) => {
    const verdict = await verifyCapture(await openCaptureFile(`fixtures/programs/${name}.pcap`));
    expect(verdict).toMatchObject({ verdict: 'pass', duplicates: 0 });
    expect(verdict.findings.map(({ code }) => code)).toEqual(TOLD[name] ?? []);
    const inner = [
      { src: '172.16.0.1', dst: '172.16.0.2' },
      { src: 'fd16::1', dst: 'fd16::2' },
    ];
    expect(verdict.paths).toMatchObject(
      pings.map((count, i) => ({
        inner: inner[i],
        requests: count,
        answered: count,
        tunnels: [{ src: '10.0.0.1', dst: '10.0.0.2', ...tunnel }],
      })),
    );
  });

  // Socat writes what it has read from the connection to the device as one packet: ping lost what shared a segment.
  it.each([
    ['socat-tun-tcp', [4], [4]],
    ['socat-tap-tcp', [3, 3], [3, 3]],
    ['socat-tun-tcp-flood', [30, 6], [2, 1]],
  ])('%s, wherever its segments begin and end', async (name, requests, answered) => {
    const verdict = await verifyCapture(await openCaptureFile(`fixtures/streams/${name}.pcap`));
    expect(verdict.duplicates).toBe(0);
    expect(verdict.paths).toMatchObject(
      requests.map((count, i) => ({
        requests: count,
        answered: answered[i],
        tunnels: [{ kind: 'tunpi', by: 'guess', src: '10.0.0.1', dst: '10.0.0.2' }],
      })),
    );
    expect(verdict.findings.map(({ code }) => code)).not.toContain('mtu-black-hole');
  });
});

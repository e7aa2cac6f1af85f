/** Attributes of devices that the kernel at hand may lack, byte by byte as linux/if_link.h and if_tunnel.h lay them out. */
import { endianness } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type DeviceDetails, deviceDetails } from '../../src/host/device-details.ts';
import { readAttributes } from '../../src/host/netlink.ts';

const isLittle = endianness() === 'LE';

function attributes(hex: string) {
  const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  return readAttributes(new DataView(bytes.buffer));
}

// Each attribute: its length with these four bytes, its type, its value, padding.
describe.skipIf(!isLittle)(`devices${isLittle ? '' : ' (SKIPPED: the bytes here are little-endian)'}`, () => {
  it.each<[kind: string, hex: string, details: DeviceDetails]>([
    ['vlan', '0600 0100 4d00 0000  0600 0500 8100 0000', { id: 77, protocol: '802.1Q' }],
    ['vlan', '0600 0100 0700 0000  0600 0500 88a8 0000', { id: 7, protocol: '802.1ad' }],
    [
      'ipip',
      '0800 0100 00000000  0800 0200 0a010001  0800 0300 0a020001',
      { local: '10.1.0.1', remote: '10.2.0.1' },
    ],
    ['sit', '0800 0200 0a010001  0800 0300 00000000', { local: '10.1.0.1' }],
    [
      'ip6tnl',
      '1400 0200 20010db8000000000000000000000001  1400 0300 fe8000000000000000000000000000ab',
      { local: '2001:db8::1', remote: 'fe80::ab' },
    ],
    [
      'gretap',
      '0800 0400 00000005  0800 0500 00000006  0800 0600 0a010001  0800 0700 0a020001',
      { local: '10.1.0.1', remote: '10.2.0.1', ikey: 5, okey: 6 },
    ],
    [
      'geneve',
      '0800 0100 09000000  0600 0500 17c1 0000  0800 0200 0a020001',
      { vni: 9, port: 6081, remote: '10.2.0.1' },
    ],
    ['geneve', '0600 0500 17c1 0000  0400 0600', { port: 6081, external: true }],
    [
      'vxlan',
      '0800 0100 2a000000  0800 0200 ef010101  0600 0f00 12b5 0000',
      { vni: 42, port: 4789, group: '239.1.1.1' },
    ],
    ['ipvlan', '0600 0100 0200 0000', { mode: 'l3s' }],
    ['vrf', '0800 0100 0a000000', { table: 10 }],
    ['xfrm', '0800 0100 00000000  0800 0200 05000000', { if_id: 5 }],
    ['tun', '0500 0300 02 000000  0500 0400 00 000000  0500 0600 01 000000', { type: 'tap', persist: true }],
    // A value that breaks off, a length that is none, a kind that nobody knows.
    ['vlan', '0600 0100 4d00 0000  2000 0500 8100 0000', { id: 77 }],
    ['vlan', '0200 0100 4d00 0000', {}],
    ['vlan', '0400 0100  0500 0500 81', { id: 0 }],
    ['quantum', '0800 0100 01000000', {}],
  ])('%s %s', (kind, hex, details) => {
    expect(deviceDetails(kind, attributes(hex))).toEqual(details);
  });
});

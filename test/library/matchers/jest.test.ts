/** The matchers in Jest's own expect, as the package has them: what holds, what must fail, and what the failure says. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect as jestExpect } from 'expect';
import { beforeAll, expect, it } from 'vitest';
import type { AnsweredPings, TunnelscopeMatchers } from '../../../src/library/matchers/matchers.ts';
import type { Packet } from '../../../src/library/packet-objects.ts';
import { openCapture } from '../../../src/library/sources.ts';

declare module 'expect' {
  interface Matchers<R, T> extends TunnelscopeMatchers<T> {}
}

const VXLAN = 'fixtures/vxlan.pcap';
let packet: Packet;

beforeAll(async () => {
  const { matchers } = await import(pathToFileURL(resolve('dist/library/matchers.js')).href);
  jestExpect.extend(matchers);
  for await (const one of openCapture(VXLAN)) {
    packet = one;
    break;
  }
});

it('what holds, holds', async () => {
  jestExpect(packet).toHaveLayers(['...', 'vxlan', 'eth', 'ip', 'icmp', '...']);
  jestExpect(packet).not.toHaveLayers(['...', 'tunpi', '...']);
  jestExpect(packet).toHaveField('vxlan.vni', 42);
  jestExpect(packet).toHaveField('vxlan.vni');
  jestExpect(packet).not.toHaveField('tcp.srcport');
  await jestExpect(VXLAN).toHaveAnsweredPings({ tunnel: 'vxlan', vni: 42, min: 4 });
  await jestExpect(VXLAN).not.toHaveAnsweredPings({ tunnel: 'geneve' });
});

it('what does not, fails with the packet', async () => {
  expect(() => jestExpect(packet).toHaveField('vxlan.vni', 43)).toThrow(
    'expected vxlan.vni == 43\nreceived vxlan.vni 42\n\npacket 1, 148 bytes:\n\nouter ',
  );
  expect(() => jestExpect(packet).not.toHaveField('vxlan.vni')).toThrow('expected not vxlan.vni\n');
  await expect(
    (async () => jestExpect(VXLAN).toHaveAnsweredPings({ tunnel: 'vxlan', vni: 43 }))(),
  ).rejects.toThrow('expected all pings through vxlan with VNI 43');
});

it('what can’t be checked throws, with not too', async () => {
  const missing = {} as { vni: number };
  expect(() => jestExpect(packet).not.toHaveField('vxlan.vni', missing.vni)).toThrow('received undefined');
  await expect(
    (async () => jestExpect(VXLAN).not.toHaveAnsweredPings({ minimum: 4 } as AnsweredPings))(),
  ).rejects.toThrow('unknown key "minimum"');
});

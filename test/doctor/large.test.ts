/** A cluster's node: how much is looked up grows with its containers and the other nodes, and not with one times the other. */
import { expect, it, vi } from 'vitest';
import { examine } from '../../src/doctor/examine.ts';
import type * as lookup from '../../src/doctor/route-lookup.ts';
import { linkFacts, namespaceFacts, routeFacts } from '../support/host-facts.ts';

const looked = vi.hoisted(() => ({ up: 0 }));
vi.mock('../../src/doctor/route-lookup.ts', async (original) => {
  const actual = await original<typeof lookup>();
  return {
    ...actual,
    findWay: (...words: Parameters<typeof actual.findWay>) => {
      looked.up++;
      return actual.findWay(...words);
    },
  };
});

/** Flannel's node with so many containers on its bridge, and so many other nodes. */
function node(containers: number, others: number) {
  const two = (i: number) => [i >> 8, i & 255] as const;
  const mac = (i: number) =>
    `0e:00:00:00:${two(i)
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join(':')}`;
  const list = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
  const gateway = (i: number) => `10.${two(i).join('.')}.0`;
  const overlay = { vni: 1, port: 8472, local: '192.168.0.1', learning: false };
  const settings = {
    forwarding: false,
    forwarding6: false,
    rpFilter: 0,
    acceptLocal: false,
    proxyArp: false,
  };
  const host = namespaceFacts(1, {
    name: 'node',
    links: [
      linkFacts(2, 'cni0', { kind: 'bridge', addresses: ['10.244.0.1/16'] }),
      linkFacts(3, 'flannel.1', { kind: 'vxlan', mtu: 1450, details: overlay }),
      linkFacts(4, 'eth0', { addresses: ['192.168.0.1/16'] }),
      ...list(containers, (i) =>
        linkFacts(10 + i, `veth${i}`, { kind: 'veth', master: 2, other: { namespace: 100 + i, index: 2 } }),
      ),
    ],
    routes: [
      routeFacts('192.168.0.0/16', 4),
      routeFacts('10.244.0.0/16', 2),
      ...list(others, (i) => routeFacts(`${gateway(i)}/24`, 3, { via: gateway(i) })),
    ],
    neighbors: list(others, (i) => {
      return { device: 3, address: gateway(i), linkAddress: mac(i), state: 'permanent' };
    }),
    forwarding: list(others, (i) => {
      return { device: 3, linkAddress: mac(i), remote: `192.168.${1 + (i >> 8)}.${i & 255}`, isStatic: true };
    }),
  });
  const pods = list(containers, (i) => {
    const addresses = [`10.244.${1 + (i >> 8)}.${i & 255}/16`];
    const other = { namespace: 1, index: 10 + i };
    return namespaceFacts(100 + i, {
      name: `pod${i}`,
      links: [linkFacts(2, 'eth0', { kind: 'veth', mtu: 1450, addresses, other, settings })],
      routes: [routeFacts('10.244.0.0/16', 2), routeFacts('0.0.0.0/0', 2, { via: '10.244.0.1' })],
    });
  });
  return { host: 'node', kernel: '6.1.0', namespaces: [host, ...pods], unseen: [] };
}

it.each([
  [40, 20],
  [400, 20],
  [400, 200],
])('%i containers, %i other nodes', (containers, others) => {
  looked.up = 0;
  expect(examine([node(containers, others)]).problems).toEqual([]);
  // A way from a container: one look-up there, and with its way back two on the host; of an envelope one.
  expect(looked.up).toBeGreaterThan(containers);
  expect(looked.up).toBeLessThanOrEqual(4 * containers + 6 * others + 10);
});

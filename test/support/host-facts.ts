/** Two hosts on one wire with a tunnel between them, as plain data: for kinds of device that not every kernel has. */
import type { HostFacts, LinkFacts, NamespaceFacts, RouteFacts } from '../../src/host/facts/facts.ts';

export function linkFacts(index: number, name: string, more: Partial<LinkFacts> = {}): LinkFacts {
  return {
    index,
    name,
    isUp: true,
    isRunning: true,
    isLoopback: false,
    mtu: 1500,
    addresses: [],
    details: {},
    settings: { forwarding: true, forwarding6: true, rpFilter: 0, acceptLocal: false, proxyArp: false },
    programs: [],
    ...more,
  };
}

export function routeFacts(
  to: string,
  device: number,
  more: Partial<RouteFacts> & { via?: string } = {},
): RouteFacts {
  const { via, ...rest } = more;
  return {
    to,
    table: 254,
    type: 'unicast',
    metric: 0,
    ways: [{ device, onlink: false, ...(via !== undefined && { gateway: via }) }],
    ...rest,
  };
}

const RULES = (['ip', 'ip6'] as const).flatMap((family) =>
  [
    [0, 255],
    [32766, 254],
  ].map(([priority = 0, table = 0]) => {
    return { family, priority, action: 'table', table, isInverted: false, isMarked: false, hasMore: false };
  }),
);

export function namespaceFacts(inode: number, more: Partial<NamespaceFacts>): NamespaceFacts {
  const links = more.links ?? [];
  const local = links.flatMap(({ index, addresses }) =>
    addresses.map((address) =>
      routeFacts(`${address.replace(/\/.*/, '')}/${address.includes(':') ? 128 : 32}`, index, {
        table: 255,
        type: 'local',
      }),
    ),
  );
  return {
    inode,
    rules: RULES,
    neighbors: [],
    forwarding: [],
    sockets: [],
    rpFilter: 0,
    acceptLocal: false,
    proxyArp: false,
    firewall: { state: 'none' },
    cut: [],
    ...more,
    links,
    routes: [...(more.routes ?? []), ...local],
  };
}

/** What is to be different at one end. */
export interface End {
  readonly link?: Partial<LinkFacts>;
  readonly underlay?: Partial<LinkFacts>;
  readonly namespace?: Partial<NamespaceFacts>;
}

const IN6 = { h1: 'fd00::1', h2: 'fd00::2' };
const IN4 = { h1: '10.0.0.1', h2: '10.0.0.2' };

/** eth0 of h1 and h2 are the ends of a pair; tunnel0 leads to the containers' subnet of the other host. */
export function twoHosts(h1: End, h2: End, kernel = '6.1.0'): HostFacts {
  const host = (
    name: 'h1' | 'h2',
    inode: number,
    other: number,
    subnet: string,
    { link, underlay, namespace }: End,
  ) => {
    const addresses = [`${IN4[name]}/24`, `${IN6[name]}/64`];
    const below = { kind: 'veth', addresses, other: { namespace: other, index: 2 }, ...underlay };
    const links = [linkFacts(2, 'eth0', below), linkFacts(3, 'tunnel0', link)];
    const routes = [
      routeFacts('10.0.0.0/24', 2, { source: IN4[name] }),
      routeFacts('fd00::/64', 2),
      routeFacts(subnet, 3),
    ];
    return namespaceFacts(inode, { name, links, routes, ...namespace });
  };
  return {
    host: 'host',
    kernel,
    namespaces: [host('h1', 1, 2, '172.16.2.0/24', h1), host('h2', 2, 1, '172.16.1.0/24', h2)],
    unseen: [],
  };
}

/** What one or several hosts said, with everything that belongs together tied together. */
import type { HostFacts, LinkFacts, NamespaceFacts, NeighborFacts, RouteFacts } from '../host/facts/facts.ts';
import { addressOf, type Prefix, parsePrefix } from './prefix.ts';

export interface Model {
  readonly hosts: readonly HostFacts[];
  readonly namespaces: readonly Namespace[];
}

export interface Namespace {
  /** As problems name it: `h1`, `this namespace`; in front of it the host, where there are several. */
  readonly title: string;
  readonly host: HostFacts;
  readonly facts: NamespaceFacts;
  readonly devices: readonly Device[];
  /** With what they lead to as numbers, the longest first. */
  readonly routes: readonly CompiledRoute[];
  readonly tables: ReadonlyMap<number, readonly CompiledRoute[]>;
  device(index: number | undefined): Device | undefined;
  /** The device that has an address. */
  owner(address: string): Device | undefined;
}

export interface CompiledRoute extends RouteFacts {
  readonly prefix: Prefix;
}

export interface Device extends LinkFacts {
  readonly namespace: Namespace;
  /** The other end of a pair, or the device below, where it is seen. */
  readonly otherDevice: Device | undefined;
  /** Where its envelopes leave, of a tunnel: undefined where that was not seen. */
  readonly home: Namespace | undefined;
  readonly masterDevice: Device | undefined;
  readonly ports: readonly Device[];
}

/** @param hosts one for each that was asked; a host's name stands before its namespaces' where there are several */
export function createModel(hosts: readonly HostFacts[]): Model {
  return { hosts, namespaces: hosts.flatMap((host) => namespacesOf(host, hosts.length > 1)) };
}

function namespacesOf(host: HostFacts, isOneOfSeveral: boolean): Namespace[] {
  const byInode = new Map<number, Namespace>();
  for (const facts of host.namespaces) {
    byInode.set(facts.inode, createNamespace(host, facts, isOneOfSeveral, byInode));
  }
  return [...byInode.values()];
}

function createNamespace(
  host: HostFacts,
  facts: NamespaceFacts,
  isOneOfSeveral: boolean,
  others: ReadonlyMap<number, Namespace>,
): Namespace {
  const name = facts.name ?? (isOneOfSeveral ? '' : 'this namespace');
  const title = isOneOfSeveral ? [host.host, name].filter((part) => part !== '').join('/') : name;
  const devices: Device[] = [];
  const byIndex = new Map<number, Device>();
  const byAddress = new Map<string, Device>();
  const routes = compileRoutes(facts.routes);
  const tables = new Map<number, CompiledRoute[]>();
  for (const route of routes) {
    const table = tables.get(route.table);
    if (table === undefined) tables.set(route.table, [route]);
    else table.push(route);
  }
  const namespace: Namespace = {
    title,
    host,
    facts,
    devices,
    routes,
    tables,
    device: (index) => (index === undefined ? undefined : byIndex.get(index)),
    owner: (address) => byAddress.get(address),
  };
  for (const link of facts.links) {
    const device: Device = {
      ...link,
      namespace,
      get otherDevice() {
        return link.other === undefined
          ? undefined
          : others.get(link.other.namespace)?.device(link.other.index);
      },
      get home() {
        return link.sendsFrom === undefined ? namespace : others.get(link.sendsFrom);
      },
      get masterDevice() {
        return namespace.device(link.master);
      },
      get ports() {
        return devices.filter((one) => one.master === link.index);
      },
    };
    devices.push(device);
    byIndex.set(link.index, device);
    for (const address of link.addresses) byAddress.set(addressOf(address), device);
  }
  return namespace;
}

function compileRoutes(routes: readonly RouteFacts[]): CompiledRoute[] {
  return routes
    .flatMap((route) => {
      const prefix = parsePrefix(route.to);
      return prefix === undefined ? [] : { ...route, prefix };
    })
    .sort((one, other) => other.prefix.length - one.prefix.length || one.metric - other.metric);
}

/** `h1 eth0` */
export function deviceTitle(device: Device): string {
  return `${device.namespace.title} ${device.name}`;
}

/** What a namespace knows of a neighbour. */
export function neighborOf(device: Device, address: string): NeighborFacts | undefined {
  return device.namespace.facts.neighbors.find(
    (one) => one.device === device.index && one.address === address,
  );
}

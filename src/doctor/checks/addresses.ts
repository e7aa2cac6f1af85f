/** Addresses: each in one place; and those that others rely on answer. */
import { ip } from '../commands.ts';
import { type Device, deviceTitle, type Namespace } from '../model.ts';
import { addressOf } from '../prefix.ts';
import { type Problem, problem } from '../problem.ts';
import { type Check, isLinkLocal, type Situation } from '../situation.ts';
import type { Tunnel } from '../tunnels.ts';
import { PAIRS, wireOf } from '../wire.ts';

export const addresses: Check = (situation) =>
  situation.model.namespaces
    .flatMap((namespace) => [
      ...twiceInNamespace(namespace),
      ...namespace.devices.filter(isEndOfWire).flatMap(twiceOnWire),
      ...failedNeighbors(namespace, situation),
    ])
    .concat(situation.tunnels.flatMap((tunnel) => twiceBehindTunnel(tunnel, situation)));

/** Of several devices on one wire, one that stands for it: its bridge, or the end of a pair. */
function isEndOfWire(device: Device): boolean {
  if (device.kind === 'bridge') return true;
  return (
    PAIRS.has(device.kind) &&
    device.masterDevice === undefined &&
    device.otherDevice?.masterDevice === undefined
  );
}

function ownAddresses(device: Device): string[] {
  if (device.isLoopback) return [];
  return device.addresses.map(addressOf).filter((address) => !isLinkLocal(address));
}

function twiceInNamespace(namespace: Namespace): Problem[] {
  return repeated(namespace.devices).map(([address, one, other]) =>
    problem('address-twice', 'warning', other, {
      seen: `${deviceTitle(one)} and ${other.name} both have the address ${address}`,
      wrong: 'which of them answers, and which way answers leave, is unpredictable',
      fix: [ip(namespace, 'addr', 'del', addressWithPrefix(other, address), 'dev', other.name)],
    }),
  );
}

function twiceOnWire(device: Device): Problem[] {
  const { receivers } = wireOf(device);
  return repeated(receivers).flatMap(([address, one, other]) =>
    // Within a namespace it is told above.
    one.namespace === other.namespace
      ? []
      : problem('address-twice', 'error', other, {
          seen: `${deviceTitle(one)} and ${deviceTitle(other)} are on one link, and both have the address ${address}`,
          wrong: 'packets go to whichever answers first',
          fix: [ip(other.namespace, 'addr', 'del', addressWithPrefix(other, address), 'dev', other.name)],
        }),
  );
}

/** Containers of two hosts that a tunnel joins. */
function twiceBehindTunnel(tunnel: Tunnel, { containers, envelopes }: Situation): Problem[] {
  const here = containers.filter(({ host }) => host === tunnel.device.namespace);
  const others = new Set(envelopes(tunnel).flatMap(({ far }) => far?.device.namespace ?? []));
  return here.flatMap((one) =>
    containers
      .filter(({ host, address }) => others.has(host) && address === one.address)
      // Both ends see it: it is told once.
      .filter(({ host }) => one.host.title < host.title)
      .map((other) =>
        problem('address-twice', 'error', other.device, {
          seen: `${deviceTitle(one.device)} and ${deviceTitle(other.device)} both have the address ${one.address}, and ${deviceTitle(tunnel.device)} joins their hosts`,
          wrong: 'each host keeps packets to that address, and never sends them through the tunnel',
          fix: [],
          advice: `give the containers of ${other.host.title} another subnet than those of ${one.host.title}`,
        }),
      ),
  );
}

function addressWithPrefix(device: Device, address: string): string {
  return device.addresses.find((one) => addressOf(one) === address) ?? address;
}

function repeated(devices: readonly Device[]): (readonly [address: string, one: Device, other: Device])[] {
  const first = new Map<string, Device>();
  return devices.flatMap((device) =>
    ownAddresses(device).flatMap((address) => {
      const before = first.get(address);
      if (before !== undefined && before !== device) return [[address, before, device] as const];
      first.set(address, device);
      return [];
    }),
  );
}

/** Of those that routes or tunnels rely on: others come and go. */
function failedNeighbors(namespace: Namespace, { tunnels }: Situation): Problem[] {
  const wanted = new Set([
    ...namespace.routes.flatMap(({ ways }) => ways.flatMap(({ gateway }) => gateway ?? [])),
    ...tunnels.flatMap(({ device, peers }) =>
      device.namespace === namespace ? peers.map(({ address }) => address) : [],
    ),
  ]);
  return namespace.facts.neighbors.flatMap(({ device: index, address, state }) => {
    const device = namespace.device(index);
    if (state !== 'failed' || device === undefined || !wanted.has(address)) return [];
    return [
      problem('failed-neighbor', 'warning', device, {
        seen: `${address} did not answer ${address.includes(':') ? 'NDP' : 'ARP'} on ${deviceTitle(device)} the last time`,
        wrong: 'packets to it, or through it, are not sent',
        fix: [ip(namespace, 'neigh', 'flush', 'dev', device.name)],
        advice: 'but first check that it exists, and is on this link',
      }),
    ];
  });
}

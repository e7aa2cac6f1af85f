/** Whether frames for all, above all ARP requests, get from each VXLAN device of a network to each other one: by a group, or by entries. */
import { bridge } from '../commands.ts';
import { deviceTitle } from '../model.ts';
import { type Problem, problem } from '../problem.ts';
import { type Check, defaultPeers } from '../situation.ts';
import { ALL_ZEROS, type Tunnel } from '../tunnels.ts';
import { wireOf } from '../wire.ts';

export const vxlanFloods: Check = ({ tunnels }) => {
  const devices = tunnels.filter(
    ({ kind, vni, local }) => kind === 'vxlan' && vni !== undefined && local !== undefined,
  );
  const networks = new Map<string, Tunnel[]>();
  for (const tunnel of devices) {
    const key = `${tunnel.vni} ${tunnel.port}`;
    const members = networks.get(key);
    if (members === undefined) networks.set(key, [tunnel]);
    else members.push(tunnel);
  }
  return [...networks.values()].flatMap((members) => [...notFlooded(members), ...groupApart(members)]);
};

/** The addresses that frames for all are sent to, one by one. */
function floodsTo(tunnel: Tunnel): ReadonlySet<string> {
  return new Set(defaultPeers(tunnel).map(({ address }) => address));
}

/** One that sends to some of the others is missing one that sends to it; where nobody does, some may be left out on purpose. */
function notFlooded(members: readonly Tunnel[]): Problem[] {
  const known = members.map((tunnel) => ({ tunnel, local: tunnel.local as string, to: floodsTo(tunnel) }));
  const byLocal = new Map(known.map((one) => [one.local, one]));
  return known.flatMap((sender) => {
    if (![...sender.to].some((address) => byLocal.has(address))) return [];
    return known
      .filter(({ local, to }) => local !== sender.local && to.has(sender.local) && !sender.to.has(local))
      .map((other) => {
        const { device } = sender.tunnel;
        return problem('flood-missing', 'error', device, {
          seen: `${deviceTitle(device)} sends frames for all to ${[...sender.to].join(' and ')}, and not to ${other.local}, where ${deviceTitle(other.tunnel.device)} sends them to it`,
          wrong: 'ARP requests for what is behind that host never get there',
          fix: [bridge(device.namespace, 'fdb', 'append', ALL_ZEROS, 'dev', device.name, 'dst', other.local)],
        });
      });
  });
}

function groupApart(members: readonly Tunnel[]): Problem[] {
  const [first, ...others] = members.filter(({ device }) => device.details.group !== undefined);
  const below = first?.device.otherDevice;
  if (first === undefined || below === undefined) return [];
  const { receivers, isWhole } = wireOf(below);
  const apart = others.find(
    ({ device, local }) =>
      device.details.group === first.device.details.group &&
      device.otherDevice !== undefined &&
      !receivers.includes(device.otherDevice) &&
      !floodsTo(first).has(local as string),
  );
  if (!isWhole || apart === undefined) return [];
  const [one, other] = [first, apart];
  const append = (from: Tunnel, to: Tunnel) =>
    bridge(
      from.device.namespace,
      'fdb',
      'append',
      ALL_ZEROS,
      'dev',
      from.device.name,
      'dst',
      to.local as string,
    );
  return [
    problem('group-apart', 'warning', one.device, {
      seen: `${deviceTitle(one.device)} and ${deviceTitle(other.device)} meet in the group ${one.device.details.group}, and are not on one link`,
      wrong:
        'routers forward multicast only with multicast routing (PIM); without it, neither hears of the other',
      fix: [append(one, other), append(other, one)],
    }),
  ];
}

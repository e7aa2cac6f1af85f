/** The containers' side of a tunnel: bridge, default route, MTU, and whether the host passes on what they send. */
import { forwardingOn, ip, run } from '../commands.ts';
import { type Device, deviceTitle } from '../model.ts';
import { familyOf, hostIn } from '../prefix.ts';
import { type Problem, problem } from '../problem.ts';
import type { Check, Container, Situation } from '../situation.ts';
import type { Tunnel } from '../tunnels.ts';
import { wireOf } from '../wire.ts';

/** So many routes into tunnels are tried for a host's first container; for its others, one. */
const MOST_ROUTES = 256;
/** So many devices are named. */
const NAMED = 3;

export const containers: Check = (situation) => [
  ...situation.model.namespaces.flatMap(({ devices }) => devices.flatMap(bridgePort)),
  ...situation.containers.flatMap(defaultRoute),
  ...situation.tunnels.flatMap((tunnel) => [...innerMtu(tunnel, situation), ...passesOn(tunnel, situation)]),
  ...waysIntoTunnels(situation),
];

function bridgePort(device: Device): Problem[] {
  const bridge = device.masterDevice;
  if (bridge?.kind !== 'bridge') return [];
  const { namespace, otherDevice: other } = device;
  const behind = other === undefined ? '' : `, behind which is ${deviceTitle(other)}`;
  const cut = 'whatever is attached there reaches nobody';
  const tell = (what: Device, seen: string, wrong = cut) =>
    problem('bridge-port', 'error', what, {
      seen,
      wrong,
      fix: [ip(what.namespace, 'link', 'set', what.name, 'up')],
    });
  // Without an address behind it, a port that is down may be meant to be.
  if (other !== undefined && other.addresses.length === 0) return [];
  if (!device.isUp)
    return other === undefined
      ? []
      : [tell(device, `port ${device.name} of ${deviceTitle(bridge)} is down${behind}`)];
  if (other !== undefined && !other.isUp)
    return [tell(other, `${deviceTitle(other)} is down, which is plugged into ${deviceTitle(bridge)}`)];
  if (!bridge.isUp && device.isUp && other !== undefined)
    return [tell(bridge, `${deviceTitle(bridge)} is down`, 'its ports reach nobody')];
  const { portState } = device.settings;
  if (portState === undefined || portState === 'forwarding' || !device.isRunning) return [];
  return [
    problem('bridge-port', 'warning', device, {
      seen: `port ${device.name} of ${deviceTitle(bridge)} is ${portState}${behind}`,
      wrong: 'spanning tree (802.1D) forwards no frames there',
      fix: [run(namespace, 'bridge', 'link', 'set', 'dev', device.name, 'state', 3)],
    }),
  ];
}

function defaultRoute({ device, namespace, address, host }: Container): Problem[] {
  const family = familyOf(address);
  const ways = namespace.routes.filter(
    ({ prefix, type }) => prefix.length === 0 && prefix.family === family && type === 'unicast',
  );
  const wire = wireOf(device);
  if (ways.length === 0) {
    const gateway = wire.receivers.find((one) => one.namespace === host)?.addresses[0]?.replace(/\/.*/, '');
    if (gateway === undefined) return [];
    return [
      problem('default-route', 'warning', device, {
        seen: `${namespace.title} has no default route`,
        wrong: 'it reaches only its own subnet, and can’t answer anybody else',
        fix: [ip(namespace, 'route', 'add', 'default', 'via', gateway)],
      }),
    ];
  }
  return ways.flatMap(({ ways: [way] }) => {
    const gateway = way?.gateway;
    const isThere = wire.receivers.some((one) => one.namespace.owner(gateway ?? '') !== undefined);
    // A gateway that nobody has may be answered for (proxy ARP), as Calico does; that is over a pair without a bridge.
    const isBridged = wire.receivers.some(({ kind }) => kind === 'bridge');
    if (gateway === undefined || way?.device !== device.index || isThere || !wire.isWhole || !isBridged)
      return [];
    return [
      problem('default-route', 'error', device, {
        seen: `${namespace.title} uses the gateway ${gateway}, but nobody on the link of ${device.name} has that address`,
        wrong: 'its packets never leave its own subnet',
        fix: [
          ip(namespace, 'route', 'replace', 'default', 'via', gatewayOf(wire.receivers, host) ?? 'GATEWAY'),
        ],
      }),
    ];
  });
}

function gatewayOf(receivers: readonly Device[], host: Container['host']): string | undefined {
  return receivers
    .find((one) => one.namespace === host && one.addresses.length > 0)
    ?.addresses[0]?.replace(/\/.*/, '');
}

/** Networks that a host has routes to into a tunnel. VXLAN's own network is not among them: those in it are other hosts. */
function routesInto({ device }: Tunnel): string[] {
  return device.namespace.routes.flatMap(({ to, type, ways, prefix }) => {
    const into = ways.find((way) => way.device === device.index);
    const isOwn = device.kind === 'vxlan' && into?.gateway === undefined;
    return type !== 'unicast' || prefix.length === 0 || into === undefined || isOwn ? [] : to;
  });
}

function innerMtu(tunnel: Tunnel, { containers }: Situation): Problem[] {
  const { device } = tunnel;
  if (routesInto(tunnel).length === 0) return [];
  const larger = containers.filter(
    (one) =>
      one.host === device.namespace &&
      one.device.mtu > device.mtu &&
      // A route may say less than the device.
      !one.namespace.routes.some(
        ({ prefix, mtu }) => prefix.length === 0 && mtu !== undefined && mtu <= device.mtu,
      ),
  );
  const [first] = larger;
  if (first === undefined) return [];
  const more = larger.length - 1;
  return [
    problem('inner-mtu', 'warning', device, {
      seen: `${deviceTitle(first.device)}${more > 0 ? ` and ${more} more` : ''} may send ${first.device.mtu} bytes, and ${deviceTitle(device)}, which that goes into, takes ${device.mtu}`,
      wrong:
        'larger packets that must not be fragmented are refused; if the refusal (ICMP) is lost, connections hang',
      fix: larger
        .slice(0, NAMED)
        .map((one) => ip(one.namespace, 'link', 'set', one.device.name, 'mtu', device.mtu)),
    }),
  ];
}

/** What comes out of a tunnel is for containers, and not for the host. */
function passesOn({ device }: Tunnel, { containers }: Situation): Problem[] {
  const { namespace } = device;
  const first = containers.find(({ host }) => host === namespace);
  if (first === undefined || device.settings.forwarding || device.masterDevice !== undefined || !device.isUp)
    return [];
  return [
    problem('ip-forward', 'error', device, {
      seen: `forwarding is off where packets for ${first.namespace.title} come out of ${device.name}`,
      wrong: `${namespace.title} drops packets to its containers`,
      fix: [forwardingOn(device, first.address)],
    }),
  ];
}

/** What stops packets of containers between them and the tunnel that a route sends them into. */
function waysIntoTunnels({ containers, tunnels, pingWay }: Situation): Problem[] {
  const routes = new Map<Container['host'], readonly string[]>();
  for (const tunnel of tunnels) {
    const { namespace } = tunnel.device;
    const targets = routesInto(tunnel).map(hostIn);
    routes.set(namespace, [...(routes.get(namespace) ?? []), ...targets].slice(0, MOST_ROUTES));
  }
  const tried = new Set<Container['host']>();
  return containers.flatMap(({ host, namespace, address }) => {
    const all = (routes.get(host) ?? []).filter((to) => familyOf(to) === familyOf(address));
    const some = tried.has(host) ? all.slice(0, 1) : all;
    tried.add(host);
    return some.flatMap((to) => {
      const way = pingWay(namespace, address, to);
      const isNear = way.namespace === host || way.namespace === namespace;
      const concerns = [`${namespace.title} → ${to}`];
      return isNear && way.obstacle !== undefined ? [{ ...way.obstacle, concerns }] : [];
    });
  });
}

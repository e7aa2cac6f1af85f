/** Containers of different hosts: the way there, and the way back. */
import { ip } from '../commands.ts';
import { type Device, deviceTitle, type Namespace } from '../model.ts';
import { addressOf, networkOf } from '../prefix.ts';
import { type Problem, problem, type Severity } from '../problem.ts';
import type { Check, Container, Situation } from '../situation.ts';
import type { Hop, Walk } from '../walk.ts';

/** Each with each of the others: that many hosts' containers are tried. */
const MOST_HOSTS = 48;

export const containerWays: Check = (situation) => {
  const firsts = [...new Map([...situation.containers].reverse().map((one) => [one.host, one])).values()]
    .reverse()
    .slice(0, MOST_HOSTS);
  return firsts.flatMap((one, i) => firsts.slice(i + 1).flatMap((other) => between(one, other, situation)));
};

function between(one: Container, other: Container, situation: Situation): Problem[] {
  const there = situation.pingWay(one.namespace, one.address, other.address);
  const back = situation.pingWay(other.namespace, other.address, one.address);
  const arrives = there.end === 'arrived';
  const returns = back.end === 'arrived';
  // Somebody else has the address where it arrives: these two have nothing to do with each other.
  if ((arrives && there.namespace !== other.namespace) || (returns && back.namespace !== one.namespace))
    return [];
  const unjudged = [...there.unjudged, ...back.unjudged];
  if (arrives && returns) {
    return [...unjudged, ...differentWays(there, back, one, other), ...onlyPings(one, other, situation)];
  }
  // With the tunnel its way back is missing too: mended, it is there.
  if (there.isTunnelsOwn === true || back.isTunnelsOwn === true) return unjudged;
  if (arrives) return [...unjudged, ...noWayBack(there, back, one, other)];
  if (returns) return [...unjudged, ...noWayBack(back, there, other, one)];
  const isMeant = there.through.length > 0 || back.through.length > 0;
  if (!isMeant && !areConnected(one.host, other.host, situation)) return [];
  const severity = isMeant ? 'error' : 'warning';
  return [...ownObstacle(there, severity, one, other), ...ownObstacle(back, severity, other, one)];
}

/** What stops a packet outside of tunnels, whose obstacles are told with them. */
function ownObstacle(way: Walk, severity: Severity, from: Container, to: Container): Problem[] {
  if (way.obstacle === undefined) return [];
  return [
    {
      ...way.obstacle,
      severity,
      concerns: [`${from.namespace.title} → ${to.namespace.title} (${to.address})`],
    },
  ];
}

/** Pings arrive. Of connections one can be told that no rule about ports decides: a policy that lets no TCP through. */
function onlyPings(one: Container, other: Container, { connectionWay }: Situation): Problem[] {
  const pairs = [
    [one, other],
    [other, one],
  ] as const;
  return pairs
    .flatMap(([from, to]) => {
      const { obstacle } = connectionWay(from.namespace, from.address, to.address);
      if (obstacle?.check !== 'firewall') return [];
      const { title } = from.namespace;
      const wrong = `${obstacle.wrong}: pings pass, and TCP connections from ${title} don’t`;
      return {
        ...obstacle,
        severity: 'warning' as const,
        wrong,
        concerns: [`${title} → ${to.namespace.title} (${to.address})`],
      };
    })
    .slice(0, 1);
}

function differentWays(there: Walk, back: Walk, one: Container, other: Container): Problem[] {
  if (there.through.length > 0 === back.through.length > 0) return [];
  const [inTunnel, outside, asker, answerer] =
    there.through.length > 0 ? [there, back, one, other] : [back, there, other, one];
  return [wayBack(inTunnel, outside, asker, answerer, 'warning')];
}

/** @param answerer whose answers don't arrive */
function noWayBack(there: Walk, back: Walk, asker: Container, answerer: Container): Problem[] {
  if (back.end === 'unknown') return [];
  // A container that can't send an answer never asks its host for the way.
  const isSilent = back.end === 'stopped' && back.namespace === answerer.namespace;
  if (there.through.length === 0 || isSilent) return ownObstacle(back, 'error', answerer, asker);
  const into = enteringHop(there, answerer.host)?.in;
  // What leaves by the tunnel and is stopped behind it has another fault.
  if (back.hops.some(({ out }) => out === into)) return ownObstacle(back, 'error', answerer, asker);
  return [wayBack(there, back, asker, answerer, back.end === 'stopped' ? 'error' : 'warning')];
}

function enteringHop({ hops }: Walk, host: Namespace): Hop | undefined {
  return hops.find(({ namespace }) => namespace === host);
}

function wayBack(
  there: Walk,
  back: Walk,
  asker: Container,
  answerer: Container,
  severity: Severity,
): Problem {
  const { host } = answerer;
  const into: Device | undefined = enteringHop(there, host)?.in;
  const out = enteringHop(back, host);
  const leaves =
    out === undefined
      ? `no route of ${host.title} leads back`
      : `replies leave through ${out.out.name}${out.next === asker.address ? '' : ` via ${out.next}`}`;
  const stopped = back.obstacle === undefined ? '' : `: ${back.obstacle.seen}`;
  const subnet = asker.device.addresses.find((one) => addressOf(one) === asker.address) ?? asker.address;
  const through = into ?? there.through.at(-1);
  return problem('way-back', severity, into ?? host, {
    seen: `packets from ${asker.namespace.title} (${asker.address}) reach ${host.title} through ${into === undefined ? 'a tunnel' : deviceTitle(into)}, and ${leaves}${stopped}`,
    wrong: 'requests arrive, but replies don’t go back through the tunnel',
    fix: [
      through?.namespace === host
        ? ip(host, 'route', 'add', networkOf(subnet), ...gatewayInto(through, host), 'dev', through.name)
        : ip(host, 'route', 'add', networkOf(subnet), 'dev', 'TUNNEL'),
    ],
  });
}

/** `via` as other routes into the device have it: VXLAN's need the other end's address. */
function gatewayInto(device: Device, host: Namespace): string[] {
  const gateways = host.routes.flatMap(({ ways }) =>
    ways.flatMap((way) => (way.device === device.index && way.gateway !== undefined ? way.gateway : [])),
  );
  return gateways.length === 0 ? [] : ['via', gateways[0] as string];
}

/** Whether hosts reach each other at all: others have nothing to do with each other. */
function areConnected(
  one: Namespace,
  other: Namespace,
  { containers, tunnels, pingWay }: Situation,
): boolean {
  const inside = new Set([
    ...containers.flatMap(({ plug }) => [plug, plug.masterDevice]),
    ...tunnels.map(({ device }) => device),
  ]);
  return other.devices
    .filter((device) => !inside.has(device) && !device.isLoopback)
    .flatMap(({ addresses }) => addresses.slice(0, 1))
    .some((address) => {
      const way = pingWay(one, undefined, addressOf(address));
      return way.end === 'arrived' && way.namespace === other;
    });
}

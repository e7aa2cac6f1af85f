/** Commands that set up a tunnel otherwise than it is. */
import { bridge, ip } from './commands.ts';
import { forwardingOf, type Peer, type Tunnel } from './tunnels.ts';

/** The command by which a tunnel sends to another address than to this peer's. */
export function sendTo({ device, kind, program }: Tunnel, peer: Peer, address: string): string {
  const { namespace } = device;
  if (program !== undefined)
    return `start ${program.process} (${program.pid}) in ${namespace.title} again, with ${address}`;
  if (peer.linkAddress !== undefined)
    return bridge(namespace, 'fdb', 'replace', peer.linkAddress, 'dev', device.name, 'dst', address);
  if (peer.by.startsWith('route'))
    return `${ip(namespace, 'route', 'replace', peer.by.slice(9), 'via', address, 'dev', device.name)} onlink`;
  return ip(namespace, 'link', 'set', device.name, 'type', kind, 'remote', address);
}

/** Flags that a device can't be given later. */
const FLAGS = ['udp6zerocsumtx', 'udp6zerocsumrx'] as const;

/**
 * Commands that make a device again, otherwise than it is.
 *
 * @param more flags that it did not have
 */
export function makeAnew(
  { device, kind, vni: own }: Tunnel,
  { vni = own, more = [] }: { vni?: number | undefined; more?: readonly (typeof FLAGS)[number][] },
): string[] {
  const { namespace, name, details, address, otherDevice: below } = device;
  const word = (key: string, value = details[key]) => (value === undefined ? [] : [key, String(value)]);
  const routes = namespace.routes.filter(
    ({ type, ways, source }) =>
      type === 'unicast' && source === undefined && ways.some((way) => way.device === device.index),
  );
  return [
    ip(namespace, 'link', 'del', name),
    ip(
      namespace,
      ...['link', 'add', name, ...word('address', address), 'type', kind, 'id', String(vni)],
      ...['local', 'remote', 'group', 'df'].flatMap((key) => word(key)),
      ...word('dstport', details.port),
      ...(details.learning === false ? ['nolearning'] : []),
      ...FLAGS.filter((flag) => details[flag] === true || more.includes(flag)),
      ...word('dev', below?.name),
    ),
    ...device.addresses.map((one) => ip(namespace, 'addr', 'add', one, 'dev', name)),
    ip(namespace, 'link', 'set', name, 'up'),
    ...routes.map(({ to, ways: [way] }) =>
      ip(
        namespace,
        ...['route', 'add', to, ...(way?.gateway === undefined ? [] : ['via', way.gateway]), 'dev', name],
        ...(way?.onlink === true ? ['onlink'] : []),
      ),
    ),
    ...forwardingOf(device).flatMap(({ linkAddress, remote, isStatic }) =>
      isStatic && remote !== undefined && remote !== details.remote
        ? bridge(namespace, 'fdb', 'append', linkAddress, 'dev', name, 'dst', remote)
        : [],
    ),
    ...namespace.facts.neighbors.flatMap((one) =>
      one.device === device.index && one.state === 'permanent' && one.linkAddress !== undefined
        ? ip(
            namespace,
            'neigh',
            'add',
            one.address,
            'lladdr',
            one.linkAddress,
            'dev',
            name,
            'nud',
            'permanent',
          )
        : [],
    ),
  ];
}

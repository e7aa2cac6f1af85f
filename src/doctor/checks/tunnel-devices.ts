/** A tunnel's device by itself. */
import { ip, run } from '../commands.ts';
import { deviceTitle, type Namespace } from '../model.ts';
import { type Problem, problem } from '../problem.ts';
import { findWay } from '../route-lookup.ts';
import { type Check, isLinkLocal } from '../situation.ts';
import { IPPROTO_UDP, type Tunnel } from '../tunnels.ts';

/** Since 5.7 the kernel sums up by itself what a device below can't (Calico turns the feature off before that, too). */
const CHECKSUMS_MENDED = [5, 7] as const;

export const tunnelDevices: Check = ({ tunnels }) =>
  tunnels.flatMap((tunnel) => [
    ...isDown(tunnel),
    ...localAddress(tunnel),
    ...isUnused(tunnel),
    ...portTaken(tunnel, tunnels),
    ...vniTwice(tunnel, tunnels),
    ...transmitChecksums(tunnel),
    ...vmxnet3(tunnel),
  ]);

function isDown({ device }: Tunnel): Problem[] {
  if (device.isUp) return [];
  return [
    problem('device-down', 'error', device, {
      seen: `${deviceTitle(device)} is down`,
      wrong: 'nothing goes into this tunnel or comes out of it',
      fix: [ip(device.namespace, 'link', 'set', device.name, 'up')],
    }),
  ];
}

function localAddress({ device, local }: Tunnel): Problem[] {
  const { home: namespace } = device;
  if (local === undefined || namespace === undefined || namespace.owner(local) !== undefined) return [];
  return [
    problem('local-address', 'error', device, {
      seen: `envelopes of ${deviceTitle(device)} come from ${local}, which is not an address of ${namespace.title}`,
      wrong: 'replies to them go to somebody else',
      fix: [ip(namespace, 'addr', 'add', `${local}/24`, 'dev', 'DEVICE')],
      advice: `or recreate the tunnel with an existing address: ${ip(namespace, '-br', 'addr')}`,
    }),
  ];
}

function isUnused({ device }: Tunnel): Problem[] {
  const isWayOut = device.namespace.routes.some(
    ({ type, to, ways }) =>
      type === 'unicast' &&
      !isLinkLocal(to.replace(/\/.*/, '')) &&
      ways.some((way) => way.device === device.index),
  );
  if (!device.isUp || isWayOut || device.masterDevice !== undefined) return [];
  return [
    problem('unused-tunnel', 'warning', device, {
      seen: `no route leads into ${deviceTitle(device)}, and it is not a bridge port`,
      wrong: 'nothing is sent through this tunnel, not even replies to what comes out of it',
      fix: [ip(device.namespace, 'route', 'add', 'SUBNET', 'dev', device.name)],
      advice: 'SUBNET is the containers’ subnet at the other end',
    }),
  ];
}

function portTaken(tunnel: Tunnel, all: readonly Tunnel[]): Problem[] {
  const { device, port } = tunnel;
  const { namespace } = device;
  if (tunnel.program !== undefined || tunnel.protocol !== IPPROTO_UDP || device.isUp) return [];
  const isShared = all.some(
    (other) => other.device.namespace === namespace && other.device.isUp && other.port === port,
  );
  const socket = namespace.facts.sockets.find((one) => one.protocol === 'udp' && one.port === port);
  if (isShared || socket === undefined) return [];
  const who =
    socket.holder === undefined ? 'another socket' : `${socket.holder.process} (${socket.holder.pid})`;
  return [
    problem('port-taken', 'error', device, {
      seen: `UDP port ${port} of ${namespace.title} is held by ${who}`,
      wrong: `${device.name} can't be brought up: its envelopes arrive on that port`,
      fix: [
        ...(socket.holder === undefined ? [] : [`kill ${socket.holder.pid}`]),
        ip(namespace, 'link', 'set', device.name, 'up'),
      ],
      advice: `or give the tunnel another port, at both ends; who holds this one: ${run(namespace, 'ss', '-ulnp', 'sport', '=', `:${port}`)}`,
    }),
  ];
}

function vniTwice({ device, kind, vni, port }: Tunnel, all: readonly Tunnel[]): Problem[] {
  const other = all.find(
    (one) =>
      one.device.namespace === device.namespace &&
      one.device.index > device.index &&
      one.kind === kind &&
      one.vni === vni &&
      one.port === port,
  );
  if (vni === undefined || other === undefined) return [];
  return [
    problem('vni-twice', 'error', device, {
      seen: `${deviceTitle(device)} and ${other.device.name} both have VNI ${vni} on UDP port ${port}`,
      wrong: 'packets with this VNI go to only one of them',
      fix: [ip(device.namespace, 'link', 'del', other.device.name)],
    }),
  ];
}

function transmitChecksums({ device, kind }: Tunnel): Problem[] {
  const [major = 0, minor = 0] = device.namespace.host.kernel.split('.').map(Number);
  const [since, sinceMinor] = CHECKSUMS_MENDED;
  const isMended = major > since || (major === since && minor >= sinceMinor);
  const feature = 'tx-checksum-ip-generic';
  if (kind !== 'vxlan' || isMended || device.offload?.on.includes(feature) !== true) return [];
  return [
    problem('checksum-offload', 'warning', device, {
      seen: `${deviceTitle(device)} leaves checksums to the device below (${feature}), on Linux ${device.namespace.host.kernel}`,
      wrong:
        'before Linux 5.7, packets with translated addresses leave with a bad checksum, and connections hang',
      fix: [run(device.namespace, 'ethtool', '-K', device.name, feature, 'off')],
    }),
  ];
}

function vmxnet3({ device, port, peers }: Tunnel): Problem[] {
  const features = ['tx-udp_tnl-segmentation', 'tx-udp_tnl-csum-segmentation'];
  const { namespace } = device;
  if (port === undefined) return [];
  const card = namespace.devices.find(
    ({ offload, index }) =>
      offload?.driver === 'vmxnet3' &&
      features.some((feature) => offload.on.includes(feature)) &&
      (device.otherDevice?.index === index ||
        peers.some(({ address }) => leavesBy(namespace, address) === index)),
  );
  if (card === undefined) return [];
  return [
    problem('checksum-offload', 'warning', card, {
      seen: `${deviceTitle(card)} (vmxnet3) takes over checksums inside of tunnels`,
      wrong: `it does so for some UDP ports only, and spoils or drops envelopes on others, such as ${port}`,
      fix: [run(namespace, 'ethtool', '-K', card.name, ...features.flatMap((feature) => [feature, 'off']))],
    }),
  ];
}

function leavesBy(namespace: Namespace, address: string): number | undefined {
  const way = findWay(namespace, { to: address });
  return way.kind === 'out' ? way.device.index : undefined;
}

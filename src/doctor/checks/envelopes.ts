/** A tunnel's envelopes on their way to its other ends, and what waits for them there. */
import { ip } from '../commands.ts';
import { type Device, deviceTitle, type Namespace } from '../model.ts';
import { type Problem, problem } from '../problem.ts';
import type { Check, Envelope } from '../situation.ts';
import { makeAnew, sendTo } from '../tunnel-commands.ts';
import { IPPROTO_UDP, type Tunnel } from '../tunnels.ts';

export const envelopes: Check = ({ model, tunnels, envelopes }) => {
  const told = createPairs();
  return tunnels.flatMap((tunnel) => {
    const all = envelopes(tunnel);
    return [
      ...all.flatMap(obstacles),
      ...all.flatMap(intoItself),
      ...(model.hosts.length > 1 ? all.flatMap(nobodyOfThese) : []),
      ...outerMtu(tunnel, all),
      ...all.flatMap((one) =>
        one.far === undefined ? nobodyThere(one, tunnels, told) : ends(one, one.far, told),
      ),
    ];
  });
};

function obstacles(one: Envelope): Problem[] {
  const { tunnel, peer, walk } = one;
  const concerns = [`${deviceTitle(tunnel.device)} → ${peer.address} (${peer.by})`];
  const { obstacle, unjudged } = walk;
  const isLost = obstacle?.check === 'no-route' || obstacle?.check === 'no-neighbor';
  const advice = isLost
    ? `or, where ${peer.address} is wrong: ${sendTo(tunnel, peer, 'ADDRESS')}`
    : undefined;
  return [
    ...(obstacle === undefined ? [] : [{ ...obstacle, ...(advice !== undefined && { advice }), concerns }]),
    ...unjudged.map((found) => ({ ...found, concerns })),
  ];
}

function intoItself({ tunnel, peer, walk }: Envelope): Problem[] {
  const { device } = tunnel;
  if (!walk.through.includes(device)) return [];
  return [
    problem('no-route', 'error', device, {
      seen: `envelopes of ${deviceTitle(device)} to ${peer.address} are routed into ${device.name} itself`,
      wrong: 'the kernel drops them: they would be encapsulated again and again',
      fix: [ip(walk.namespace, 'route', 'add', peer.address, 'via', 'GATEWAY')],
    }),
  ];
}

/** Two ends see the same fault: it is told once. */
function createPairs(): (one: Device, other: Device) => boolean {
  const told = new Map<Device, Set<Device>>();
  return (one, other) => {
    if (told.get(other)?.has(one) === true) return false;
    const others = told.get(one) ?? new Set();
    told.set(one, others.add(other));
    return true;
  };
}

/** Of several hosts that were asked, none has the other end's address. */
function nobodyOfThese({ tunnel, peer, walk }: Envelope): Problem[] {
  if (walk.end !== 'unseen') return [];
  return [
    problem('no-neighbor', 'warning', tunnel.device, {
      seen: `${deviceTitle(tunnel.device)} sends to ${peer.address} (${peer.by}), which none of these hosts has`,
      wrong: 'the address is wrong, or its host was not examined',
      fix: [],
      advice: `correct ${peer.address}, or add that host's report: --from FILE`,
    }),
  ];
}

function outerMtu({ device, overhead, isWhole }: Tunnel, all: readonly Envelope[]): Problem[] {
  const needed = device.mtu + overhead;
  const hops = all.flatMap(({ walk }) => walk.hops).filter(({ mtu, out }) => mtu < needed && out !== device);
  const [smallest] = hops.sort((one, other) => one.mtu - other.mtu);
  if (smallest === undefined) return [];
  const fits = smallest.mtu - overhead;
  return [
    problem('outer-mtu', isWhole ? 'error' : 'warning', device, {
      seen: `${deviceTitle(device)} takes ${device.mtu} bytes, with the envelope ${needed}, and ${deviceTitle(smallest.out)} lets ${smallest.mtu} through`,
      wrong: isWhole
        ? 'envelopes may not be fragmented: packets of full size are lost'
        : 'envelopes of packets of full size are fragmented, which is slow, and firewalls drop fragments',
      fix: [ip(device.namespace, 'link', 'set', device.name, 'mtu', fits)],
      advice: `or, where that network is yours: ${ip(smallest.namespace, 'link', 'set', smallest.out.name, 'mtu', needed)}`,
    }),
  ];
}

function carrier({ protocol }: Tunnel, port: number | undefined): string {
  return protocol === IPPROTO_UDP ? `UDP port ${port}` : `IP protocol ${protocol}`;
}

/** Envelopes arrive, and no tunnel is there that takes them out. */
function nobodyThere(
  { tunnel, peer, walk }: Envelope,
  tunnels: readonly Tunnel[],
  told: ReturnType<typeof createPairs>,
): Problem[] {
  if (walk.end !== 'arrived' || tunnel.device.details.external === true) return [];
  const there = walk.namespace;
  const others = tunnels.filter(
    ({ device, protocol }) => device.home === there && protocol === tunnel.protocol && device.isUp,
  );
  const onPort = others.find(({ port }) => port === peer.port);
  if (
    onPort !== undefined &&
    tunnel.vni !== undefined &&
    onPort.vni !== undefined &&
    onPort.vni !== tunnel.vni
  )
    return told(tunnel.device, onPort.device) ? [vniDiffers(tunnel, onPort)] : [];
  if (onPort !== undefined) return told(tunnel.device, onPort.device) ? [remoteDiffers(tunnel, onPort)] : [];
  const socket = there.facts.sockets.find((one) =>
    tunnel.protocol === IPPROTO_UDP
      ? one.protocol === 'udp' && one.port === peer.port
      : one.protocol === 'raw' && one.port === tunnel.protocol,
  );
  if (socket !== undefined) return [];
  const sameNetwork = others.find(({ kind, vni }) => kind === tunnel.kind && vni === tunnel.vni);
  const listens =
    sameNetwork === undefined
      ? ''
      : `; ${deviceTitle(sameNetwork.device)} listens on ${carrier(sameNetwork, sameNetwork.port)}`;
  return [
    problem('far-end', 'error', there, {
      seen: `${deviceTitle(tunnel.device)} sends to ${peer.address}, and in ${there.title} nothing takes ${carrier(tunnel, peer.port)}${listens}`,
      wrong: `packets sent into ${tunnel.device.name} arrive, but nothing decapsulates them`,
      fix: [],
      advice: startHint(tunnel, there),
    }),
  ];
}

function startHint({ device, kind, vni, port, program }: Tunnel, there: Namespace): string {
  if (program !== undefined) return `start the other end of ${program.process} in ${there.title}`;
  const numbers = [
    ...(vni === undefined ? [] : ['id', vni]),
    ...(port === undefined ? [] : ['dstport', port]),
  ];
  return `make the other end there: ${ip(there, 'link', 'add', device.name, 'type', kind, ...numbers)} …`;
}

function vniDiffers(near: Tunnel, far: Tunnel): Problem {
  return problem('vni-differs', 'error', far.device, {
    seen: `${deviceTitle(near.device)} has VNI ${near.vni}, ${deviceTitle(far.device)} on the same UDP port has ${far.vni}`,
    wrong: 'each drops what the other sends: it has no such virtual network',
    fix: makeAnew(far, { vni: near.vni }),
    advice: 'a VNI can’t be changed: recreate the device, with its addresses and routes',
  });
}

function remoteDiffers(near: Tunnel, far: Tunnel): Problem {
  const to = far.peers.map(({ address, port }) => (port === undefined ? address : `${address} port ${port}`));
  const from = near.local ?? `an address of ${near.device.namespace.title}`;
  const source = near.program === undefined || near.port === undefined ? from : `${from} port ${near.port}`;
  const sends = to.length === 0 ? `is bound to ${far.local}` : `sends to ${to.slice(0, 3).join(', ')}`;
  return problem('remote-differs', 'error', far.device, {
    seen: `${deviceTitle(near.device)} sends from ${source} to ${near.peers[0]?.address}, and ${deviceTitle(far.device)} ${sends}`,
    wrong: 'packets go one way and do not come back',
    ...sendBack(near, far),
  });
}

function sendBack(near: Tunnel, far: Tunnel): Pick<Problem, 'fix' | 'advice'> {
  const peer = far.peers.find(
    ({ linkAddress }) => linkAddress === undefined || linkAddress === near.device.address,
  );
  const address = near.local ?? 'ADDRESS';
  if (peer === undefined) return { fix: [], advice: `let it send to ${address}` };
  const command = sendTo(far, peer, address);
  return far.program === undefined ? { fix: [command] } : { fix: [], advice: command };
}

/** Both ends are in view. */
function ends(
  { tunnel: near, peer }: Envelope,
  far: Tunnel,
  told: ReturnType<typeof createPairs>,
): Problem[] {
  if (!told(near.device, far.device)) return [];
  return [
    ...backTo(near, far),
    ...packetInformation(near, far),
    ...mtuDiffers(near, far),
    ...zeroChecksum(near, far, peer.address),
    ...zeroChecksum(far, near, peer.address),
  ];
}

function backTo(near: Tunnel, far: Tunnel): Problem[] {
  const isNear = ({ address, port }: Tunnel['peers'][number]) =>
    (near.local === undefined ? near.device.home?.owner(address) !== undefined : address === near.local) &&
    (near.protocol !== IPPROTO_UDP || near.port === port);
  // One that learns finds out by itself who is where.
  const learns = far.kind === 'vxlan' && far.device.details.learning !== false;
  if (far.peers.length === 0 || far.peers.some(isNear) || learns) return [];
  return [remoteDiffers(near, far)];
}

function packetInformation(near: Tunnel, far: Tunnel): Problem[] {
  if (near.program === undefined || far.program === undefined) return [];
  const words = ({ kind, device }: Tunnel) =>
    `${kind} ${device.details.pi === true ? 'with' : 'without'} packet information`;
  if (words(near) === words(far)) return [];
  return [
    problem('packet-information', 'error', far.device, {
      seen: `${deviceTitle(near.device)} is ${words(near)}, ${deviceTitle(far.device)} is ${words(far)}`,
      wrong: 'each misreads what the other sends: four bytes too many, or too few',
      fix: [],
      advice: `start ${far.program.process} (${far.program.pid}) in ${far.device.namespace.title} again with the other end’s settings (socat: iff-no-pi, tun-type)`,
    }),
  ];
}

function mtuDiffers(near: Tunnel, far: Tunnel): Problem[] {
  if (near.device.mtu === far.device.mtu) return [];
  const [small, large] = near.device.mtu < far.device.mtu ? [near, far] : [far, near];
  return [
    problem('mtu-differs', 'warning', large.device, {
      seen: `${deviceTitle(large.device)} takes ${large.device.mtu} bytes, ${deviceTitle(small.device)} at the other end ${small.device.mtu}`,
      wrong: 'large packets may pass in one direction only',
      fix: [ip(large.device.namespace, 'link', 'set', large.device.name, 'mtu', small.device.mtu)],
    }),
  ];
}

function zeroChecksum(sender: Tunnel, taker: Tunnel, address: string): Problem[] {
  const isOver6 = address.includes(':');
  if (
    !isOver6 ||
    sender.device.details.udp6zerocsumtx !== true ||
    taker.device.details.udp6zerocsumrx === true
  )
    return [];
  return [
    problem('zero-checksum', 'error', taker.device, {
      seen: `${deviceTitle(sender.device)} sends UDP over IPv6 without checksums (udp6zerocsumtx), and ${deviceTitle(taker.device)} does not take that`,
      wrong: 'the kernel drops its envelopes (RFC 6935 allows them for tunnels that agree)',
      // The kernel does not change this of a device that there is.
      fix: makeAnew(taker, { more: ['udp6zerocsumrx'] }),
    }),
  ];
}

/** What a VXLAN device knows of the others in its network: forwarding entries and neighbours. */
import { bridge, ip } from '../commands.ts';
import { type Device, deviceTitle, neighborOf } from '../model.ts';
import { type Problem, problem } from '../problem.ts';
import { type Check, defaultPeers, type Situation } from '../situation.ts';
import { ALL_ZEROS, forwardingOf, type Tunnel } from '../tunnels.ts';

export const vxlanEntries: Check = (situation) =>
  situation.tunnels
    .filter(({ kind, device }) => kind === 'vxlan' && device.details.external !== true)
    .flatMap((tunnel) => [
      ...noEntries(tunnel),
      ...(asksAll(tunnel) ? [] : [...neighborsMissing(tunnel), ...forwardingMissing(tunnel)]),
      ...addresses(tunnel, situation),
      ...learningBesides(tunnel),
    ]);

/** Whether frames whose receiver is not known go to somebody. */
function asksAll(tunnel: Tunnel): boolean {
  return tunnel.device.details.group !== undefined || defaultPeers(tunnel).length > 0;
}

/** Hardware addresses with the other ends that they are behind. */
function entriesOf(device: Device): { linkAddress: string; remote: string; isStatic: boolean }[] {
  return forwardingOf(device).flatMap(({ linkAddress, remote, isStatic }) =>
    remote === undefined || linkAddress === ALL_ZEROS ? [] : { linkAddress, remote, isStatic },
  );
}

function noEntries(tunnel: Tunnel): Problem[] {
  const { device } = tunnel;
  if (asksAll(tunnel) || entriesOf(device).length > 0) return [];
  const learns = device.details.learning !== false;
  return [
    problem('no-entries', learns ? 'warning' : 'error', device, {
      seen: `${deviceTitle(device)} has no remote, no group and no forwarding entry${learns ? '' : ', and learns none (nolearning)'}`,
      wrong: learns ? 'it can only answer hosts that send first' : 'it sends to nobody',
      fix: [bridge(device.namespace, 'fdb', 'append', ALL_ZEROS, 'dev', device.name, 'dst', 'ADDRESS')],
    }),
  ];
}

function neighborsMissing({ device }: Tunnel): Problem[] {
  const gateways = new Set(
    device.namespace.routes.flatMap(({ ways }) =>
      ways.flatMap((way) => (way.device === device.index && way.gateway !== undefined ? way.gateway : [])),
    ),
  );
  return [...gateways].flatMap((gateway) =>
    neighborOf(device, gateway)?.linkAddress !== undefined
      ? []
      : problem('neighbor-missing', 'error', device, {
          seen: `routes lead to ${gateway} by ${deviceTitle(device)}, which has no neighbour entry for it, and sends ARP requests to nobody`,
          wrong: `packets to ${gateway} never leave`,
          fix: [
            ip(
              device.namespace,
              'neigh',
              'add',
              gateway,
              'lladdr',
              'MAC',
              'dev',
              device.name,
              'nud',
              'permanent',
            ),
          ],
        }),
  );
}

function forwardingMissing({ device }: Tunnel): Problem[] {
  const known = new Set(entriesOf(device).map(({ linkAddress }) => linkAddress));
  return device.namespace.facts.neighbors
    .filter((one) => one.device === device.index && one.state !== 'noarp')
    .flatMap(({ address, linkAddress }) =>
      linkAddress === undefined || known.has(linkAddress)
        ? []
        : problem('forwarding-missing', 'error', device, {
            seen: `${address} is ${linkAddress} on ${deviceTitle(device)}, but no forwarding entry says which host has it`,
            wrong: `packets to ${address} never leave`,
            fix: [
              bridge(device.namespace, 'fdb', 'append', linkAddress, 'dev', device.name, 'dst', 'ADDRESS'),
            ],
          }),
    );
}

/** Of several faults of hardware addresses, that of the devices themselves comes before what is written down. */
function addresses(tunnel: Tunnel, situation: Situation): Problem[] {
  const alike = addressAlike(tunnel, situation);
  return alike.length > 0 ? alike : [...addressTwice(tunnel), ...addressDiffers(tunnel, situation)];
}

/** Both ends in view. */
function addressAlike(tunnel: Tunnel, { envelopes }: Situation): Problem[] {
  const { device } = tunnel;
  return envelopes(tunnel).flatMap(({ far }) =>
    far === undefined || far.device.address === undefined || far.device.address !== device.address
      ? []
      : problem('mac-twice', 'error', device, {
          seen: `${deviceTitle(device)} and ${deviceTitle(far.device)} both have the MAC address ${device.address}`,
          wrong: 'each takes frames for the other one as its own',
          fix: [ip(device.namespace, 'link', 'set', device.name, 'address', 'ANOTHER')],
        }),
  );
}

function addressTwice({ device }: Tunnel): Problem[] {
  const { namespace } = device;
  const entries = entriesOf(device);
  const own = entries
    .filter(({ linkAddress }) => linkAddress === device.address)
    .map(({ linkAddress, remote }) =>
      problem('mac-twice', 'error', device, {
        seen: `${deviceTitle(device)} has the MAC address ${linkAddress} itself, and a forwarding entry sends it to ${remote}`,
        wrong: 'two ends of one network have the same MAC address: frames go to the wrong one',
        fix: [bridge(namespace, 'fdb', 'del', linkAddress, 'dev', device.name, 'dst', remote)],
      }),
    );
  const remotes = new Map<string, Set<string>>();
  for (const { linkAddress, remote } of entries) {
    const others = remotes.get(linkAddress) ?? new Set();
    remotes.set(linkAddress, others.add(remote));
  }
  const split = [...remotes].flatMap(([linkAddress, behind]) =>
    behind.size < 2
      ? []
      : problem('mac-twice', 'error', device, {
          seen: `${linkAddress} is behind ${[...behind].join(' and ')} on ${deviceTitle(device)}`,
          wrong: 'a MAC address belongs to one device, on one host',
          fix: [
            bridge(namespace, 'fdb', 'del', linkAddress, 'dev', device.name, 'dst', [...behind][1] ?? ''),
          ],
        }),
  );
  return [...own, ...split];
}

/** Both ends in view: what is written down of the other one, and what it is. */
function addressDiffers(tunnel: Tunnel, { envelopes }: Situation): Problem[] {
  const { device } = tunnel;
  const { namespace } = device;
  return envelopes(tunnel).flatMap(({ far, peer }) => {
    if (far === undefined || far.device.address === undefined) return [];
    const { address } = far.device;
    return namespace.facts.neighbors
      .filter(
        (one) =>
          one.device === device.index &&
          one.state === 'permanent' &&
          one.linkAddress !== undefined &&
          far.device.namespace.owner(one.address) === far.device &&
          one.linkAddress !== address,
      )
      .map((one) =>
        problem('mac-differs', 'error', device, {
          seen: `${deviceTitle(device)} has ${one.linkAddress} for ${one.address}, and ${deviceTitle(far.device)}, whose address that is, has ${address}`,
          wrong: 'packets arrive there for a MAC address that nobody has',
          fix: [
            ip(
              namespace,
              'neigh',
              'replace',
              one.address,
              'lladdr',
              address,
              'dev',
              device.name,
              'nud',
              'permanent',
            ),
            bridge(namespace, 'fdb', 'replace', address, 'dev', device.name, 'dst', peer.address),
          ],
        }),
      );
  });
}

function learningBesides({ device }: Tunnel): Problem[] {
  const first = entriesOf(device).find(({ isStatic }) => isStatic);
  if (device.details.learning === false || first === undefined) return [];
  return [
    problem('learning-static', 'warning', device, {
      seen: `${deviceTitle(device)} learns, and has static entries besides, such as ${first.linkAddress} behind ${first.remote}`,
      wrong:
        'frames from a static address through another host are dropped silently; addresses without an entry may be learnt from anybody',
      fix: [ip(device.namespace, 'link', 'set', device.name, 'type', 'vxlan', 'nolearning')],
    }),
  ];
}

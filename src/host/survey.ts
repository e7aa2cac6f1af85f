/**
 * What a host is: every network namespace that can be seen, with its interfaces, and how they hang together. The room's other files:
 *
 * - namespace.ts: a namespace by its name, number or path; doing something in it
 * - interfaces.ts: the interfaces to capture on, in this process's own namespace
 * - netlink.ts, links.ts: the kernel asked, and its interfaces read from the answer
 * - device-details.ts, link-settings.ts, hardware-type.ts, addresses.ts, device-name.ts: parts of such an answer
 * - containers/: what pods and containers are called, and interfaces by their names: container-names.ts lists the room
 * - host-root.ts, process-files.ts, tun-holders.ts: the host's files, its processes, and which one holds a tunnel's device
 * - libc.ts, koffi.ts: the C library, called
 * - facts/: all that the kernel tells of a namespace's overlay, for `doctor`
 */
import { closeSync, readlinkSync, statSync } from 'node:fs';
import { CaptureError } from '../packet/source.ts';
import { type Container, createContainerNames, type NamespaceName } from './containers/container-names.ts';
import { namespaceFolder } from './host-root.ts';
import { type Link, namespaceNumber, readLinks } from './links.ts';
import {
  inNamespace,
  type NetworkNamespace,
  namedNamespaces,
  OWN_NAMESPACE,
  openNamespace,
} from './namespace.ts';
import { type NetlinkSocket, openNetlink } from './netlink.ts';
import { processNumbers, processPath } from './process-files.ts';
import { findTunHolders, type Holder } from './tun-holders.ts';

/** @typeParam T what was looked at besides */
export interface SurveyedNamespace<T = undefined> {
  /** The name for `-i`: that under /var/run/netns, or a process's number; undefined for the one in which this process runs. */
  readonly name: string | undefined;
  /** Of its file under /var/run/netns or /proc. */
  readonly path: string;
  /** Its name under /var/run/netns, this process's too. */
  readonly boundName: string | undefined;
  readonly inode: number;
  /** As in {@link NamespaceIdentity}. */
  readonly cookie: string | undefined;
  /** What its pod or container is called, where that is known and no other namespace's is called so. */
  readonly named: NamespaceName | undefined;
  /** Whose it is, where a process runs in it: its first one's. */
  readonly owner: Container | undefined;
  /** All that its processes are in, a pod's for instance; the owner is the first. */
  readonly containers: readonly Container[];
  readonly interfaces: readonly SurveyedInterface[];
  readonly looked: T;
}

export interface SurveyedInterface {
  readonly link: Link;
  /** The other end of a pair (veth), the device below (vlan, macvlan), the bridge: as for `-i`; undefined if it can't be seen. */
  readonly peer?: string;
  readonly dev?: string;
  readonly master?: string;
  /** The device that `peer` or `dev` names. */
  readonly other?: DevicePlace;
  /** Inode of the namespace that a tunnel was made in and sends from, where that is another one; 0 where it can't be seen. */
  readonly sendsFrom?: number;
  /** Names of a bridge's (bond's, VRF's) ports. */
  readonly ports: readonly string[];
  /** Processes that hold a tun or tap device. */
  readonly holders: readonly Holder[];
}

export interface DevicePlace {
  /** Inode of its namespace. */
  readonly namespace: number;
  readonly index: number;
}

export interface Survey<T = undefined> {
  /** This process's first, then those with names, then those of processes. */
  readonly namespaces: readonly SurveyedNamespace<T>[];
  /** What could not be seen, in words. */
  readonly unseen: readonly string[];
}

interface Found {
  readonly namespace: NetworkNamespace | undefined;
  readonly boundName: string | undefined;
  readonly inode: number;
  readonly pids: readonly number[];
}

interface Opened<T = unknown> extends Found {
  readonly descriptor: number;
  readonly socket: NetlinkSocket;
  readonly links: readonly Link[];
  readonly looked: T;
}

/** Looks at more of a namespace while this thread is in it. */
export type Look<T> = (socket: NetlinkSocket, links: readonly Link[]) => T;

/** Processes of a namespace that are asked whose they are: the first ones of a pod's containers come early. */
const MOST_ASKED = 64;

/** Kinds whose IFLA_LINK is the other end, not a device below. */
const PAIRS = new Set(['veth', 'netkit', 'vxcan']);

/** @throws {CaptureError} if koffi is not installed */
export function surveyNamespaces(): Survey {
  return lookAtNamespaces(
    () => true,
    () => undefined,
  );
}

/**
 * @param isWanted by the name for `-i`, which this process's own namespace does not have: others are not entered
 * @throws {CaptureError} where koffi is not installed
 */
export function lookAtNamespaces<T>(
  isWanted: (name: string | undefined) => boolean,
  look: Look<T>,
): Survey<T> {
  const unseen: string[] = [];
  const found = findNamespaces(unseen).filter(({ namespace }) => isWanted(namespace?.name));
  const opened: Opened<T>[] = [];
  const closed: string[] = [];
  try {
    for (const one of found) {
      try {
        opened.push(open(one, look));
      } catch (error) {
        // This process's own must work; another one may be closed to us, or gone by now.
        if (one.namespace === undefined || !(error instanceof CaptureError)) throw error;
        const { code = '' } = (error.cause ?? {}) as { code?: string };
        if (code === 'EPERM' || code === 'EACCES') closed.push(one.namespace.name);
      }
    }
    if (closed.length > 0) {
      unseen.unshift(`network namespace ${closed.join(', ')}`);
    }
    return { namespaces: describe(opened), unseen };
  } finally {
    for (const { socket, descriptor } of opened) {
      socket.close();
      closeSync(descriptor);
    }
  }
}

function open<T>(found: Found, look: Look<T>): Opened<T> {
  const descriptor = openNamespace(found.namespace ?? { name: 'own', path: OWN_NAMESPACE });
  try {
    return inNamespace(found.namespace, () => {
      const socket = openNetlink();
      try {
        const links = readLinks(socket);
        return { ...found, descriptor, socket, links, looked: look(socket, links) };
      } catch (error) {
        socket.close();
        throw error;
      }
    });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function findNamespaces(unseen: string[]): Found[] {
  const own = statSync(OWN_NAMESPACE).ino;
  const named = new Map<number, string>();
  for (const name of namedNamespaces()) {
    // Names that nothing is mounted on any more have inodes too: entering them fails.
    const inode = statSync(`${namespaceFolder()}/${name}`, { throwIfNoEntry: false })?.ino;
    if (inode !== undefined && !named.has(inode)) named.set(inode, name);
  }
  const { pids, hidden } = processNamespaces();
  if (hidden > 0) unseen.push(`the namespaces of ${hidden} ${hidden === 1 ? 'process' : 'processes'}`);
  const found: Found[] = [{ namespace: undefined, boundName: named.get(own), inode: own, pids: [] }];
  for (const [inode, name] of named) {
    if (inode === own) continue;
    const namespace = { name, path: `${namespaceFolder()}/${name}` };
    found.push({ namespace, boundName: name, inode, pids: pids.get(inode) ?? [] });
  }
  for (const [inode, there] of pids) {
    if (inode === own || named.has(inode)) continue;
    const [pid] = there as [number];
    const namespace = { name: String(pid), path: processPath(pid, 'ns/net') };
    found.push({ namespace, boundName: undefined, inode, pids: there });
  }
  return found;
}

/** Per namespace its processes, lowest number first: mostly the one that others came from. */
function processNamespaces(): { pids: Map<number, number[]>; hidden: number } {
  const pids = new Map<number, number[]>();
  let hidden = 0;
  for (const pid of processNumbers()) {
    try {
      const inode = Number(/^net:\[(\d+)\]$/.exec(readlinkSync(processPath(pid, 'ns/net')))?.[1]);
      const there = pids.get(inode);
      if (there !== undefined) there.push(pid);
      else if (inode > 0) pids.set(inode, [pid]);
    } catch (error) {
      // ENOENT: it has ended meanwhile.
      if ((error as NodeJS.ErrnoException).code === 'EACCES') hidden++;
    }
  }
  return { pids, hidden };
}

function describe<T>(opened: readonly Opened<T>[]): SurveyedNamespace<T>[] {
  const hasTun = opened.some(({ links }) => links.some(({ kind }) => kind === 'tun'));
  const holders = hasTun ? findTunHolders() : [];
  const devices = devicesByIndex(opened);
  const pairs = new Map<Link, Device>();
  const names = nameNamespaces(opened);
  return opened.map((one) => {
    const resolve = createResolver(one, opened, devices, pairs);
    return {
      name: one.namespace?.name,
      path: one.namespace?.path ?? OWN_NAMESPACE,
      boundName: one.boundName,
      inode: one.inode,
      cookie: one.socket.namespaceCookie()?.toString(),
      ...(names.get(one) as Whose),
      interfaces: one.links.map((link) => {
        // A device that hangs on nothing may name itself.
        const isItself = link.link === link.index && link.linkNamespace === undefined;
        const isPair = PAIRS.has(link.kind ?? '');
        const other = link.link === undefined || isItself ? undefined : resolve.device(link, link.link);
        const sendsFrom =
          link.linkNamespace === undefined || isPair
            ? undefined
            : (other?.there ?? resolve.namespace(link.linkNamespace))?.inode;
        const master = one.links.find(({ index }) => index === link.master)?.name;
        return {
          link,
          ...(other !== undefined && {
            [isPair ? 'peer' : 'dev']: nameFrom(one, other),
            other: { namespace: other.there.inode, index: other.link.index },
          }),
          ...(link.linkNamespace !== undefined && !isPair && { sendsFrom: sendsFrom ?? 0 }),
          ...(master !== undefined && { master }),
          ports: one.links.filter((port) => port.master === link.index).map((port) => port.name),
          holders: link.kind === 'tun' ? holdersOf(link, one, opened, holders) : [],
        };
      }),
      looked: one.looked,
    };
  });
}

type Whose = Pick<SurveyedNamespace, 'named' | 'owner' | 'containers'>;

function nameNamespaces(opened: readonly Opened[]): Map<Opened, Whose> {
  const names = createContainerNames();
  const whose = opened.map((one) => {
    const isOwn = one.namespace === undefined;
    const containers = distinct(isOwn ? [] : one.pids.slice(0, MOST_ASKED).map(names.container));
    const named = isOwn ? undefined : names.namespace(containers, one);
    return { named, owner: containers[0], containers };
  });
  const isAlone = ({ called }: NamespaceName) =>
    whose.filter(({ named }) => named?.called === called).length === 1;
  return new Map(
    opened.map((one, i) => {
      const { named, ...rest } = whose[i] as Whose;
      return [one, { ...rest, named: named !== undefined && isAlone(named) ? named : undefined }];
    }),
  );
}

/** A container's first process stands for it. */
function distinct(containers: readonly Container[]): Container[] {
  const found = new Map<string | undefined, Container>();
  for (const one of containers) if (!found.has(one.container)) found.set(one.container, one);
  return [...found.values()];
}

interface Device {
  readonly there: Opened;
  readonly link: Link;
}
type DevicesByIndex = ReadonlyMap<number, readonly Device[]>;

function devicesByIndex(all: readonly Opened[]): DevicesByIndex {
  const found = new Map<number, Device[]>();
  for (const there of all) {
    for (const link of there.links) {
      const same = found.get(link.index);
      if (same === undefined) found.set(link.index, [{ there, link }]);
      else same.push({ there, link });
    }
  }
  return found;
}

/** A device's name, as for `-i`, for somebody `here`. */
function nameFrom(here: Opened, { there, link }: Device): string {
  return there.namespace === undefined || there === here ? link.name : `${there.namespace.name}:${link.name}`;
}

/**
 * Finds a device from its index and the number that this namespace has for the device's namespace. Which
 * namespace has that number can only be asked for one at a time. So only those are asked about that have a device of this index;
 * for the other end of a pair, only where that device names this end and is not known to belong to another pair.
 *
 * @param pairs ends of pairs whose other ends are known, of all namespaces
 */
function createResolver(
  here: Opened,
  all: readonly Opened[],
  devices: DevicesByIndex,
  pairs: Map<Link, Device>,
) {
  const byNumber = new Map<number, Opened>();
  const numbers = new Map<Opened, number | undefined>();
  const numberOf = (there: Opened) => {
    if (!numbers.has(there)) {
      const number = namespaceNumber(here.socket, there.descriptor);
      numbers.set(there, number);
      if (number !== undefined) byNumber.set(number, there);
    }
    return numbers.get(there);
  };
  const device = (from: Link, index: number): Device | undefined => {
    const { linkNamespace: number } = from;
    if (number === undefined) {
      const link = here.links.find((one) => one.index === index);
      return link === undefined ? undefined : { there: here, link };
    }
    const isPair = PAIRS.has(from.kind ?? '');
    const candidates = (devices.get(index) ?? []).filter(
      ({ link }) =>
        !isPair ||
        (link.link === from.index &&
          link.kind === from.kind &&
          link.linkNamespace !== undefined &&
          !pairs.has(link)),
    );
    const known = byNumber.get(number);
    const found =
      pairs.get(from) ??
      candidates.find(({ there }) => (known === undefined ? numberOf(there) === number : there === known));
    if (found === undefined) return undefined;
    if (isPair) pairs.set(from, found).set(found.link, { there: here, link: from });
    return found;
  };
  const namespace = (number: number) =>
    byNumber.get(number) ?? all.find((there) => numberOf(there) === number);
  return { device, namespace };
}

/** A device may have been moved to another namespace than its holder's. Then the holder is believed only where no other device has this name. */
function holdersOf(link: Link, here: Found, all: readonly Opened[], holders: readonly Holder[]): Holder[] {
  const named = holders.filter((holder) => holder.device === link.name);
  const near = named.filter((holder) => holder.namespace === here.inode);
  if (near.length > 0) return near;
  const isOnly =
    all.flatMap(({ links }) => links).filter((one) => one.kind === 'tun' && one.name === link.name).length ===
    1;
  return isOnly ? named : [];
}

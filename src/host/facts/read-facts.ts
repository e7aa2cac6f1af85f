/** Reads what a host's network namespaces are set up to do. Nothing is sent, and nothing changed. */
import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import type { Link } from '../links.ts';
import type { NetlinkSocket } from '../netlink.ts';
import { readProcess } from '../process-files.ts';
import { lookAtNamespaces, type SurveyedInterface, type SurveyedNamespace } from '../survey.ts';
import {
  type HostFacts,
  type LinkFacts,
  MOST_ENTRIES,
  MOST_WORDS,
  type NamespaceFacts,
  type SocketFacts,
} from './facts.ts';
import { readFirewall } from './firewall.ts';
import { readForwarding, readNeighbors } from './neighbors.ts';
import { withOffload } from './offload.ts';
import { readRoutes, readRules } from './routes.ts';
import { readSockets, socketHolders, socketInodes } from './sockets.ts';

type Looked = Omit<NamespaceFacts, 'name' | 'inode' | 'owner' | 'links'> & {
  readonly offload: ReadonlyMap<number, LinkFacts['offload']>;
};

/** Of each word of a command line. */
const MOST_CHARACTERS = 500;

/**
 * @param isWanted by the name for `-i`, which this process's own namespace does not have
 * @throws {CaptureError} where koffi is not installed
 */
export function readFacts(isWanted: (name: string | undefined) => boolean): HostFacts {
  const survey = lookAtNamespaces(isWanted, look);
  const sockets = new Map(survey.namespaces.map(({ inode, looked }) => [inode, looked.sockets]));
  const namespaces = survey.namespaces.map((one) => namespaceFacts(one, sockets));
  nameHolders(namespaces);
  return { host: hostname(), kernel: release(), namespaces, unseen: [...survey.unseen] };
}

function look(socket: NetlinkSocket, links: readonly Link[]): Looked {
  const routes = readRoutes(socket);
  const neighbors = readNeighbors(socket);
  const forwarding = readForwarding(socket);
  const sockets = readSockets();
  const lists = { routes, neighbors, 'forwarding entries': forwarding, sockets };
  return {
    routes,
    rules: readRules(socket),
    neighbors,
    forwarding,
    sockets,
    rpFilter: setting('rp_filter'),
    acceptLocal: setting('accept_local') !== 0,
    proxyArp: setting('proxy_arp') !== 0,
    firewall: readFirewall(),
    offload: withOffload((read) => new Map(links.map(({ index, name }) => [index, read(name)]))),
    cut: Object.entries(lists).flatMap(([name, list]) => (list.length >= MOST_ENTRIES ? [name] : [])),
  };
}

/** Under /proc/sys/net are the settings of the namespace that the reading thread is in. */
function setting(name: string): number {
  try {
    return Number(readFileSync(`/proc/sys/net/ipv4/conf/all/${name}`, 'latin1'));
  } catch {
    return 0;
  }
}

function namespaceFacts(
  { name, boundName, inode, named, owner, interfaces, looked }: SurveyedNamespace<Looked>,
  sockets: ReadonlyMap<number, readonly SocketFacts[]>,
): NamespaceFacts {
  const { offload, ...rest } = looked;
  const whose = named?.name ?? owner?.pod ?? owner?.container ?? owner?.process;
  return {
    ...(name !== undefined && { name }),
    inode,
    ...(boundName === undefined && owner !== undefined && { pid: owner.pid }),
    ...(whose !== undefined && { owner: whose }),
    links: interfaces.map((one) => linkFacts(one, offload.get(one.link.index), sockets)),
    ...rest,
  };
}

function linkFacts(
  { link, other, sendsFrom, holders }: SurveyedInterface,
  offload: LinkFacts['offload'],
  sockets: ReadonlyMap<number, readonly SocketFacts[]>,
): LinkFacts {
  const { index, name, isUp, isRunning, isLoopback, mtu, address, addresses, kind, details, master } = link;
  return {
    ...{ index, name, isUp, isRunning, isLoopback, mtu, addresses: [...addresses], details },
    ...(address !== undefined && { address }),
    ...(kind !== undefined && { kind }),
    ...(master !== undefined && { master }),
    ...(other !== undefined && { other }),
    ...(sendsFrom !== undefined && { sendsFrom }),
    settings: link.settings,
    ...(offload !== undefined && { offload }),
    programs: holders.map(({ pid, process, namespace }) => {
      const inodes = new Set(socketInodes(pid));
      return {
        pid,
        process,
        command: commandLine(pid),
        // A program's sockets may be in another namespace than its device.
        sockets: (sockets.get(namespace) ?? []).filter(({ inode }) => inodes.has(inode)),
      };
    }),
  };
}

function commandLine(pid: number): string[] {
  const words = (readProcess(pid, 'cmdline') ?? '').replace(/\0$/, '').split('\0');
  return words.slice(0, MOST_WORDS).map((word) => word.slice(0, MOST_CHARACTERS));
}

/** Says who holds the sockets on tunnels' ports, which are the kernel's, if all is well. */
function nameHolders(namespaces: readonly NamespaceFacts[]): void {
  const wanted = namespaces.flatMap(({ links, sockets }) => {
    const ports = new Set(links.map(({ details }) => details.port));
    return sockets.filter(({ protocol, port }) => protocol === 'udp' && ports.has(port));
  });
  if (wanted.length === 0) return;
  const holders = socketHolders();
  for (const socket of wanted) {
    const holder = holders.get(socket.inode);
    if (holder !== undefined) socket.holder = holder;
  }
}

/** Network namespaces: what `NETNS:IFACE` means, and how to do something in another one (network_namespaces(7), setns(2)). */
import { closeSync, constants, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { CaptureError } from '../packet/source.ts';
import { escapeControls, printable } from '../text/printable.ts';
import { namespaceFolder, processFolder } from './host-root.ts';
import { libc, SystemError } from './libc.ts';
import { type Link, readLinks } from './links.ts';
import { openNetlink } from './netlink.ts';

/** Another namespace than this process's. */
export interface NetworkNamespace {
  /** As users write it: a name, a process's number, or a path. */
  readonly name: string;
  readonly path: string;
}

export interface InterfaceName {
  /** As it is shown: `h1:eth0`, or `eth0` in this process's namespace. */
  readonly name: string;
  /** undefined for this process's. */
  readonly namespace: NetworkNamespace | undefined;
  /** Its name there; `any` for all. */
  readonly device: string;
}

/** This thread's. */
export const OWN_NAMESPACE = '/proc/thread-self/ns/net';

const CLONE_NEWNET = 0x40000000;
/** So many names fit into an error's line. */
const NAMES_SHOWN = 12;

/**
 * `eth0`, or an interface of another namespace: `h1:eth0` (a name under /var/run/netns), `4711:eth0` (a process's), or
 * `/proc/4711/ns/net:eth0` (any path). What stands behind the last colon is the interface: its name can't hold one, a path can.
 * `eth0:1` is, as elsewhere, eth0, where an address of its has that label and no namespace has that name.
 *
 * @throws {CaptureError} if there is no such namespace
 */
export function parseInterfaceName(text: string): InterfaceName {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return { name: text, namespace: undefined, device: text };
  const name = text.slice(0, colon);
  const device = text.slice(colon + 1);
  const path = findNamespace(name);
  if (path === undefined) {
    if (isHere(name)) return { name: text, namespace: undefined, device: name };
    throw new CaptureError(noSuchNamespace(text, name));
  }
  const namespace = { name, path };
  if (device === '') {
    throw new CaptureError(`${shown(text)} has no interface name; expected NETNS:IFACE${thereIs(namespace)}`);
  }
  return { name: text, namespace, device };
}

/** Whether it stands for a network namespace: a name, a process's number or a path. */
export function isNamespaceName(name: string): boolean {
  return findNamespace(name) !== undefined;
}

function findNamespace(name: string): string | undefined {
  const paths = name.includes('/')
    ? [name]
    : [`${namespaceFolder()}/${name}`, ...(/^\d+$/.test(name) ? [`${processFolder()}/${name}/ns/net`] : [])];
  if (name === '' || name === '.' || name === '..') return undefined;
  return paths.find((path) => {
    try {
      return statSync(path, { throwIfNoEntry: false }) !== undefined;
    } catch (error) {
      // It is there, but not to be looked at: opening it says so.
      return (error as NodeJS.ErrnoException).code === 'EACCES';
    }
  });
}

function isHere(device: string): boolean {
  try {
    return linksIn(undefined).some((link) => link.name === device);
  } catch {
    return false;
  }
}

function shown(text: string): string {
  return escapeControls(text);
}

function noSuchNamespace(text: string, name: string): string {
  const what = name.includes('/')
    ? `no such file: ${shown(name)}`
    : `no such network namespace: ${shown(name)}`;
  const known = nearest(name, namedNamespaces());
  const there = known === '' ? 'none has a name' : `available: ${known}`;
  return `${shown(text)}: ${what}; expected NETNS:IFACE with a name under ${namespaceFolder()} (${there}), a process's number, or a path`;
}

/** What tells a namespace from all others. */
export interface NamespaceIdentity {
  /** Used again by the kernel once the namespace is gone. */
  readonly inode: number;
  /** Never used again while the machine runs: decimal digits of 64 bits; undefined before Linux 5.14. */
  readonly cookie?: string | undefined;
}

/** Which namespace has a name now; undefined if none has. */
export function namedIdentity(name: string): NamespaceIdentity | undefined {
  const path = `${namespaceFolder()}/${name}`;
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  return inode === undefined ? undefined : { inode, cookie: cookieOf({ name, path }) };
}

/** Whether a namespace is the remembered one: by its cookie; by its inode only where there was no cookie. */
export function isSameNamespace(
  remembered: { readonly inode?: number | undefined; readonly cookie?: string | undefined },
  other: NamespaceIdentity | undefined,
): boolean {
  if (other === undefined) return false;
  if (remembered.cookie !== undefined) return remembered.cookie === other.cookie;
  return remembered.inode === other.inode;
}

function cookieOf(namespace: NetworkNamespace): string | undefined {
  try {
    const socket = inNamespace(namespace, openNetlink);
    try {
      return socket.namespaceCookie()?.toString();
    } finally {
      socket.close();
    }
  } catch {
    // A name that nothing is mounted on any more, or no koffi.
    return undefined;
  }
}

/** The namespaces that have names, sorted. */
export function namedNamespaces(): string[] {
  try {
    return readdirSync(namespaceFolder()).sort();
  } catch {
    return [];
  }
}

/** Names for an error's line: those that begin most alike first, where there are too many. */
function nearest(wanted: string, names: readonly string[]): string {
  const alike = (name: string) => {
    let length = 0;
    while (length < name.length && name[length] === wanted[length]) length++;
    return length;
  };
  const chosen =
    names.length <= NAMES_SHOWN
      ? names
      : [...names].sort((one, other) => alike(other) - alike(one)).slice(0, NAMES_SHOWN);
  const more = names.length - chosen.length;
  return `${chosen.map(printable).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * Does something in another network namespace: a socket that is made there stays there. This thread alone goes, so `make` must
 * be done when it returns; what Node does on its other threads happens here.
 *
 * @throws {CaptureError} if the namespace can't be entered
 */
export function inNamespace<T>(namespace: NetworkNamespace | undefined, make: () => T): T {
  if (namespace === undefined) return make();
  const { setns, errno } = libc();
  const there = openNamespace(namespace);
  try {
    const home = openSync(OWN_NAMESPACE, constants.O_RDONLY);
    try {
      if (setns(there, CLONE_NEWNET) !== 0) {
        throw entryError(namespace, new SystemError('setns', errno()));
      }
      try {
        return make();
      } finally {
        if (setns(home, CLONE_NEWNET) !== 0)
          goingBackFailed(namespace, new SystemError('setns', errno()).code);
      }
    } finally {
      closeSync(home);
    }
  } finally {
    closeSync(there);
  }
}

/** Everything that follows would happen in the wrong namespace. */
function goingBackFailed(namespace: NetworkNamespace, code: string): never {
  writeSync(
    2,
    `tunnelscope: the way back from network namespace ${shown(namespace.name)} failed (${code})\n`,
  );
  process.exit(2);
}

/** @returns a descriptor, to be closed */
export function openNamespace(namespace: NetworkNamespace): number {
  try {
    // A pipe with a name would keep us waiting.
    return openSync(namespace.path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw entryError(namespace, error as NodeJS.ErrnoException);
  }
}

/** @param cause tells why, also to whoever catches this */
function entryError(namespace: NetworkNamespace, cause: NodeJS.ErrnoException): CaptureError {
  return new CaptureError(entryFailure(namespace, cause.code ?? ''), { cause });
}

function entryFailure({ name, path }: NetworkNamespace, code: string): string {
  if (code === 'EPERM' || code === 'EACCES') {
    return `no permission to enter network namespace ${shown(name)}; run with sudo (entering one needs CAP_SYS_ADMIN, capturing in it CAP_NET_RAW)`;
  }
  if (code === 'EINVAL') {
    return `${shown(path)} is not a network namespace; expected a name under ${namespaceFolder()}, a process's number, or a path such as /proc/PID/ns/net`;
  }
  if (code === 'ENOENT' || code === 'ESRCH') {
    return `network namespace ${shown(name)} is gone; list them with: tunnelscope interfaces`;
  }
  return `network namespace ${shown(name)} can't be entered (${code}); list them with: tunnelscope interfaces`;
}

/**
 * A namespace's interfaces, in the kernel's order.
 *
 * @throws {CaptureError} if it can't be entered, or koffi is not installed
 */
export function linksIn(namespace: NetworkNamespace | undefined): Link[] {
  const socket = inNamespace(namespace, openNetlink);
  try {
    return readLinks(socket);
  } finally {
    socket.close();
  }
}

/** An error's words for an interface that its namespace does not have, with those that it has. */
export function noSuchInterface({ name, namespace, device }: InterfaceName): string {
  const where = namespace === undefined ? '' : ` in network namespace ${shown(namespace.name)}`;
  const what =
    device === ''
      ? `"${shown(name)}" is not an interface name`
      : `no such interface: ${shown(device)}${where}`;
  return `${what}${thereIs(namespace, device)}`;
}

/** ` (available: …)`, where that can be told. */
function thereIs(namespace: NetworkNamespace | undefined, wanted = ''): string {
  try {
    const names = linksIn(namespace).map((link) => link.name);
    return ` (available: ${nearest(wanted, [...names, 'any'])})`;
  } catch {
    return '; list them with: tunnelscope interfaces';
  }
}

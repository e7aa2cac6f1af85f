import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { CaptureInterface } from '../packet/source.ts';
import { nameOfBytes } from './device-name.ts';
import { linksIn } from './namespace.ts';

/** An interface that can be captured on. */
export interface NetworkInterface {
  readonly name: string;
  readonly up: boolean;
  readonly loopback: boolean;
  /** IPv4 and IPv6 addresses, without prefix lengths. */
  readonly addresses: readonly string[];
}

// net_device_flags in linux/if.h.
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;

/** What libpcap captures on all interfaces with. */
export const ANY_INTERFACE = 'any';

/**
 * The interfaces of this machine, or of the network namespace that this process runs in; those that are up and no loopback
 * first, and on Linux the pseudo-interface `any` last.
 */
export function listInterfaces(): NetworkInterface[] {
  // A device may be called constructor or __proto__.
  const addresses = new Map(Object.entries(networkInterfaces()));
  const names = kernelNames() ?? [...addresses.keys()];
  const flagsOf = kernelFlags();
  const entries = names.map((name) => {
    const here = addresses.get(name) ?? [];
    const flags = flagsOf(name);
    return {
      name,
      // Where the kernel's flags can't be read: only interfaces that are up have addresses in Node's list.
      up: flags === undefined ? here.length > 0 : (flags & IFF_UP) !== 0,
      running: flags === undefined || (flags & IFF_RUNNING) !== 0,
      loopback: flags === undefined ? here.some((one) => one.internal) : (flags & IFF_LOOPBACK) !== 0,
      addresses: here.map((one) => one.address),
    };
  });
  const rank = (entry: (typeof entries)[number]) =>
    (entry.up ? 0 : 4) + (entry.loopback ? 2 : 0) + (entry.running ? 0 : 1);
  entries.sort((one, other) => rank(one) - rank(other));
  const list = entries.map(({ name, up, loopback, addresses }) => ({ name, up, loopback, addresses }));
  if (process.platform === 'linux')
    list.push({ name: ANY_INTERFACE, up: true, loopback: false, addresses: [] });
  return list;
}

/**
 * All interfaces in the kernel's order, with those that are down or have no address. /proc follows this process's network
 * namespace, where /sys may still be another's.
 */
function kernelNames(): string[] | undefined {
  const table = read('/proc/self/net/dev');
  return table
    ?.split('\n')
    .filter((line) => line.includes(':'))
    .map((line) => nameOfBytes(Buffer.from(line.slice(0, line.lastIndexOf(':')).trim(), 'latin1')));
}

/**
 * Flags by name: as netlink tells them for this process's namespace; where it can't be asked (without koffi), out of /sys.
 */
function kernelFlags(): (name: string) => number | undefined {
  try {
    if (process.platform === 'linux') {
      const links = new Map(linksIn(undefined).map((link) => [link.name, link]));
      return (name) => {
        const link = links.get(name);
        if (link === undefined) return undefined;
        const { isUp, isLoopback, isRunning } = link;
        return (isUp ? IFF_UP : 0) | (isLoopback ? IFF_LOOPBACK : 0) | (isRunning ? IFF_RUNNING : 0);
      };
    }
  } catch {
    // /sys tells the same, mostly.
  }
  return (name) => {
    const flags = read(`/sys/class/net/${name}/flags`);
    return flags === undefined ? undefined : Number.parseInt(flags, 16);
  };
}

/**
 * The least of the interfaces' MTUs, which bounds what the path carries.
 *
 * @returns undefined if none of them is this namespace's, or netlink can't be asked
 */
export function smallestMtu(interfaces: readonly CaptureInterface[]): number | undefined {
  try {
    const here = interfaces.filter(({ clock }) => clock === undefined);
    const names = new Set(here.map(({ name }) => name));
    const mtus = linksIn(undefined).flatMap(({ name, mtu }) => (names.has(name) && mtu > 0 ? [mtu] : []));
    return mtus.length === 0 ? undefined : Math.min(...mtus);
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

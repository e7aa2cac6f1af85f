/**
 * The kernel's own sums of what it dropped, in a namespace: /proc/net/snmp, snmp6 and netstat (Documentation/networking/snmp_counter.rst), and each
 * device's (struct rtnl_link_stats64, linux/if_link.h). What is opened once can be read again without rights.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { RisenCounter } from '../../packet/kernel-drop.ts';
import { IFLA_IFNAME, LINK_HEADER, RTM_GETLINK } from '../links.ts';
import { inNamespace, type NetworkNamespace } from '../namespace.ts';
import { LITTLE_ENDIAN, openNetlink, readAttributes, readText } from '../netlink.ts';

export interface CounterWatch {
  /** Counters of loss that have risen since it was opened. */
  risen(): RisenCounter[];
  close(): void;
}

const FILES = ['snmp', 'netstat', 'snmp6'] as const;

/** Those that tell of packets that went no further; of TCP's, what belongs to IP. */
const LOSS =
  /^(Ip|IpExt|Icmp|Udp|Ip6|Icmp6|Udp6) (In|Out|Frag|Reasm|Forw|Rcvbuf|Sndbuf|No|Ignored)\w*(Errors|Discards|NoRoutes|NoPorts|Fails|UnknownProtos|TooBigErrors|TruncatedPkts|Ports|DestUnreachs|TimeExcds|PktTooBigs)$|^TcpExt (IPReversePathFilter|ArpFilter)$/;

const IFLA_STATS64 = 23;
/** Places in struct rtnl_link_stats64, in 64-bit words. */
const DEVICE_COUNTERS: Readonly<Record<string, number>> = {
  rx_errors: 4,
  tx_errors: 5,
  rx_dropped: 6,
  tx_dropped: 7,
  rx_nohandler: 23,
};

/** @param name of the namespace, for what is told; empty for this process's own */
export function openCounters(name: string, namespace: NetworkNamespace | undefined): CounterWatch {
  const { descriptors, socket } = inNamespace(namespace, () => ({
    descriptors: FILES.flatMap((file) => {
      try {
        return [openSync(`/proc/thread-self/net/${file}`, 'r')];
      } catch {
        // Without IPv6 there is no snmp6.
        return [];
      }
    }),
    socket: openNetlink(),
  }));

  function read(): Map<string, number> {
    const counters = new Map<string, number>();
    for (const descriptor of descriptors) parseCounters(readFrom(descriptor), counters);
    for (const message of socket.dump(RTM_GETLINK, new Uint8Array(LINK_HEADER))) {
      const attributes = readAttributes(message, LINK_HEADER);
      const [device, statistics] = [attributes.get(IFLA_IFNAME), attributes.get(IFLA_STATS64)];
      if (device === undefined || statistics === undefined) continue;
      for (const [counter, word] of Object.entries(DEVICE_COUNTERS)) {
        if (statistics.byteLength < word * 8 + 8) continue;
        // A name has neither slash nor white space.
        const key = `${readText(device)}/${counter}`;
        counters.set(key, Number(statistics.getBigUint64(word * 8, LITTLE_ENDIAN)));
      }
    }
    return counters;
  }

  const before = read();
  return {
    risen() {
      const risen: RisenCounter[] = [];
      for (const [key, now] of read()) {
        const rise = now - (before.get(key) ?? 0);
        if (rise <= 0) continue;
        const [first = '', counter] = key.split('/');
        const device = counter === undefined ? undefined : first;
        risen.push({ namespace: name, device, name: counter ?? key, rise });
      }
      return risen;
    },
    close() {
      for (const descriptor of descriptors) closeSync(descriptor);
      socket.close();
    },
  };
}

/**
 * Counters of loss by name: `Udp NoPorts`.
 *
 * @param text pairs of lines, names and numbers, each behind their group (snmp, netstat); or a name and a number in each (snmp6)
 */
export function parseCounters(text: string, into: Map<string, number>): void {
  const add = (name: string, value: number) => {
    if (LOSS.test(name)) into.set(name, value);
  };
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    const plain = /^(Ip6|Icmp6|Udp6)(\w+)\s+(\d+)$/.exec(line);
    if (plain !== null) add(`${plain[1]} ${plain[2]}`, Number(plain[3]));
    const [group = '', names] = line.split(': ');
    const numbers = lines[at + 1]?.startsWith(`${group}: `)
      ? lines[at + 1]?.slice(group.length + 2).split(' ')
      : undefined;
    if (names === undefined || numbers === undefined) continue;
    for (const [i, name] of names.split(' ').entries()) {
      if (/^[A-Z]/i.test(name)) add(`${group} ${name}`, Number(numbers[i] ?? 0));
    }
  }
}

function readFrom(descriptor: number): string {
  const room = Buffer.alloc(1 << 16);
  let length = 0;
  for (let count = -1; count !== 0 && length < room.length; length += count) {
    count = readSync(descriptor, room, length, room.length - length, length);
  }
  return room.toString('latin1', 0, length);
}

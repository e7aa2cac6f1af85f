/** Sockets that receive UDP datagrams or bare IP packets in this thread's network namespace, the kernel's own among them (proc(5), net/udp). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { ipAddress } from '../addresses.ts';
import { LITTLE_ENDIAN } from '../netlink.ts';
import { processName, processNumbers } from '../process-files.ts';
import { MOST_ENTRIES, type SocketFacts } from './facts.ts';

const TABLES = [
  ['udp', 'udp'],
  ['udp6', 'udp'],
  ['raw', 'raw'],
  ['raw6', 'raw'],
] as const;

export function readSockets(): SocketFacts[] {
  return TABLES.flatMap(([file, protocol]) => {
    try {
      const lines = readFileSync(`/proc/thread-self/net/${file}`, 'latin1').split('\n');
      return lines.slice(1, MOST_ENTRIES).flatMap((line) => readSocket(line, protocol) ?? []);
    } catch {
      // A kernel without IPv6.
      return [];
    }
  });
}

/** `sl local:port remote:port state tx:rx tr:when retransmits uid timeout inode …`, addresses as the machine's 32-bit numbers in hexadecimal. */
function readSocket(line: string, protocol: SocketFacts['protocol']): SocketFacts | undefined {
  const words = line.trim().split(/\s+/);
  const [local, port] = endpoint(words[1]);
  const [remote, remotePort] = endpoint(words[2]);
  if (port === undefined) return undefined;
  return {
    protocol,
    ...(local !== undefined && { local }),
    port,
    ...(remote !== undefined && { remote, ...(remotePort !== undefined && { remotePort }) }),
    inode: Number(words[9]),
  };
}

function endpoint(text = ''): [address: string | undefined, port: number | undefined] {
  const [, address = '', port = ''] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(text) ?? [];
  if (port === '') return [undefined, undefined];
  const bytes = Buffer.from(address, 'hex');
  if (LITTLE_ENDIAN) bytes.swap32();
  return [ipAddress(new DataView(bytes.buffer, bytes.byteOffset, bytes.length)), Number.parseInt(port, 16)];
}

/** Inodes of the sockets that a process holds open. */
export function socketInodes(pid: number): number[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((number) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`${folder}/${number}`)) ?? [];
      return inode === undefined ? [] : [Number(inode)];
    });
  } catch {
    // It has ended meanwhile, or is not ours to look at.
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Which processes hold sockets: by their inodes. */
export function socketHolders(): Map<number, { pid: number; process: string }> {
  return new Map(
    processNumbers().flatMap((pid) =>
      socketInodes(pid).map((inode) => [inode, { pid, process: processName(pid) }] as const),
    ),
  );
}

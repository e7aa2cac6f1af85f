/** Which processes hold tun and tap devices open: tun(4) tells it in /proc/PID/fdinfo. */
import { readdirSync } from 'node:fs';
import { processName, processNumbers, processPath, readProcess, readProcessLink } from './process-files.ts';

export interface Holder {
  /** The device's name. */
  readonly device: string;
  readonly pid: number;
  /** As it gave itself: any bytes. */
  readonly process: string;
  /** Inode of the network namespace in which it runs. */
  readonly namespace: number;
}

export function findTunHolders(): Holder[] {
  return processNumbers().flatMap((pid) => {
    const devices = new Set(tunDescriptors(pid).map((number) => deviceOf(pid, number)));
    devices.delete('');
    if (devices.size === 0) return [];
    const namespace = Number(/\d+/.exec(readProcessLink(pid, 'ns/net') ?? ''));
    return [...devices].map((device) => ({ device, pid, process: processName(pid), namespace }));
  });
}

function tunDescriptors(pid: number): string[] {
  try {
    return readdirSync(processPath(pid, 'fd')).filter((number) =>
      readProcessLink(pid, `fd/${number}`)?.endsWith('/net/tun'),
    );
  } catch {
    return [];
  }
}

function deviceOf(pid: number, descriptor: string): string {
  return /^iff:\t(.*)$/m.exec(readProcess(pid, `fdinfo/${descriptor}`) ?? '')?.[1] ?? '';
}

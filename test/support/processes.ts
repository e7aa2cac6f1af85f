/** What the kernel tells of running processes. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { setImmediate } from 'node:timers/promises';

/** Processes that a process has started. */
export function childrenOf(pid: number | undefined): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Ports of TCP on which a process listens (proc_net_tcp: 0A is listening, the inode is the tenth word). */
export function listeningPorts(pid: number | undefined): number[] {
  const sockets = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A'),
  );
  const own = readdirSync(`/proc/${pid}/fd`).map((descriptor) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
    } catch {
      return '';
    }
  });
  return sockets
    .filter((words) => own.includes(`socket:[${words[9]}]`))
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
}

/** Waits until a process handles a signal, whoever in it has installed that. Node itself handles SIGINT, SIGTERM and SIGUSR1 at its start. */
export async function handling(pid: number | undefined, signal: NodeJS.Signals): Promise<void> {
  const bit = BigInt(constants.signals[signal] - 1);
  for (;;) {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
    if (((BigInt(`0x${caught}`) >> bit) & 1n) === 1n) return;
    await setImmediate();
  }
}

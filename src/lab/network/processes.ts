/** Processes: those in a namespace, and one that is known by number and start. */
import { readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { processNumbers, readProcess } from '../../host/process-files.ts';

/** Clock ticks since the machine was started; undefined where it has ended, also where its parent has not been told yet. */
export function startTimeOf(pid: number): string | undefined {
  const stat = readProcess(pid, 'stat');
  // The name, in parentheses, may hold anything: fields are counted from behind the last parenthesis (proc_pid_stat(5)).
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields ?? [];
  return state === undefined || state === 'Z' || state === 'X' ? undefined : fields?.[19];
}

export function isAlive({ pid, startTime }: { pid: number; startTime: string }): boolean {
  return startTimeOf(pid) === startTime;
}

export function networkNamespaceOf(pid: number): number | undefined {
  try {
    return Number(/^net:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1]);
  } catch {
    return undefined;
  }
}

export function processesIn(inodes: ReadonlySet<number>): number[] {
  return processNumbers().filter((pid) => {
    const inode = networkNamespaceOf(pid);
    return inode !== undefined && inodes.has(inode) && startTimeOf(pid) !== undefined;
  });
}

/** This process and those that it came from. */
export function ancestors(): number[] {
  const found: number[] = [];
  for (let pid = process.pid; pid > 0 && !found.includes(pid); ) {
    found.push(pid);
    const stat = readProcess(pid, 'stat') ?? '';
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return found;
}

/** Milliseconds. */
const PATIENCE = 2_000;
const INTERVAL = 10;

/**
 * Ends processes, first kindly. What they start meanwhile is found by asking again.
 *
 * @param find those that are still to be ended
 */
export async function endProcesses(find: () => readonly number[]): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const asked = new Set<number>();
    const end = Date.now() + PATIENCE;
    for (let left = find(); left.length > 0 && Date.now() < end; left = find()) {
      for (const pid of left) {
        if (asked.has(pid)) continue;
        asked.add(pid);
        sendSignal(pid, signal);
      }
      await pause(INTERVAL);
    }
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
    // One that is stopped would not hear of it.
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Processes: those in a namespace, and one that is known by number and start. */
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { processNumbers, readProcess } from '../../host/process-files.ts';

/** When a process was started, in clock ticks since the machine's start; undefined if it has ended (a zombie has). */
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

/** @param pid of a process, or of a thread: `4711/task/4712` */
export function networkNamespaceOf(pid: number | string): number | undefined {
  try {
    return Number(/^net:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[1]);
  } catch {
    return undefined;
  }
}

/**
 * Processes that are in namespaces with all their threads. Who only looks into one (setns(2)), as this program does for
 * `interfaces` and `lab status`, goes there with one thread for a moment, and is not to be ended for it.
 */
export function processesIn(inodes: ReadonlySet<number>): number[] {
  const isIn = (pid: number | string) => inodes.has(networkNamespaceOf(pid) ?? 0);
  return processNumbers().filter(
    (pid) => isIn(pid) && threadsOf(pid).every(isIn) && startTimeOf(pid) !== undefined,
  );
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `${pid}/task/${thread}`);
  } catch {
    return [];
  }
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

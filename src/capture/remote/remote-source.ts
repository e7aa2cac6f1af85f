/** A point elsewhere as a live source: the program that brings its packets, and what becomes of it. */
import {
  CaptureError,
  type CaptureInterface,
  type PacketBatch,
  type PacketSource,
} from '../../packet/source.ts';
import { openCaptureStream } from '../file/open-capture.ts';
import { SCRIPT_END, type ScriptRequest, scriptInput } from './capture-script.ts';
import { announcement, createdPod, deleteWords, type KubeOptions, kubectlWords } from './kubectl.ts';
import type { RemotePoint } from './point-name.ts';
import { runOnce, startProgram } from './program.ts';
import type { Said } from './said.ts';
import { sshWords } from './ssh.ts';

export interface RemoteOptions extends Omit<ScriptRequest, 'device'> {
  readonly kube?: KubeOptions | undefined;
}

export interface RemoteSource extends PacketSource {
  /** Resolves when packets can come, or when it is sure that none will. */
  readonly settled: Promise<void>;
  /** Why no packets will come; undefined while they may. */
  readonly fault: unknown;
  /** It is waited for no longer: warnings tell so, and tell when packets can come after all. */
  goOnWithout(): void;
}

/** Milliseconds. */
const DELETE_PATIENCE = 10_000;
const HELD = 5000;
const STRAGGLERS = 1000;
/** Bytes of the line that kubectl says in front. */
const LONGEST_LINE = 1024;
const NEWLINE = 10;

/**
 * Starts to capture at a point elsewhere, and waits for nothing: what goes wrong, `next` says.
 *
 * @param options a command is not told of any filter or length
 */
export function openRemote(point: RemotePoint, options: RemoteOptions): RemoteSource {
  const { text, name, clock } = point;
  const { kube } = options;
  const program = startProgram(
    point.kind === 'command'
      ? { words: ['sh', '-c', point.command] }
      : {
          words: point.kind === 'ssh' ? sshWords(point) : kubectlWords(point, kube),
          input: scriptInput({ ...options, device: point.device }),
          farewell: SCRIPT_END,
        },
  );
  const interfaces: CaptureInterface[] = [];
  const warnings: string[] = [];
  const began = performance.now();
  if (point.kind === 'node') warnings.push(`${name}: ${announcement(kube)}`);
  let told = 0;
  let pod: string | undefined;
  let inner: PacketSource | undefined;
  let received = 0;
  let isStopped = false;
  let hasEnded = false;
  let closing: Promise<void> | undefined;

  /** kubectl says on standard output what it has made, where the packets come later. */
  async function* withoutGreeting(): AsyncGenerator<Uint8Array> {
    let head: Buffer | undefined = point.kind === 'node' ? Buffer.alloc(0) : undefined;
    for await (const piece of program.stdout as AsyncIterable<Buffer>) {
      if (head === undefined) {
        yield piece;
        continue;
      }
      head = Buffer.concat([head, piece]);
      const end = head.indexOf(NEWLINE);
      const line = end < 0 ? undefined : head.subarray(0, end).toString('latin1');
      const made = line === undefined ? undefined : createdPod(line);
      if (made !== undefined) {
        pod = made;
        head = head.subarray(end + 1);
      } else if (line === undefined && head.length < LONGEST_LINE && head[0] === 0x43) continue;
      if (head.length > 0) yield head;
      head = undefined;
    }
  }

  /** What is said before packets can come is an error's text, or is told then; if that takes long, at once. */
  function tellSaid(): void {
    const { lines } = program.said;
    if (inner === undefined && performance.now() - began < HELD) return;
    for (; told < lines.length; told++) warnings.push(`${name}: ${lines[told]}`);
  }

  async function failure(fallback: string): Promise<CaptureError> {
    const how = await program.ended();
    const reason = program.said.takeFrom(told) ?? fallback;
    return new CaptureError(
      `${name}: ${reason}${how === undefined ? '' : ` (${nameOf(point)}: ${how})`}${adviceOn(reason)}`,
    );
  }

  let isLate = false;
  let isSettled = false;
  let fault: unknown;
  const opening = (async () => {
    const stream = Object.assign(withoutGreeting(), { destroy: () => program.stdout.destroy() });
    try {
      inner = await openCaptureStream(stream, name);
      learn();
      if (isLate) warnings.push(`${name}: captures now`);
    } catch (error) {
      void program.close();
      if (isStopped) return;
      throw await failure(error instanceof CaptureError ? afterName(error.message, name) : String(error));
    }
  })();
  opening.catch(() => undefined);

  function learn(): void {
    if (inner === undefined) return;
    for (const {
      name: own,
      linkType,
      snapLength,
      timeResolution,
      frameCheckLength,
    } of inner.interfaces.slice(interfaces.length)) {
      const isOnly = interfaces.length === 0 && (own === undefined || point.kind !== 'command');
      interfaces.push({
        name: isOnly ? name : `${name}:${own ?? `if${interfaces.length + 1}`}`,
        ...{ linkType, snapLength, clock },
        ...(timeResolution !== undefined && { timeResolution }),
        ...(frameCheckLength !== undefined && { frameCheckLength }),
      });
    }
  }

  async function close(): Promise<void> {
    await program.close();
    await opening.catch(() => undefined);
    await inner?.close();
    if (pod === undefined || point.kind !== 'node') return;
    const fault = await runOnce(deleteWords(point, pod), DELETE_PATIENCE);
    if (fault !== undefined) warnings.push(`${name}: the pod ${pod} is left there: ${fault}`);
  }

  return {
    name: text,
    interfaces,
    isLive: true,
    settled: opening
      .catch((error: unknown) => {
        fault = error;
      })
      .then(() => {
        isSettled = true;
      }),
    get fault() {
      return fault;
    },
    goOnWithout() {
      if (isSettled) return;
      isLate = true;
      warnings.push(`${name}: nothing has come from it yet; the others are not held up`);
    },
    get warnings() {
      tellSaid();
      return warnings;
    },
    get timesAreArrival() {
      return inner?.timesAreArrival === true;
    },
    async next() {
      if (hasEnded) return undefined;
      try {
        await opening;
        for (;;) {
          const batch = await inner?.next();
          learn();
          if (batch === undefined) break;
          const taken = untilAsked(batch, program.said.endedAt);
          received += taken.count;
          if (taken.count > 0) return taken;
        }
      } catch (error) {
        hasEnded = true;
        throw error;
      }
      hasEnded = true;
      const how = await program.ended();
      tellSaid();
      if (isStopped) return undefined;
      const brokenOff = inner?.statistics().brokenOff;
      if (how !== undefined) throw await failure(brokenOff ?? 'it ended');
      if (brokenOff !== undefined) warnings.push(`${name}: ${brokenOff}; all whole packets were read`);
      return undefined;
    },
    stop() {
      isStopped = true;
      // Where nothing has come yet, nothing is waited for.
      if (inner === undefined) void program.close();
      else {
        program.stop();
        // Something that it started may hold its output open for ever.
        void program.ended().then(() => setTimeout(() => inner?.stop(), STRAGGLERS).unref());
      }
    },
    statistics() {
      const { dropped, droppedAt } = inner?.statistics() ?? {};
      return {
        received,
        dropped: dropped ?? program.said.dropped,
        ...(droppedAt !== undefined && { droppedAt }),
      };
    },
    close() {
      isStopped = true;
      closing ??= close();
      return closing;
    },
  };
}

/** What came up to the moment at which a point was asked to end, by its own clock. */
function untilAsked(batch: PacketBatch, asked: Said['endedAt']): PacketBatch {
  if (asked === undefined) return batch;
  const [second, nanosecond] = asked;
  const { seconds, nanoseconds } = batch;
  let { count } = batch;
  const isLater = (i: number) =>
    (seconds[i] as number) > second || (seconds[i] === second && (nanoseconds[i] as number) > nanosecond);
  while (count > 0 && isLater(count - 1)) count--;
  return { ...batch, count };
}

function nameOf({ kind }: RemotePoint): string {
  if (kind === 'command') return 'the command';
  return kind === 'ssh' ? 'ssh' : 'kubectl';
}

/** A message of the capture's own begins with its name as well. */
function afterName(message: string, name: string): string {
  return message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message;
}

function adviceOn(reason: string): string {
  if (/permission denied \(/i.test(reason)) {
    return '; ssh is asked for nothing here: load a key (ssh-add), or open a shared connection first (ControlMaster in ssh_config)';
  }
  if (/host key verification failed/i.test(reason))
    return '; connect once by hand, to see and accept its key';
  return '';
}

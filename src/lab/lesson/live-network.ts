/** A lesson's network as a lab: real commands in it, and captures of several of its devices at once. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { openLive } from '../../capture/live.ts';
import { openWriter } from '../../capture/write/writer.ts';
import { endGroup, runProgram } from '../network/command.ts';
import { bringDown } from '../network/down.ts';
import { journalNames } from '../network/journal.ts';
import type { Lab } from '../network/labs.ts';
import { loadNetwork, namespaceName } from '../network/network.ts';
import { nodeWords, pingWords } from '../network/run.ts';
import { tryExchanges } from '../network/try-exchange.ts';
import { bringUp } from '../network/up.ts';
import type { Check, StepOf } from './lesson.ts';
import { CAPTURE_ENDING, checkName, type LessonNetwork, type Printed } from './lesson-network.ts';

/** More than this of what a command prints is not shown. */
const MOST_OUTPUT = 1 << 16;
/** Pings of a check, and how long it waits for the first to arrive: a tunnel that was just started takes a moment. */
const CHECK_PINGS = 3;
const SETTLING_SECONDS = 3;
const INTERVAL = 0.2;

export interface LiveLessonOptions {
  /** The lab's name. */
  readonly lab: string;
  /** For captures. */
  readonly folder: string;
  /** Ends what is being done. */
  readonly signal?: AbortSignal | undefined;
}

export function openLiveLesson({ lab: name, folder, signal }: LiveLessonOptions): LessonNetwork {
  let lab: Lab | undefined;
  /** The command that the learner waits for. */
  let typed: ChildProcess | undefined;
  let isStopped = false;
  let checks = 0;
  const captured = (capture: string) => join(folder, capture + CAPTURE_ENDING);

  function theLab(): Lab {
    if (lab === undefined) throw new Error('the lesson’s network is not up');
    return lab;
  }

  async function down(): Promise<void> {
    if (lab === undefined) return;
    lab = undefined;
    // Somebody may have taken it down from elsewhere meanwhile.
    if (journalNames().includes(name)) await bringDown(name);
  }

  const run = (words: readonly string[], onStart?: (child: ChildProcess) => void) =>
    runPrinting(words, signal, onStart);
  const shellWords = (on: string, line: string) => nodeWords(theLab(), on, ['sh', '-c', line]);

  /** Captures at points while something happens. */
  async function capturing<T>(
    capture: string,
    at: readonly string[],
    meanwhile: () => Promise<T>,
  ): Promise<T> {
    const names = at.map((point) => point.replace(' ', ':'));
    const interfaces = names.map((point) => namespaceName(name, point));
    const live = await openLive({ interfaces });
    // Without the lab's name, which differs from run to run: files shall be the same next time.
    const source = { ...live, interfaces: live.interfaces.map((one, i) => ({ ...one, name: names[i] })) };
    const writer = openWriter(source, { path: captured(capture) });
    const written = (async () => {
      for (;;) {
        const batch = await source.next();
        if (batch === undefined) return;
        writer.packets(batch, batch.count);
        writer.settle();
      }
    })();
    try {
      return await meanwhile();
    } finally {
      source.stop();
      await written;
      writer.close();
      await source.close();
    }
  }

  return {
    isLive: true,
    lab: name,
    async up(network) {
      await down();
      lab = await bringUp(loadNetwork(network), { name, signal });
    },
    run({ on, command, capture, at }: StepOf<'run'>) {
      const go = () => run(shellWords(on, command));
      return capture === undefined || at === undefined ? go() : capturing(capture, at, go);
    },
    async typed(on, line) {
      try {
        isStopped = false;
        const printed = await run(shellWords(on, line), (child) => {
          typed = child;
        });
        return isStopped ? { ...printed, exitCode: null } : printed;
      } finally {
        typed = undefined;
      }
    },
    stopCommand() {
      if (typed === undefined) return false;
      // Like Ctrl-C in a shell, so that ping prints its statistics; a command that ignores it is ended by the next one.
      endGroup(typed, isStopped ? 'SIGTERM' : 'SIGINT');
      isStopped = true;
      return true;
    },
    async check({ from, to, size, whole, tcp, at }: Check) {
      const options = [
        ...(size === undefined ? [] : ['-s', String(size)]),
        ...(whole === undefined ? [] : ['-M', 'do']),
      ];
      const ping = (count: number, more: readonly string[]) =>
        run(pingWords(theLab(), { from, to, count, interval: INTERVAL, options: [...options, ...more] }));
      await ping(1, ['-w', String(SETTLING_SECONDS)]);
      checks++;
      await capturing(checkName(checks), at, async () => {
        await ping(CHECK_PINGS, []);
        if (tcp === undefined) return;
        // A learner is told of a target by its address, which alone does not say where a server could be started.
        await tryExchanges(theLab(), { tcp }, { from, to, count: 1, signal });
      });
      return captured(checkName(checks));
    },
    captured,
    close: down,
  };
}

/** Runs a command until it ends, and keeps what it prints, in one. */
async function runPrinting(
  words: readonly string[],
  signal: AbortSignal | undefined,
  onStart?: (child: ChildProcess) => void,
): Promise<Printed> {
  let text = '';
  const exitCode = await runProgram(words, {
    signal,
    onStart,
    onText: (more, _stream, child) => {
      if (text.length < MOST_OUTPUT) text += more;
      else if (child.exitCode === null) endGroup(child);
    },
  });
  return { text: text.slice(0, MOST_OUTPUT).trimEnd(), exitCode };
}

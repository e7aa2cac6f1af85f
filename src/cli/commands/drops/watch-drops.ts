/** What the kernel drops, told as it happens: drawn anew on a terminal, line by line into a pipe, as JSON for scripts. */

import { dropMeaning } from '../../../finding/drop-reasons.ts';
import { type DeviceFilter, openDropSource } from '../../../host/drops/drop-source.ts';
import type { DropWatch } from '../../../host/drops/drop-watch.ts';
import { TracingUnavailableError } from '../../../host/drops/tracefs.ts';
import type { KernelDrop } from '../../../packet/kernel-drop.ts';
import { CaptureError } from '../../../packet/source.ts';
import { asciiJson, escapeControls } from '../../../text/printable.ts';
import { counted } from '../../../text/words.ts';
import { EXIT } from '../../errors.ts';
import { isTerminal } from '../../is-terminal.ts';
import { withRoot } from '../../open-source.ts';
import { interruptible } from '../../signals.ts';
import { hurryOutput, isOutputBehind, outputReady, writeText } from '../../standard-output.ts';
import { createDropGroups, type DropGroup, groupRows, placeOf } from './drop-groups.ts';

export interface DropsOptions {
  interface?: string[];
  user?: string;
  count?: number;
  /** Milliseconds. */
  autostop?: number;
  format?: 'text' | 'json-lines';
}

/** Milliseconds between two looks, and how many of them make a second. */
const TICK = 100;
const SECOND = 10;
/** Lines that go into a pipe in a second; what is past them is counted. */
const MOST_LINES = 20;
const MOST_GROUPS_DRAWN = 12;
const MOST_GROUPS_TOLD = 50;

export async function watchDrops(options: DropsOptions): Promise<number> {
  const source = await open(options);
  const { watch, isWanted } = source;
  const view = createView(options);
  let left = options.count ?? Number.POSITIVE_INFINITY;
  const begin = performance.now();
  try {
    await interruptible(async (signal) => {
      const timer = options.autostop === undefined ? undefined : AbortSignal.timeout(options.autostop);
      const end = timer === undefined ? signal : AbortSignal.any([signal, timer]);
      end.addEventListener('abort', hurryOutput);
      for (let tick = 1; left > 0; tick++) {
        await pause(TICK, end);
        watch.read((drop) => {
          if (left === 0 || !isWanted(drop)) return;
          left--;
          view.tell(drop);
        });
        if (tick % SECOND === 0) view.second(watch);
        if (end.aborted) break;
        if (isOutputBehind()) await outputReady();
      }
    });
    view.end(watch, (performance.now() - begin) / 1000);
  } finally {
    await watch.close();
  }
  return EXIT.done;
}

async function open({ interface: interfaces = [], user }: DropsOptions) {
  let source: { watch: DropWatch; isWanted: DeviceFilter } | undefined;
  try {
    await withRoot(user, () => {
      source = openDropSource(interfaces);
    });
  } catch (error) {
    await source?.watch.close();
    if (!(error instanceof TracingUnavailableError)) throw error;
    throw new CaptureError(`no reasons for drops from the kernel: ${error.message}`);
  }
  const devices = interfaces.length === 0 ? 'all devices' : interfaces.map(escapeControls).join(', ');
  console.error(`tunnelscope: drops of ${devices}; Ctrl-C ends`);
  return source as { watch: DropWatch; isWanted: DeviceFilter };
}

/** Resolves when the time is over, or somebody wants the end. */
function pause(milliseconds: number, end: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (end.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      end.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    end.addEventListener('abort', done);
  });
}

interface View {
  tell(drop: KernelDrop): void;
  /** A second has passed. */
  second(watch: DropWatch): void;
  /** @param seconds that it took */
  end(watch: DropWatch, seconds: number): void;
}

function createView({ format }: DropsOptions): View {
  if (format === 'json-lines') return jsonLines();
  return isTerminal(1) ? drawnTable() : lines();
}

function jsonLines(): View {
  const groups = createDropGroups();
  return {
    tell(drop) {
      const group = groups.add(drop);
      writeText(`${asciiJson(describe(drop, group))}\n`);
    },
    second: () => undefined,
    end({ lost }, seconds) {
      const list = groups
        .list()
        .map(({ recent: _, ...group }) => ({ ...group, rate: group.count / seconds }));
      const { total: drops } = groups;
      writeText(`${asciiJson({ summary: { seconds, drops, lost, groups: list } })}\n`);
    },
  };
}

function describe(
  { time, protocol, course }: KernelDrop,
  { reason, location, device, namespace }: DropGroup,
) {
  return {
    time: timeText(time),
    ...{ reason, location, device, namespace, protocol },
    meaning: dropMeaning(reason, location)?.fact ?? null,
    course: course.map((step) => ({ ...step, time: timeText(step.time) })),
  };
}

/** Seconds since 1970, with six decimals. */
function timeText(micros: number): string {
  const whole = Math.floor(micros);
  return `${Math.floor(whole / 1e6)}.${String(whole % 1e6).padStart(6, '0')}`;
}

function lines(): View {
  const groups = createDropGroups();
  let room = MOST_LINES;
  let more = 0;
  const turn = () => {
    if (more > 0) writeText(`and ${counted(more, 'more drop')}\n`);
    room = MOST_LINES;
    more = 0;
  };
  return {
    tell(drop) {
      const group = groups.add(drop);
      if (room === 0) {
        more++;
        return;
      }
      room--;
      const { reason, location } = group;
      const fact = dropMeaning(reason, location)?.fact;
      const length = drop.course.at(-1)?.length;
      const at = length === undefined ? '' : ` at ${placeOf(group)}, ${length} bytes`;
      writeText(
        `[${timeText(drop.time)}] ${reason} in ${location}${at}${fact === undefined ? '' : `: ${fact}`}\n`,
      );
    },
    second: turn,
    end(watch, seconds) {
      turn();
      writeText(`\n${summary(groups, watch, seconds, 100)}\n`);
    },
  };
}

/** Drawn over itself, as long as nothing else is written to the terminal. */
function drawnTable(): View {
  const groups = createDropGroups();
  let drawn = 0;
  const width = () => process.stdout.columns ?? 80;
  const erase = () => (drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`);
  return {
    tell: groups.add,
    second(watch) {
      groups.turn();
      const most = Math.max(
        1,
        Math.min(MOST_GROUPS_DRAWN, Math.floor(((process.stdout.rows ?? 24) - 4) / 3)),
      );
      const rows = groupRows(groups.list(), ({ recent }) => recent, width(), most);
      const cut = [...rows, lostLine(watch)]
        .filter((row) => row !== '')
        .map((row) => row.slice(0, width() - 1));
      writeText(`${erase()}${cut.join('\n')}\n`);
      drawn = cut.length;
    },
    end(watch, seconds) {
      writeText(`${erase()}${summary(groups, watch, seconds, width())}\n`);
    },
  };
}

function summary(
  groups: ReturnType<typeof createDropGroups>,
  watch: DropWatch,
  seconds: number,
  width: number,
): string {
  const { total } = groups;
  const took = `${counted(total, 'drop')} in ${seconds.toFixed(1)} s`;
  const rows =
    total === 0 ? [] : groupRows(groups.list(), ({ count }) => count / seconds, width, MOST_GROUPS_TOLD);
  return [...rows, lostLine(watch), took].filter((row) => row !== '').join('\n');
}

function lostLine({ lost }: DropWatch): string {
  return lost === 0 ? '' : `${counted(lost, 'more drop')} came faster than the kernel could report them`;
}

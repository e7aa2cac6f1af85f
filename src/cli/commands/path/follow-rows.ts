/** Pings as lines while they are followed live: each once all points had their time to answer, and clocks as they become known. */
import { clockText } from '../../../output/dates.ts';
import type { PacketBatch, PacketSource } from '../../../packet/source.ts';
import type { LatestView } from '../../../path/make-path-view.ts';
import { totalOf } from '../../../path/path-report.ts';
import type { PathTracker } from '../../../path/path-tracker.ts';
import type { PathPing, PathWay } from '../../../path/path-view.ts';
import { lossText } from '../../../path/path-words.ts';
import { CLOCK_HERE } from '../../../path/points.ts';
import { escapeControls } from '../../../text/printable.ts';
import { counted } from '../../../text/words.ts';
import { writeText } from '../../standard-output.ts';

/** Milliseconds that a ping has, from its first sighting's arrival, to be seen everywhere: tcpdump hands over once a second. */
export const USUAL_WAIT = 2000;

/** Milliseconds. */
const TICK = 250;
/** Pings that are looked at each time, and that are told in it. */
const MOST_PINGS = 256;
const MOST_LINES = 20;
/** Seconds in which clocks are taken to run alike. */
const WINDOW = 30;

export interface RowFollower {
  /** For each batch, as it comes. */
  batch(batch: PacketBatch, count: number): void;
  /** No packet comes any more. */
  end(): void;
}

/** @param wait milliseconds */
export function followRows(source: PacketSource, tracker: PathTracker, wait: number): RowFollower {
  /** The least time that a clock's packets took to come here, by that clock and this one: milliseconds. */
  const delays = new Map<string, number>();
  let told = new Set<string>();
  let hasLines = false;
  const clocks = new Map<string, { ahead: number; uncertainty: number }>();

  function put(line: string): void {
    hasLines = true;
    writeText(`${escapeControls(line)}\n`);
  }

  function isDue({ request: [first] }: PathPing, { points, clocks: known }: LatestView): boolean {
    const clock = known[points[first?.point ?? 0]?.clock ?? 0]?.name || CLOCK_HERE;
    return first !== undefined && Date.now() - Number(first.time) * 1000 - (delays.get(clock) ?? 0) >= wait;
  }

  function tick(): void {
    const view = tracker.latest(MOST_PINGS, WINDOW);
    const still = new Set<string>();
    let left = 0;
    let lines = 0;
    for (const ping of view.rows) {
      const [first] = ping.request;
      if (first === undefined) continue;
      const key = `${ping.way} ${ping.ident} ${ping.seq} ${view.points[first.point]?.name} ${first.time}`;
      if (told.has(key)) still.add(key);
      else if (isDue(ping, view)) {
        still.add(key);
        if (lines++ < MOST_LINES) put(rowLine(view, ping));
        else left++;
      }
    }
    told = still;
    if (left > 0) put(`and ${counted(left, 'more ping')}`);
    tellClocks(view);
  }

  /** Again only where it was another than the truth could have been. */
  function tellClocks({ clocks: known }: LatestView): void {
    const reference = known.find(({ ahead }) => ahead === 0)?.name;
    for (const { name, ahead, uncertainty } of known) {
      if (ahead === null || uncertainty === null || name === reference) continue;
      const before = clocks.get(name);
      if (before !== undefined && Math.abs(ahead - before.ahead) <= before.uncertainty + uncertainty)
        continue;
      clocks.set(name, { ahead, uncertainty });
      const side = ahead < 0 ? 'behind' : 'ahead of';
      put(
        `clock of ${name}: ${Math.abs(ahead).toFixed(3)} ms ${side} that of ${reference}, ± ${uncertainty.toFixed(3)} ms`,
      );
    }
  }

  const timer = setInterval(() => {
    try {
      tick();
    } catch {
      // Nobody reads any more: reading meets the same, and ends.
      source.stop();
    }
  }, TICK);

  return {
    batch({ seconds, nanoseconds, interfaceIndex }, count) {
      const last = count - 1;
      const time = (seconds[last] as number) * 1000 + (nanoseconds[last] as number) / 1e6;
      const clock = source.interfaces[interfaceIndex[last] as number]?.clock ?? CLOCK_HERE;
      const delay = Date.now() - time;
      if (delay < (delays.get(clock) ?? Number.POSITIVE_INFINITY)) delays.set(clock, delay);
    },
    end() {
      clearInterval(timer);
      if (hasLines) writeText('\n');
    },
  };
}

/** `10:23:14.500250 172.16.0.2 → 172.16.1.2 id 17767 seq 7: 0.250 ms, seen at 10 points`: the time of day here, by the first point's clock. */
function rowLine(view: LatestView, ping: PathPing): string {
  const { src, dst } = view.ways[ping.way] as PathWay;
  const time = ping.request[0]?.time ?? '';
  const point = time.indexOf('.');
  const clock = clockText(Number(time.slice(0, point)), 'local', false) ?? time.slice(0, point);
  const seen = new Set([...ping.request, ...ping.reply].map((sighting) => sighting.point)).size;
  const loss = lossText(view, ping);
  return `${clock}${time.slice(point, point + 7)} ${src} → ${dst} id ${ping.ident} seq ${ping.seq}: ${totalOf(ping)}${loss === '' ? '' : `: ${loss}`}, seen at ${counted(seen, 'point')}`;
}

/** Runs of the command beside those of a program that does the same, in turns, and how they compare for a packet. */
import { builds, inTurns, type Run, ratio, run, spread } from './processes.ts';

export interface Comparison {
  readonly what: string;
  readonly peer: string;
  readonly runPeer: () => Run;
  /** How many packets the peer reads: fewer, where it would take minutes. */
  readonly peerPackets: number;
  readonly runOurs: (command: string) => Run;
  readonly packets: number;
}

export const HEADER = ['what', 'packets', 'processor ms', 'wall ms', 'processor', 'wall', 'times as fast'];

/** Runs a program whose output nobody reads. */
export function runQuietly(program: string, ...args: readonly string[]): Run {
  return run('sh', ['-c', 'TZ=UTC0 exec "$0" "$@" > /dev/null', program, ...args]);
}

/** The rows of one comparison: the peer's figures, and for each build its own and what they are of the peer's, a packet. */
export function compare(
  { what, peer, runPeer, peerPackets, runOurs, packets }: Comparison,
  rounds: number,
): string[][] {
  const all = builds();
  const [theirs = [], ...ours] = inTurns(rounds, [
    runPeer,
    ...all.map(
      ([, command]) =>
        () =>
          runOurs(command),
    ),
  ]);
  const figures = (name: string, count: number, runs: readonly Run[]) => [
    `${what}: ${name}`,
    String(count),
    spread(runs.map(({ processor }) => processor)),
    spread(runs.map(({ wall }) => wall)),
  ];
  const scale = peerPackets / packets;
  return [
    figures(peer, peerPackets, theirs),
    ...all.map(([name], i) => {
      const runs = ours[i] as Run[];
      const wall = ratio(runs, theirs, 'wall') * scale;
      const processor = ratio(runs, theirs, 'processor') * scale;
      return [
        ...figures(name, packets, runs),
        processor.toFixed(3),
        wall.toFixed(3),
        (1 / wall).toFixed(wall > 0.1 ? 1 : 0),
      ];
    }),
  ];
}

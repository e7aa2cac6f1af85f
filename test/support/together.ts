/** Many captures in one run of tshark, whose start is most of what a small one takes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tshark } from './tshark.ts';

export interface Together {
  /** All captures, one behind the other, as they were given. */
  readonly path: string;
  /**
   * What tshark prints of one of the captures, a line a packet.
   *
   * @param args its words, with `-r` and the capture's path among them
   */
  linesOf(args: readonly string[]): readonly string[];
  /** A capture's own among the lines of all packets. */
  part<Line>(capture: string, lines: readonly Line[]): readonly Line[];
  remove(): void;
}

/** What tshark remembers from packet to packet it then remembers over all captures: what is asked for may not depend on that. */
export function putTogether(captures: readonly string[]): Together {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-together-'));
  const path = join(folder, 'all.pcapng');
  execFileSync('mergecap', ['-a', '-F', 'pcapng', '-w', path, ...captures]);
  // A table of each file's name and packets, with a head, which Wireshark 4.4 says again for each file.
  const table = execFileSync('capinfos', ['-T', '-M', '-c', ...captures], { encoding: 'utf8' });
  const counts = table
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.split('\t')[1]))
    .filter((count) => !Number.isNaN(count));
  const starts = [0];
  for (const count of counts) starts.push((starts.at(-1) as number) + count);
  const part = <Line>(capture: string, lines: readonly Line[]) => {
    const at = captures.indexOf(capture);
    return lines.slice(starts[at], starts[at + 1]);
  };
  const answers = new Map<string, readonly string[]>();
  return {
    path,
    part,
    linesOf(args) {
      const at = args.indexOf('-r') + 1;
      const words = args.with(at, path);
      const key = words.join('\0');
      const lines = answers.get(key) ?? tshark(...words).split('\n');
      answers.set(key, lines);
      return part(args[at] as string, lines);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

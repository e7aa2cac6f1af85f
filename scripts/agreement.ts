/** Holds us against tshark over many captures. Bundled and run by agreement.mjs. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { compareCapture, type Difference, tsharkLines, tsharkVocabulary } from '../test/support/agreement.ts';
import { KNOWN_DIFFERENCES } from '../test/support/known-differences.ts';
import { tsharkTitle } from '../test/support/tshark.ts';

const CAPTURE = /\.(pcap|pcapng|cap|ntar|dmp|pcap\.gz|pcapng\.gz)$/i;

function capturesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || (entry.isFile() && CAPTURE.test(entry.name)))
    .map((entry) => join(path, entry.name))
    .sort()
    .flatMap(capturesBelow);
}

interface Group {
  count: number;
  readonly examples: string[];
}

function note(groups: Map<string, Group>, key: string, example: string, most: number): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, { count: 1, examples: [example] });
  else {
    group.count++;
    // One example per file says more than many from one file.
    const file = example.slice(0, example.indexOf(':'));
    if (group.examples.length < most && !group.examples.some((other) => other.startsWith(`${file}:`))) {
      group.examples.push(example);
    }
  }
}

function print(title: string, groups: ReadonlyMap<string, Group>): void {
  const total = [...groups.values()].reduce((sum, { count }) => sum + count, 0);
  console.log(`\n${title}: ${total}`);
  for (const [key, { count, examples }] of [...groups].sort((a, b) => b[1].count - a[1].count)) {
    console.log(`${String(count).padStart(8)}  ${key}`);
    for (const example of examples) console.log(`            ${example}`);
  }
}

/** What tshark said of a capture, kept in a folder, as its answer takes a hundred times as long as ours. */
async function* keptLines(folder: string, path: string, args: readonly string[]): AsyncGenerator<string> {
  const { size, mtimeMs } = statSync(path);
  const key = createHash('sha256')
    .update(JSON.stringify([path, size, mtimeMs, tsharkTitle, args]))
    .digest('hex');
  const file = join(folder, `${key}.gz`);
  if (existsSync(file)) {
    yield* gunzipSync(readFileSync(file)).toString().split('\n').slice(0, -1);
    return;
  }
  const lines: string[] = [];
  for await (const line of tsharkLines(args)) lines.push(`${line}\n`);
  writeFileSync(file, gzipSync(lines.join(''), { level: 1 }));
  for (const line of lines) yield line.slice(0, -1);
}

/** How a difference is grouped: by what it is about, and below what it stands. */
function pattern(difference: Difference): string {
  const { name, ours, theirs, layers } = difference;
  if (['layers', 'fault', 'guess'].includes(name))
    return `${name}  ours ${ours || '-'}  tshark ${theirs || '-'}`;
  if (ours === '') return `${name}  only tshark  in ${layers?.join(':')}`;
  if (theirs === '') return `${name}  only here  in ${layers?.join(':')}`;
  return `${name}  in ${layers?.join(':')}`;
}

function clipped(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** @returns the exit code: 0 where nothing differs but what is known, 1 where something does, 2 where nothing was asked */
export async function agreement(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { keep: { type: 'string' }, examples: { type: 'string', default: '3' } },
  });
  if (positionals.length === 0 || tsharkTitle === undefined) {
    console.error(
      tsharkTitle === undefined
        ? 'tshark is not installed; apt-get install tshark'
        : 'usage: node scripts/agreement.mjs [--keep FOLDER] [--examples N] FOLDER-or-FILE…',
    );
    return 2;
  }
  if (values.keep !== undefined) mkdirSync(values.keep, { recursive: true });
  const most = Number(values.examples);
  const vocabulary = tsharkVocabulary();
  const paths = positionals.flatMap(capturesBelow);
  const unknown = new Map<string, Group>();
  const known = new Map<string, Group>();
  const foreign = new Map<string, Group>();
  const unopened = new Map<string, Group>();
  let captures = 0;
  let packets = 0;
  let compared = 0;
  let next = 0;
  const worker = async () => {
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) {
      const file = path;
      try {
        const result = await compareCapture(file, {
          vocabulary,
          // Linux's own port for VXLAN, which tshark does not know.
          decodeAs: ['udp.port==8472,vxlan'],
          ...(values.keep === undefined
            ? {}
            : { answer: (tsharkArgs) => keptLines(values.keep as string, file, tsharkArgs) }),
          onDifference(difference) {
            const reason = KNOWN_DIFFERENCES.find(({ is }) => is(difference))?.reason;
            const { name, ours, theirs, packet } = difference;
            const example = `${file}:${packet?.number ?? 0}  ${name}: ${clipped(ours)} | ${clipped(theirs)}`;
            if (reason !== undefined) note(known, reason, example, most);
            else note(unknown, pattern(difference), example, most);
          },
        });
        captures++;
        packets += result.packets;
        compared += result.values;
        for (const [name, count] of result.foreign) {
          for (let i = 0; i < count; i++) note(foreign, name, `${file}:`, 1);
        }
      } catch (error) {
        note(unopened, (error as Error).message.replace(file, 'FILE'), `${file}:`, most);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  print('not opened', unopened);
  print('protocols that tshark knows and we do not', foreign);
  print('known differences', known);
  print('differences', unknown);
  const total = [...unknown.values()].reduce((sum, { count }) => sum + count, 0);
  console.log(`\n${captures} captures, ${packets} packets, ${compared} values agree; ${total} differences`);
  return total === 0 ? 0 : 1;
}

/** The files of pcapng-test-generator in both byte orders, beside capinfos, tshark and mergecap; and copied by the writer. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { collect, type Packet } from '../contract.ts';
import { isInstalled } from '../oracles.ts';
import { rewrite } from '../write/rewrite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-conformance-'));
afterAll(() => rmSync(folder, { recursive: true }));
const SET = 'fixtures/pcapng';
const names = readdirSync(`${SET}/le`).sort();
const files = ['le', 'be'].flatMap((order) => names.map((name) => join(SET, order, name)));

interface Reading {
  readonly packets: readonly Packet[];
  readonly interfaces: readonly (string | undefined)[];
  readonly dropped: number | undefined;
  readonly warnings: readonly string[];
}

async function read(path: string): Promise<Reading> {
  const source = await openCaptureFile(path);
  const packets = await collect(source);
  const { warnings } = source;
  const interfaces = source.interfaces.map((one) => one.name);
  const { dropped } = source.statistics();
  await source.close();
  return { packets, interfaces, dropped, warnings: warnings.map((one) => one.replace(`${path}: `, '')) };
}

const readings = new Map(await Promise.all(files.map(async (file) => [file, await read(file)] as const)));

test('all 24, in both byte orders', () => {
  expect(names).toHaveLength(24);
  expect(readdirSync(`${SET}/be`).sort()).toEqual(names);
});

test.each(names)('%s is the same in both byte orders', (name) => {
  expect(readings.get(join(SET, 'be', name))).toEqual(readings.get(join(SET, 'le', name)));
});

/** What the set's own descriptions say of files with something else than packets. */
const NO_PACKETS = ['the file holds no packets'];
const NO_TIME = ['some packets carry no time (simple packet blocks): shown as 0'];
const simple = [10, 11, 12, 16, 18, 100, 101, 102, 201, 202];
const empty = [2, 3, 13, 14, 15, 17, 200];
test.each(names)('%s opens with no other warning than that', (name) => {
  const number = Number(name.slice(4, 7));
  const expected = simple.includes(number) ? NO_TIME : empty.includes(number) ? NO_PACKETS : [];
  expect(readings.get(join(SET, 'le', name))?.warnings).toEqual(expected);
});

// isb_ifdrop and isb_osdrop: 10; ten at each interface; 1 + 42 at the first and 10 at the third.
test.each([
  ['013', 10],
  ['014', 30],
  ['101', 1 + 42 + 10],
])('drops of test%s', (number, dropped) => {
  expect(readings.get(join(SET, 'le', `test${number}.pcapng`))?.dropped).toBe(dropped);
});

test.each(files)('%s copied: byte by byte', async (file) => {
  const copy = join(folder, 'copy.pcapng');
  await rewrite(file, copy);
  expect(readFileSync(copy).equals(readFileSync(file))).toBe(true);
});

const hasTools = isInstalled('tshark', 'mergecap', 'capinfos');
describe.skipIf(!hasTools)(`beside Wireshark’s tools${hasTools ? '' : ' (SKIPPED: needs tshark)'}`, () => {
  const run = (program: string, ...args: readonly string[]) =>
    execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trimEnd();

  test('counts and lengths of each file', () => {
    const told = run('capinfos', '-T', '-M', '-r', '-c', '-d', ...files);
    expect(told.split('\n')).toEqual(
      files.map((file) => {
        const packets = readings.get(file)?.packets ?? [];
        const bytes = packets.reduce((sum, packet) => sum + packet.originalLength, 0);
        return `${file}\t${packets.length}\t${bytes}`;
      }),
    );
  });

  test('every packet of all files, one behind the other', () => {
    const merged = join(folder, 'merged.pcapng');
    run('mergecap', '-a', '-I', 'none', '-w', merged, ...files);
    const fields = ['time_epoch', 'len', 'cap_len'].flatMap((field) => ['-e', `frame.${field}`]);
    const theirs = run('tshark', '-n', '-r', merged, '-T', 'fields', ...fields).split('\n');
    // Wireshark 4.0 numbers custom blocks as packets without a time; mergecap takes those over that may be copied: two of 017, two
    // of 018, one each of 102 and 202. Simple packets get the time 0 from it, as from us.
    const packets = theirs.filter((line) => !line.startsWith('\t'));
    expect(theirs.length - packets.length).toBe(2 * (2 + 2 + 1 + 1));
    const ours = files.flatMap((file) =>
      (readings.get(file)?.packets ?? []).map(
        (packet) => `${packet.time}\t${packet.originalLength}\t${packet.capturedLength}`,
      ),
    );
    expect(ours).toEqual(packets);
  });
});

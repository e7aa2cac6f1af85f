/** The contract over standard input, in a process of its own: pipes and redirected files. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { collect, type Packet } from '../contract.ts';
import { bundleScript, Printer } from '../printed.ts';

const FILE = 'fixtures/vxlan-nanoseconds.pcap';
let script: string;
let expected: Packet[];
beforeAll(async () => {
  script = await bundleScript('print-packets');
  const source = await openCaptureFile(FILE);
  expected = await collect(source);
  await source.close();
});
afterAll(() => rmSync(script));

function shell(command: string): string[] {
  return ['bash', '-c', command, FILE];
}

test.each([
  ['a pipe', 'cat "$0" | "$@"'],
  ['a pipe that dribbles', '(head -c 3; head -c 30; head -c 100; cat) < "$0" | "$@"'],
  ['a pipe of gzip', 'gzip -c "$0" | "$@"'],
  ['a redirected file', '"$@" < "$0"'],
])('%s', async (_, command) => {
  const printer = new Printer(script, { file: '-' }, shell(command));
  const end = await printer.ended();
  expect(end).toEqual({ warnings: [], statistics: { received: expected.length } });
  expect(printer.packets).toEqual(expected);
  expect(printer.lines[0]?.open?.name).toBe('standard input');
});

test.each([
  ['nothing', '"$@" < /dev/null', /^CaptureError: standard input: empty; expected a pcap or pcapng capture/],
  [
    'what is no capture',
    'echo hello | "$@"',
    /^CaptureError: standard input: expected a pcap or pcapng capture, and this is text/,
  ],
])('%s', async (_, command, message) => {
  expect((await new Printer(script, { file: '-' }, shell(command)).ended()).error).toMatch(message);
});

/** Files that are no pcap and no pcapng: written by editcap itself, and read again as the message says. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { collect } from '../contract.ts';
import { isInstalled } from '../oracles.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-others-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CAPTURE = 'fixtures/socat.pcap';
const hasEditcap = isInstalled('editcap');

/** By editcap's name for it. */
const formats: readonly (readonly [string, RegExp])[] = [
  ['netmon1', /Network Monitor 1/],
  ['netmon2', /Network Monitor:/],
  ['snoop', /snoop/],
  ['k12text', /K12 text/],
  ['lanalyzer', /LANalyzer/],
  ['ngsniffer', /Sniffer/],
  ['ngwsniffer_1_1', /Windows Sniffer/],
  ['ngwsniffer_2_0', /Windows Sniffer/],
  ['visual', /Visual Networks/],
  ['5views', /5View/],
  ['nettl', /nettl/],
];

describe.skipIf(!hasEditcap)(`formats of Wireshark’s${hasEditcap ? '' : ' (SKIPPED: needs editcap)'}`, () => {
  test.each(formats)('%s', async (format, name) => {
    const path = join(folder, format);
    execFileSync('editcap', ['-F', format, CAPTURE, path], { stdio: 'ignore' });
    const message = await openCaptureFile(path).then(
      () => undefined,
      (error: Error) => error.message,
    );
    expect(message).toMatch(name);
    const [, command] = /\((editcap .*)\)$/.exec(message ?? '') ?? [];
    const [program = '', ...words] = (command ?? '').split(' ');
    const out = join(folder, `${format}.pcapng`);
    execFileSync(
      program,
      words.map((word) => ({ FILE: path, 'OUT.pcapng': out })[word] ?? word),
      { stdio: 'ignore' },
    );
    const source = await openCaptureFile(out);
    expect(await collect(source)).toHaveLength(8);
    await source.close();
  });
});

/** One record of ERF: 2026, type 2 (Ethernet), no flags, 16 + 2 + 60 bytes, none lost, 60 on the wire. */
const ERF = Buffer.concat([
  Buffer.from('0000000000036d6b 02 04 004e 0000 003c 0000'.replaceAll(' ', ''), 'hex'),
  Buffer.alloc(60, 1),
]);

test('ERF has no magic number, and is known by its first record', async () => {
  const path = join(folder, 'capture.erf');
  writeFileSync(path, ERF);
  await expect(openCaptureFile(path)).rejects.toThrow(/Endace’s \(ERF\).*editcap -T ether FILE OUT\.pcapng/);
  if (hasEditcap) expect(spawnSync('capinfos', ['-t', path]).stdout.toString()).toContain('Endace ERF');
});

test.each([
  // Of which editcap writes none, or none that it can read.
  ['0000020012050010', /K12 \(rf5\)/],
  ['7f766572', /OmniPeek/],
  [Buffer.from('ObserverPktBufferVersion=15.00').toString('hex'), /Observer/],
  [Buffer.from('iptrace 2.0').toString('hex'), /iptrace/],
])('%s is named', async (start, name) => {
  const path = join(folder, start);
  writeFileSync(path, Buffer.from(start.padEnd(64, '0'), 'hex'));
  await expect(openCaptureFile(path)).rejects.toThrow(name);
});

test('what is of no format shows its first bytes', async () => {
  const path = join(folder, 'text');
  writeFileSync(path, 'some text, and not of a capture');
  await expect(openCaptureFile(path)).rejects.toThrow('starts with the bytes 73 6f 6d 65 20 74 65 78');
});

/** Files that are no pcap and no pcapng: written by editcap itself, and read again as the message says. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
  await expect(openCaptureFile(path)).rejects.toThrow(
    /Endace’s cards \(ERF\).*editcap -T ether FILE OUT\.pcapng/,
  );
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
  const path = join(folder, 'bytes');
  writeFileSync(path, Buffer.from('some text, and \0 no text', 'latin1'));
  await expect(openCaptureFile(path)).rejects.toThrow('starts with the bytes 73 6f 6d 65 20 74 65 78');
});

test.each([
  ['17:10:16.230652 IP 10.1.0.10.9000 > 10.2.0.10.9000: UDP', '17:10:16.230652 IP 10.1.'],
  ['    1   0.000000    10.1.0.10 \u2192 10.2.0.10    UDP', '1 0.000000 10.1'],
  ['<!DOCTYPE html>\n<html>', '<!DOCTYPE html> <html>'],
  ['a', 'a'],
])('text is no ERF, whatever its letters are as numbers: %j', async (text, start) => {
  const path = join(folder, 'text');
  writeFileSync(path, text);
  await expect(openCaptureFile(path)).rejects.toThrow(
    `this is text that begins with "${start}": save packets as a capture, with tcpdump -w FILE`,
  );
});

/** Behind the file's header (24 bytes) and the first record's (16). */
const PACKET = readFileSync(CAPTURE).subarray(40, 40 + 130);
const DATAGRAM = PACKET.subarray(14);
const missing = ['od', 'hexdump', 'xxd', 'tshark', 'text2pcap'].filter((program) => !isInstalled(program));

describe.skipIf(missing.length > 0)(
  `hex dumps${missing.length > 0 ? ` (SKIPPED: needs ${missing})` : ''}`,
  () => {
    const run = (command: string, input: Uint8Array) =>
      execFileSync('sh', ['-c', command], { input, cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] });

    test.each<[dump: string, dumped: Uint8Array, command: string, packet?: Buffer]>([
      [`tshark -r ${resolve(CAPTURE)} -c 1 -x`, PACKET, 'text2pcap -a FILE OUT.pcap'],
      ['od -v -Ax -tx1', PACKET, 'text2pcap FILE OUT.pcap'],
      ['hexdump -C', PACKET, 'text2pcap -a FILE OUT.pcap'],
      ['xxd -g 1', PACKET, 'text2pcap -a FILE OUT.pcap'],
      ['od -v -Ax -tx1', DATAGRAM, 'text2pcap -l 101 FILE OUT.pcap', DATAGRAM],
      ['xxd', PACKET, 'xxd -r FILE | od -v -Ax -tx1 | text2pcap - OUT.pcap'],
      ['xxd', readFileSync(CAPTURE), 'xxd -r FILE OUT.pcap'],
    ])('%s: read again as the message says', async (dump, dumped, command, packet = PACKET) => {
      const path = join(folder, 'dump.txt');
      writeFileSync(path, run(dump, dumped));
      const [, flag] = /^text2pcap (-a|-l 101) /.exec(command) ?? [];
      await expect(openCaptureFile(path)).rejects.toThrow(command.replace(` ${flag}`, ''));
      if (flag !== undefined)
        await expect(openCaptureFile(path)).rejects.toThrow(`${flag === '-a' ? 'add ' : ', '}${flag} if `);
      run(command.replace('FILE', path), Buffer.alloc(0));
      const source = await openCaptureFile(join(folder, 'OUT.pcap'));
      const [first] = await collect(source);
      await source.close();
      expect(first?.bytes).toBe(packet.toString('hex'));
    });
  },
);

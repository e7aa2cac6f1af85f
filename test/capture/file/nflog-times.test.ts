/** Packets of the kernel's log in files: their own times, and filters behind what the kernel tells of them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { filtered } from '../../../src/capture/filter/filter.ts';
import { collect } from '../contract.ts';
import { filterWithTcpdump, isInstalled, recordsOf } from '../oracles.ts';
import { rewrite } from '../write/rewrite.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-nflog-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LOG = 'fixtures/links/nflog-inet.pcap';
const TIMESTAMP = 3;
const PAYLOAD = 9;

/** A record's attribute, found the naive way: little-endian lengths and types. */
function attribute(bytes: string, type: number): Buffer | undefined {
  const record = Buffer.from(bytes, 'hex');
  for (let at = 4; at + 4 <= record.length; at += (record.readUInt16LE(at) + 3) & ~3) {
    if (record.readUInt16LE(at + 2) === type) return record.subarray(at + 4, at + record.readUInt16LE(at));
  }
  return undefined;
}

/** As the record has it, or its own time stamp where there is one. */
function timeOf({ header, bytes }: { header: string; bytes: string }): string {
  const own = attribute(bytes, TIMESTAMP);
  const record = Buffer.from(header, 'hex');
  const [seconds, microseconds] =
    own === undefined
      ? [record.readUInt32LE(0), record.readUInt32LE(4)]
      : [Number(own.readBigUInt64BE(0)), Number(own.readBigUInt64BE(8))];
  return `${seconds}.${String(microseconds).padStart(6, '0')}000`;
}

const records = recordsOf(readFileSync(LOG));

test('packets have the time at which they met the rule, where the kernel tells it', async () => {
  const source = await openCaptureFile(LOG);
  const packets = await collect(source);
  expect(packets.map(({ time }) => time)).toEqual(records.map(timeOf));
  expect(source.timesAreArrival).toBe(true);
  await source.close();
  const own = records.filter(({ bytes }) => attribute(bytes, TIMESTAMP) !== undefined);
  expect(own.length).toBeGreaterThan(0);
  expect(own.length).toBeLessThan(records.length);
});

test('times are nobody’s arrival where every packet has its own', async () => {
  const header = readFileSync(LOG).subarray(0, 24);
  const own = records.filter(({ bytes }) => attribute(bytes, TIMESTAMP) !== undefined);
  const path = join(folder, 'own.pcap');
  writeFileSync(
    path,
    Buffer.concat([header, ...own.map((one) => Buffer.from(one.header + one.bytes, 'hex'))]),
  );
  const source = await openCaptureFile(path);
  await collect(source);
  expect(source.timesAreArrival).toBe(false);
  await source.close();
});

test('a copy keeps the records as they were', async () => {
  const copy = join(folder, 'copy.pcap');
  await rewrite(LOG, copy);
  expect(readFileSync(copy)).toEqual(readFileSync(LOG));
});

describe('filters see the packet that was logged', () => {
  const hasTcpdump = isInstalled('tcpdump');
  const note = hasTcpdump ? '' : ' (SKIPPED: needs tcpdump)';
  /** The same packets without what the kernel tells of them. */
  const raw = join(folder, 'raw.pcap');
  const header = Buffer.from(readFileSync(LOG).subarray(0, 24));
  header.writeUInt32LE(101, 20);
  const packets = records.map(({ bytes }) => attribute(bytes, PAYLOAD) as Buffer);
  const withLengths = packets.flatMap((packet) => [
    Buffer.from(Uint32Array.of(1, 0, packet.length, packet.length).buffer),
    packet,
  ]);
  writeFileSync(raw, Buffer.concat([header, ...withLengths]));

  test
    .skipIf(!hasTcpdump)
    .each([
      'icmp',
      'ip6',
      'udp port 4789',
      'udp dst port 9000 and src host 10.91.0.1',
      'not ip6',
      'greater 130',
      'ip[8] == 64',
    ])(`%s${note}`, async (expression) => {
    const source = filtered(await openCaptureFile(LOG), expression);
    const taken = (await collect(source)).map(({ bytes }) => attribute(bytes, PAYLOAD)?.toString('hex'));
    await source.close();
    expect(taken.length).toBeGreaterThan(0);
    expect(taken).toEqual(filterWithTcpdump(raw, expression));
  });
});

/**
 * What display filters cost a packet: decoding alone, and decoding with a filter, in turns in one run.
 * usage: node scripts/bench.mjs display-filter [capture …]     captures of bench/generate.py; tun-50k, mix-50k
 */
import { readFileSync } from 'node:fs';
import { createDecoder } from '../src/decode/decoder.ts';
import { LayerStack } from '../src/decode/layer-stack.ts';
import { compileDisplayFilter } from '../src/display-filter/display-filter.ts';
import { PacketRecord } from '../src/output/printer.ts';
import type { PacketBatch } from '../src/packet/source.ts';
import { capturePath, printTable } from './support.ts';

const ROUNDS = 15;
const ETHERNET = 1;

const EXPRESSIONS: readonly string[] = [
  'icmp',
  'ip.src#2 == 172.16.0.2 && icmp.type == 8',
  'inner.ip.src == 172.16.0.0/16 && outer.udp.port in {4789, 9000..9010}',
  'ip.addr == 10.1.0.10 || ipv6.addr == 2001:db8::/32',
  'udp[8:4] == 00:00:08:00',
  'level == 1 && tunnel == "vxlan"',
  'frame contains "tunnelscope"',
  'frame matches "tunnel(scope|s)"',
];

/** A whole pcap as one batch. */
function wholeBatch(file: Buffer): PacketBatch {
  const starts: number[] = [];
  for (let at = 24; at + 16 <= file.length; at += 16 + file.readInt32LE(at + 8)) starts.push(at + 16);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  return {
    bytes: file,
    view,
    count: starts.length,
    start: Int32Array.from(starts),
    capturedLength: Int32Array.from(starts, (start) => view.getInt32(start - 8, true)),
    originalLength: Int32Array.from(starts, (start) => view.getInt32(start - 4, true)),
    seconds: Float64Array.from(starts, (start) => view.getUint32(start - 16, true)),
    nanoseconds: Int32Array.from(starts, (start) => view.getUint32(start - 12, true) * 1000),
    interfaceIndex: new Uint16Array(starts.length),
  };
}

const { decode } = createDecoder();
const stack = new LayerStack();

/** Nanoseconds a packet, and how many passed. */
function pass(
  batch: PacketBatch,
  matches: ((record: PacketRecord) => boolean) | undefined,
): [number, number] {
  const record = new PacketRecord(stack, [{ name: undefined, linkType: ETHERNET, snapLength: 0 }]);
  const { view, start, capturedLength, originalLength, count } = batch;
  let passed = 0;
  const begin = performance.now();
  for (let i = 0; i < count; i++) {
    record.advance(batch, i);
    decode(view, start[i], capturedLength[i], originalLength[i], ETHERNET, stack);
    if (matches === undefined || matches(record)) passed++;
  }
  return [((performance.now() - begin) * 1e6) / count, passed];
}

const names = process.argv.slice(2);
const rows: string[][] = [];
for (const name of names.length > 0 ? names : ['tun-50k', 'mix-50k']) {
  const batch = wholeBatch(readFileSync(capturePath(`${name}.pcap`)));
  const plain: number[] = [];
  const filters = EXPRESSIONS.map((expression) => ({
    expression,
    filter: compileDisplayFilter(expression),
    times: [] as number[],
    passed: 0,
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const each of filters) {
      const [without] = pass(batch, undefined);
      const [withFilter, passed] = pass(batch, each.filter.matches);
      plain.push(without);
      each.times.push(withFilter);
      each.passed = passed;
    }
  }
  // The quickest round is the one that the machine's other work disturbed least.
  const alone = Math.min(...plain);
  rows.push([`${name}: decoding alone`, '', alone.toFixed(1)]);
  for (const { expression, times, passed } of filters) {
    rows.push([`  ${expression}`, String(passed), `+${(Math.min(...times) - alone).toFixed(1)}`]);
  }
}
printTable(['filter', 'packets that pass', 'ns a packet'], rows);

/**
 * Decoding in memory, beside gopacket's DecodingLayerParser (two parsers) and the minimal walk in C, in turns in one run.
 * usage: node scripts/bench.mjs decode [capture]     of bench/generate.py: tun-50k, vxlan-50k, ipip-50k or mix-50k
 * One capture a process: a command has one decoder, whose tables V8 folds into the code; a second decoder ends that.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createDecoder, type Decoder } from '../src/decode/decoder.ts';
import { LayerStack } from '../src/decode/layer-stack.ts';
import { capturePath, median, peerPath, printTable } from './support.ts';

const ROUNDS = 5;
const PASSES = 80;

/** Walks a pcap's records and decodes each packet; made once a capture, as the decoder itself is. */
function createPass(view: DataView, { decode }: Decoder): () => { packets: number; layers: number } {
  const stack = new LayerStack();
  const size = view.byteLength;
  return () => {
    let at = 24;
    let packets = 0;
    let layers = 0;
    while (at + 16 <= size) {
      const captured = view.getInt32(at + 8, true);
      const original = view.getInt32(at + 12, true);
      at = (at + 16) | 0;
      if (captured > size - at) break;
      decode(view, at, captured, original, 1, stack);
      layers += stack.count;
      packets++;
      at = (at + captured) | 0;
    }
    return { packets, layers };
  };
}

function nanoseconds(pass: () => { packets: number }): number {
  const times: number[] = [];
  for (let i = 0; i < PASSES; i++) {
    const begin = performance.now();
    const { packets } = pass();
    times.push(((performance.now() - begin) * 1e6) / packets);
  }
  // The first passes run before V8 has compiled the code.
  return median(times.slice(10));
}

function peerNanoseconds(name: string, path: string, pattern: RegExp): number {
  const program = peerPath(name);
  if (program === undefined) return Number.NaN;
  const output = execFileSync(program, [path, '9'], {
    encoding: 'utf8',
    env: { ...process.env, GOMAXPROCS: '1' },
  });
  const found = pattern.exec(output);
  if (found === null) throw new Error(`${name} printed no figure: ${output}`);
  return Number(found[1]);
}

const [name = 'tun-50k'] = process.argv.slice(2);
const path = capturePath(`${name}.pcap`);
const file = readFileSync(path);
const view = new DataView(file.buffer, file.byteOffset, file.length);
const pass = createPass(view, createDecoder());
const { packets, layers } = pass();
const ours: number[] = [];
const walk: number[] = [];
const gopacket: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  ours.push(nanoseconds(pass));
  walk.push(peerNanoseconds('cwalk', path, /full-output\s+([\d.]+) ns/));
  gopacket.push(peerNanoseconds('gopacket-bench', path, /two parsers\s+([\d.]+) ns/));
}
const us = median(ours);
const row = [
  name,
  String(packets),
  (layers / packets).toFixed(1),
  us.toFixed(1),
  median(walk).toFixed(1),
  median(ours.map((value, i) => value / (walk[i] as number))).toFixed(2),
  median(gopacket).toFixed(1),
  median(ours.map((value, i) => (gopacket[i] as number) / value)).toFixed(2),
];
printTable(
  [
    'capture',
    'packets',
    'layers/packet',
    'tunnelscope ns',
    'C walk ns',
    'times C',
    'gopacket ns',
    'times faster',
  ],
  [row],
);

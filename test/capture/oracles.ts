/** Other programs' readings of capture files. */
import { spawnSync } from 'node:child_process';
import { tshark } from '../support/tshark.ts';
import type { Packet } from './contract.ts';

export function isInstalled(...programs: readonly string[]): boolean {
  return programs.every((program) => spawnSync('which', [program]).status === 0);
}

/** The packets as tshark reads them; its link type is Wireshark's own number (WTAP_ENCAP_), so not compared here. */
export function readWithTshark(file: string): Omit<Packet, 'linkType'>[] {
  const json = tshark('-r', file, '-n', '-T', 'json', '-x', '-j', 'frame');
  const packets = JSON.parse(json) as TsharkPacket[];
  return packets.map(({ _source: { layers } }) => ({
    time: layers.frame['frame.time_epoch'],
    capturedLength: Number(layers.frame['frame.cap_len']),
    originalLength: Number(layers.frame['frame.len']),
    bytes: layers.frame_raw[0],
  }));
}

interface TsharkPacket {
  readonly _source: {
    readonly layers: {
      readonly frame_raw: readonly [string];
      readonly frame: Readonly<Record<'frame.time_epoch' | 'frame.cap_len' | 'frame.len', string>>;
    };
  };
}

/** The packets of a file of little-endian pcap, in hex, headers and all: read the naive way. */
export function recordsOf(pcap: Buffer): { header: string; bytes: string; end: number }[] {
  const records = [];
  for (let at = 24; at < pcap.length; ) {
    const end = at + 16 + pcap.readUInt32LE(at + 8);
    const header = pcap.toString('hex', at, at + 16);
    records.push({ header, bytes: pcap.toString('hex', at + 16, end), end });
    at = end;
  }
  return records;
}

/** The packets that tcpdump takes with a filter, in hex; undefined where it does not understand the filter. */
export function filterWithTcpdump(file: string, expression: string): string[] | undefined {
  const run = spawnSync('tcpdump', ['-n', '-r', file, '-w', '-', expression], { maxBuffer: 1 << 28 });
  return run.status === 0 ? recordsOf(run.stdout).map((record) => record.bytes) : undefined;
}

/** What other packets tell of one, packet by packet by hand. */
import { describe, expect, it } from 'vitest';
import { protocols } from '../../src/decode/registry.ts';
import { compileDisplayFilter } from '../../src/display-filter/display-filter.ts';
import { createFieldsPrinter } from '../../src/output/fields.ts';
import { KeyedMemory } from '../../src/tracking/keyed-memory.ts';
import { trackedFields } from '../../src/tracking/tracking.ts';
import { hex } from '../support/decoding.ts';
import { printPackets } from '../support/printing.ts';

const RAW_IP = 101;
const A = 'c0000201';
const B = 'c6336402';

function ip(protocol: string, from: string, to: string, payload: string): Uint8Array {
  const length = (20 + payload.replaceAll(' ', '').length / 2).toString(16).padStart(4, '0');
  return hex(`4500 ${length} 0001 0000 40 ${protocol} 0000 ${from} ${to} ${payload}`);
}

/** An echo message without data: its checksum is by hand in the table below. */
const echo = (
  type: string,
  checksum: string,
  from: string,
  to: string,
  identifier = '1234',
  sequence = '0001',
) => ip('01', from, to, `${type}00 ${checksum} ${identifier} ${sequence}`);

function printed(packets: readonly Uint8Array[], ...names: string[]): string[] {
  const list = packets.map((bytes, i) => ({ bytes, linkType: RAW_IP, seconds: i, nanoseconds: i * 1000 }));
  return printPackets(list, createFieldsPrinter(names)).slice(0, -1).split('\n');
}

describe('icmp.resp_to', () => {
  // ~(0800 + 1234 + 0001) = e5ca, and without the 0800 edca.
  const request = echo('08', 'e5ca', A, B);
  const reply = echo('00', 'edca', B, A);
  it.each<[what: string, packets: Uint8Array[], told: string[]]>([
    ['a reply, and the same once more', [request, reply, reply], ['', '1', '']],
    ['a request that came twice: the last one', [request, request, reply], ['', '', '2']],
    ['a reply in front of its request', [reply, request], ['', '']],
    ['another checksum: other data', [request, echo('00', 'edcb', B, A)], ['', '']],
    ['another sequence number', [request, echo('00', 'edca', B, A, '1233', '0002')], ['', '']],
    ['another address', [request, echo('00', 'edca', 'c6336403', A)], ['', '']],
    [
      'the same way as the request: Wireshark asks for the two ends alone',
      [request, echo('00', 'edca', A, B)],
      ['', '1'],
    ],
    // 0000 and ffff are the same sum.
    [
      'a checksum of zero in both its forms',
      [
        echo('08', 'f7ff', A, B),
        echo('00', '0000', B, A),
        echo('08', 'f7ff', A, B),
        echo('00', 'ffff', B, A),
      ],
      ['', '1', '', '3'],
    ],
  ])('%s', (_what, packets, told) => {
    expect(printed(packets, 'icmp.resp_to', 'icmp.resp_in')).toEqual(told.map((one) => `${one}\t`));
  });

  it('icmp.resptime is in milliseconds, to the nanosecond', () => {
    expect(printed([request, reply], 'icmp.resptime')).toEqual(['', '1000.001']);
  });
});

describe('tcp.window_size', () => {
  const segment = (from: string, to: string, ports: string, flags: string, window: string, options = '') => {
    const offset = ((20 + options.replaceAll(' ', '').length / 2) / 4).toString(16);
    return ip(
      '06',
      from,
      to,
      `${ports} 00000001 00000002 ${offset}0 ${flags} ${window} 0000 0000 ${options}`,
    );
  };
  const there = '0400 0050';
  const back = '0050 0400';
  const scale = (shift: string) => `0303${shift} 00`;
  it.each<[what: string, packets: Uint8Array[], windows: number[]]>([
    [
      'each side’s own shift, once both SYNs were seen; a SYN’s own window is not scaled',
      [
        segment(A, B, there, '02', '1000', scale('07')),
        segment(B, A, back, '12', '2000', scale('02')),
        segment(A, B, there, '10', '0003'),
        segment(B, A, back, '10', '0003'),
      ],
      [0x1000, 0x2000, 3 << 7, 3 << 2],
    ],
    [
      'one side without the option: neither scales',
      [
        segment(A, B, there, '02', '1000', scale('07')),
        segment(B, A, back, '12', '2000'),
        segment(A, B, there, '10', '0003'),
      ],
      [0x1000, 0x2000, 3],
    ],
    ['no SYN seen: as it stands', [segment(A, B, there, '10', '0003')], [3]],
    [
      'a shift past 14 is 14 (RFC 7323, 2.3)',
      [
        segment(A, B, there, '02', '1000', scale('ff')),
        segment(B, A, back, '12', '2000', scale('00')),
        segment(A, B, there, '10', '0001'),
      ],
      [0x1000, 0x2000, 1 << 14],
    ],
    [
      'other ports are another connection',
      [segment(A, B, there, '02', '1000', scale('07')), segment(A, B, '0401 0050', '10', '0003')],
      [0x1000, 3],
    ],
  ])('%s', (_what, packets, windows) => {
    expect(printed(packets, 'tcp.window_size')).toEqual(windows.map(String));
  });
});

describe('every tracked field', () => {
  it.each([...trackedFields.values()])(
    '$name is of a protocol, and a filter knows it on every side',
    ({ name, protocol, looksAhead }) => {
      expect(protocols.map((one) => one.name)).toContain(protocol);
      for (const scoped of [name, `inner.${name}`, `outer.${name}`, `${name}#1`, `count(${name}) == 1`]) {
        const { tracked } = compileDisplayFilter(scoped);
        expect(tracked.map((field) => field.looksAhead)).toEqual([looksAhead]);
      }
    },
  );

  it('filters that ask for none are shown to no tracker', () => {
    expect(compileDisplayFilter('icmp.type == 8 && ip.src#2 == 172.16.0.2').tracked).toEqual([]);
  });
});

it('what is remembered has a bound: the oldest leaves', () => {
  const memory = new KeyedMemory<number>(1, 3);
  for (let key = 1; key <= 4; key++) {
    memory.words[0] = key;
    memory.set(key);
  }
  const known = [1, 2, 3, 4].filter((key) => {
    memory.words[0] = key;
    return memory.get() === key;
  });
  expect(known).toEqual([2, 3, 4]);
});

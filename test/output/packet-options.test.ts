/** What pcapng says of a packet besides its bytes, as tshark prints it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createFieldsPrinter } from '../../src/output/fields.ts';
import { FIELD_FORMS } from '../../src/output/tshark-versions.ts';
import { block, description, option, section, u32 } from '../capture/file/pcapng-blocks.ts';
import { tunnelscope } from '../support/command.ts';
import { printCapture } from '../support/printing.ts';
import { hasTshark, tshark, tsharkVersion } from '../support/tshark.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-options-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'options.pcapng');

const frame = Buffer.from('02000000000202000000000108004500', 'hex');
const packet = (order: 'little' | 'big', ...options: readonly Buffer[]) =>
  block(order, 6, u32(order, 0, 0, 5, frame.length, frame.length), frame, ...options);
const comment = (order: 'little' | 'big', text: string) => option(order, 1, Buffer.from(text));

const blocks = (['little', 'big'] as const).flatMap((order) => [
  section(order),
  description(
    order,
    1,
    option(order, 2, Buffer.from('eth0\u001b[2J')),
    option(order, 3, Buffer.from('the first')),
  ),
  ...[0, 1, 2, 0x1e3, 0x80000001, 0xff00fe1d].map((flags) =>
    packet(order, comment(order, 'one, "x"'), option(order, 2, u32(order, flags)), comment(order, 'two')),
  ),
  packet(order),
  packet(order, comment(order, 'alone')),
  block(order, 3, u32(order, frame.length), frame),
]);

describe.skipIf(!hasTshark)(`comments and flags${hasTshark ? '' : ' (SKIPPED: needs tshark)'}`, () => {
  it.each([[[]], [['occurrence=f']], [['occurrence=l']], [['aggregator=;', 'quote=d']]])(
    '-E %j',
    async (settings) => {
      writeFileSync(path, Buffer.concat(blocks));
      const names = [
        ...['comment', 'packet_flags', 'packet_flags_direction', 'packet_flags_reception_type'],
        ...['packet_flags_fcs_length', 'packet_flags_reserved', 'packet_flags_crc_error'],
        ...['packet_flags_packet_too_error', 'packet_flags_packet_too_short_error'],
        ...['packet_flags_wrong_inter_frame_gap_error', 'packet_flags_unaligned_frame_error'],
        ...['packet_flags_start_frame_delimiter_error', 'packet_flags_preamble_error'],
        ...['packet_flags_symbol_error', 'interface_id', 'interface_description', 'time_epoch'],
      ];
      const args = [
        ...['-r', path, '-T', 'fields'],
        ...names.flatMap((name) => ['-e', `frame.${name}`]),
        ...settings.flatMap((setting) => ['-E', setting]),
      ];
      const theirs = tshark(...args);
      const printer = createFieldsPrinter(
        names.map((name) => `frame.${name}`),
        settings,
        FIELD_FORMS[tsharkVersion],
      );
      expect(await printCapture(path, printer)).toBe(theirs);
      expect(theirs.split('\n')).toHaveLength(19);
      expect(theirs).toContain('alone');
    },
  );

  it.each([
    'frame.comment',
    'frame.comment == "two"',
    'frame.comment contains "one"',
    'frame.comment matches "^ALONE$"',
    'count(frame.comment) == 2',
    'frame.packet_flags',
    'frame.packet_flags == 0x1e3',
    'frame.packet_flags & 0x100',
    'frame.packet_flags_reception_type == 7',
    'frame.packet_flags_reserved == 127',
    'frame.packet_flags_symbol_error == 1',
    'frame.interface_id == 0',
    'frame.interface_description == "the first"',
    'frame.interface_name contains "eth0"',
    'frame.time_epoch',
    'frame.packet_flags_direction == 1',
    'frame.packet_flags_direction == "Inbound"',
    'not frame.packet_flags',
  ])('-Y %s', (expression) => {
    writeFileSync(path, Buffer.concat(blocks));
    const args = ['-r', path, '-Y', expression, '-T', 'fields', '-e', 'frame.number'];
    const theirs = tshark(...args);
    expect(tunnelscope(args).stdout).toBe(theirs);
    expect(theirs).not.toBe('');
  });
});

it('a comment can’t reach the terminal as it is', () => {
  const hostile = [
    section('little'),
    description('little', 1),
    packet('little', comment('little', '\u001b[2J\n')),
  ];
  writeFileSync(path, Buffer.concat(hostile));
  expect(tunnelscope(['-r', path, '-T', 'fields', '-e', 'frame.comment']).stdout).toBe('\\x1b[2J\\x0a\n');
});

it('an interface’s name is escaped once, and comments stand in JSON', () => {
  writeFileSync(path, Buffer.concat(blocks));
  const fields = tunnelscope(['-r', path, '-c', '1', '-T', 'fields', '-e', 'frame.interface_name']).stdout;
  expect(fields).toBe('eth0\\x1b[2J\n');
  const lines = tunnelscope(['-r', path, '-T', 'json']).stdout.trimEnd().split('\n');
  const packets = lines.map((line) => JSON.parse(line));
  expect(packets[0].interface).toBe('eth0\u001b[2J');
  expect(packets[0].comments).toEqual(['one, "x"', 'two']);
  expect(packets.at(-1).comments).toBeUndefined();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
  expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

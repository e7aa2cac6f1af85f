/**
 * MAC Security's tag (IEEE Std 802.1AE-2018, 9.3): what is behind it is encrypted, or, with neither E nor C set, a frame's content with
 * proof of where it is from.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V|E|S|S|E|C| AN|0 0|   SL      |         Packet Number         |
 * | |S|C|B| | |   |   |           |                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Packet Number          |  SCI, 64 bits, where SC is set
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, etherAddress, flag, hex, uint } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { DATA, type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';
import { SMALLEST_TYPE } from './ether-type.ts';

const BASE_HEADER = 6;
const CHANNEL = 8;
const HAS_CHANNEL = 0x20;
const ENCRYPTED = 0x08;
const CHANGED = 0x04;
const VERSION = 0x80;
const INTEGRITY_CHECK_VALUE = 16;
const TYPE = 2;

function tagBytes(view: DataView, start: number): number {
  return BASE_HEADER + ((view.getUint8(start) & HAS_CHANNEL) === 0 ? 0 : CHANNEL);
}

function isReadable(view: DataView, start: number): boolean {
  return (view.getUint8(start) & (ENCRYPTED | CHANGED | VERSION)) === 0;
}

/** Bits that Wireshark prints as a byte in hexadecimal. */
function hexBits(key: string, bit: number, width: number, label: string, about: string): Field {
  return { ...bits(key, bit, width, label, about, { digits: 2 }), kind: 'hex' };
}

const hasChannel: NonNullable<Field['when']> = (view, start) => (view.getUint8(start) & HAS_CHANNEL) !== 0;

export const macsec: Protocol = {
  name: 'macsec',
  title: '802.1AE Security tag',
  short: 'MACsec',
  reference: 'IEEE 802.1AE, 9.3',
  osi: 2,
  isEncrypted: (view, start) => !isReadable(view, start),
  about: 'Ethernet encrypted from one switch to the next: what the frame carries can’t be read on this link.',
  attach: [{ table: 'ethertype', values: [0x88e5] }],
  fields: [
    hexBits('TCI.V', 0, 1, 'VER', 'Version: 0.'),
    flag('TCI.ES', 1, 'End Station', 'The sender’s address identifies the channel.'),
    flag('TCI.SC', 2, 'Secure Channel', 'The channel’s identifier follows.'),
    flag('TCI.SCB', 3, 'Single Copy Broadcast', 'Single copy broadcast, in passive optical networks.'),
    flag('TCI.E', 4, 'Encryption', 'The payload is encrypted.'),
    flag('TCI.C', 5, 'Changed Text', 'The payload was changed: encrypted or compressed.'),
    hexBits('AN', 6, 2, 'Association Number', 'Which of the channel’s keys is used.'),
    uint(
      'SL',
      1,
      8,
      'Short length',
      'The length of the protected data if it is below 48 bytes; otherwise 0.',
    ),
    uint('PN', 2, 32, 'Packet number', 'Increases with every packet, so that none can be replayed.'),
    etherAddress(
      'SCI.system_identifier',
      BASE_HEADER,
      'System Identifier',
      'The MAC address of the channel’s sender.',
      {
        when: hasChannel,
      },
    ),
    uint('SCI.port_identifier', 12, 16, 'Port Identifier', 'The sender’s port.', { when: hasChannel }),
    hex('etype', BASE_HEADER, 16, 'Ethertype', 'What the frame carries, if it is readable.', {
      read: (view, start) => view.getUint16(start + tagBytes(view, start)),
      values: etherTypeNames,
      when: (view, start, stack, layer) => stack.headerLength(layer) > tagBytes(view, start),
    }),
  ],
  summary(out, view, start) {
    out.text(isReadable(view, start) ? 'Not encrypted' : 'Encrypted');
    out.text(', packet number ');
    out.uint(view.getUint32(start + 2));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < BASE_HEADER) return stack.tooShort(offset, BASE_HEADER, available, 'MACsec tag');
    const length = tagBytes(view, offset);
    if (available < length) return stack.tooShort(offset, length, available, 'MACsec tag');
    if (!isReadable(view, offset)) {
      // A capture that has cut the packet has cut the check value first.
      const isWhole = stack.originalLength === stack.packetEnd - stack.packetStart;
      if (isWhole && available > length + INTEGRITY_CHECK_VALUE) stack.end = end - INTEGRITY_CHECK_VALUE;
      return (length << HEADER_SHIFT) | DATA;
    }
    if (available < length + TYPE)
      return stack.tooShort(offset, length + TYPE, available, 'MACsec tag and type');
    const type = view.getUint16(offset + length);
    return ((length + TYPE) << HEADER_SHIFT) | (type >= SMALLEST_TYPE ? stack.tables.etherType[type] : DATA);
  },
};

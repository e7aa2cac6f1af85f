/**
 * IEEE 802.11 frames (IEEE Std 802.11-2020, 9.2 and 9.3): addresses, and what a data frame that is not encrypted carries. Numbers are
 * little-endian.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Subtype|Typ|Ver|O|P|M|P|R|F|F|T|           Duration            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Addresses 1 to 3 (6 bytes each), sequence control (2), address 4 between access points (6), QoS control (2), HT control (4)
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Aruba's GRE has such a frame behind protocol types of its own.
 */
import { bits, etherAddress, flag, span, uint } from '../fields.ts';
import { DATA, type Decoding, type Field, HEADER_SHIFT, type Protocol, STOP } from '../protocol.ts';
import { padsHeader } from './radiotap.ts';

const VERSION = 3;
const MANAGEMENT = 0;
const CONTROL = 1;
const DATA_FRAME = 2;
const TO_DS = 0x01;
const FROM_DS = 0x02;
const MORE_FRAGMENTS = 0x04;
const PROTECTED = 0x40;
const ORDER = 0x80;
const NO_DATA = 4;
const QOS = 8;
const AGGREGATE = 0x80;

const WEP_VECTOR = 4;
/** Behind what WEP has encrypted. */
const WEP_CHECK = 4;
const EXTENDED = 0x20;

const ADDRESS_1 = 4;
const ADDRESS_2 = 10;
const ADDRESS_3 = 16;
const SEQUENCE = 22;
const ADDRESS_4 = 24;
const LEAST_HEADER = 10;
const WITH_SENDER = 16;
const FULL_HEADER = 24;
const ADDRESS = 6;
const NOWHERE = 0;
const QOS_CONTROL = 2;
const HT_CONTROL = 4;
/** Acknowledgments and permissions to send: control frames without a sender's address. */
const NO_SENDER: readonly number[] = [12, 13];
/** Linux's number for LLC among EtherTypes. */
const ETH_P_802_2 = 4;
/** What Aruba numbers GRE with, one for each priority. */
const ARUBA = [...Array.from({ length: 24 }, (_, i) => 0x8200 + i * 16), 0x9000];

const typeNames: Readonly<Record<number, string>> = {
  0: 'Management frame',
  1: 'Control frame',
  2: 'Data frame',
  3: 'Extension frame',
};

function type(view: DataView, start: number): number {
  return (view.getUint8(start) >> 2) & 3;
}

function subtype(view: DataView, start: number): number {
  return view.getUint8(start) >> 4;
}

function flagsOf(view: DataView, start: number): number {
  return view.getUint8(start + 1);
}

function isQos(view: DataView, start: number): boolean {
  return type(view, start) === DATA_FRAME && (subtype(view, start) & QOS) !== 0;
}

function hasFourAddresses(view: DataView, start: number): boolean {
  return type(view, start) === DATA_FRAME && (flagsOf(view, start) & (TO_DS | FROM_DS)) === (TO_DS | FROM_DS);
}

function qosPlace(view: DataView, start: number): number {
  return FULL_HEADER + (hasFourAddresses(view, start) ? ADDRESS : 0);
}

function headerBytes(view: DataView, start: number): number {
  const kind = type(view, start);
  if (kind === CONTROL) return NO_SENDER.includes(subtype(view, start)) ? LEAST_HEADER : WITH_SENDER;
  if (kind !== MANAGEMENT && kind !== DATA_FRAME) return LEAST_HEADER;
  const hasHt = (flagsOf(view, start) & ORDER) !== 0 && (kind === MANAGEMENT || isQos(view, start));
  return qosPlace(view, start) + (isQos(view, start) ? QOS_CONTROL : 0) + (hasHt ? HT_CONTROL : 0);
}

const isFull: NonNullable<Field['when']> = (view, start) =>
  type(view, start) === MANAGEMENT || type(view, start) === DATA_FRAME;

/** @param places by the flags To DS (1) and From DS (2); management frames leave no system and enter none */
function addressOf(key: string, label: string, about: string, places: readonly number[]): Field {
  const place: NonNullable<Field['read']> = (view, start) =>
    places[flagsOf(view, start) & (TO_DS | FROM_DS)] as number;
  return {
    ...etherAddress(key, 0, label, about, {
      when: (view, start, stack, layer) =>
        isFull(view, start, stack, layer) && place(view, start, stack, layer) !== NOWHERE,
    }),
    span: (view, start, stack, layer) => span(place(view, start, stack, layer), ADDRESS),
  };
}

/** Bytes in front of what is encrypted: WEP's number, or what tells later ones apart, a bit in its last byte; 0 if they are not whole. */
function initializationVector(view: DataView, at: number, end: number): number {
  if (end - at < WEP_VECTOR) return 0;
  const bytes = (view.getUint8(at + 3) & EXTENDED) === 0 ? WEP_VECTOR : WEP_VECTOR + 4;
  return end - at < bytes ? 0 : bytes;
}

/** Whether the radio's header says that this one is padded. */
function isPadded(stack: Decoding, view: DataView): boolean {
  const before = stack.count - 1;
  if (before < 0 || stack.describe(before).name !== 'radiotap') return false;
  return padsHeader(view, stack.start(before), stack.payload(before));
}

export const wlan: Protocol = {
  name: 'wlan',
  title: 'IEEE 802.11',
  short: 'Wi-Fi',
  reference: 'IEEE 802.11, 9.2',
  osi: 2,
  about: 'A frame between a station and its access point. Most carry encrypted data, which can’t be read.',
  attach: [
    { table: 'link', values: [105] },
    { table: 'gre.proto', values: ARUBA },
  ],
  fields: [
    bits('fc.version', 6, 2, 'Version', '0.'),
    bits('fc.type', 4, 2, 'Type', 'Whether the frame manages, controls, or carries data.', {
      values: typeNames,
    }),
    bits(
      'fc.subtype',
      0,
      4,
      'Subtype',
      'The subtype: in data frames, bit 3 means that they have a priority.',
    ),
    flag('fc.tods', 15, 'To DS', 'It goes to an access point.'),
    flag('fc.fromds', 14, 'From DS', 'It comes from an access point.'),
    flag('fc.frag', 13, 'More Fragments', 'More fragments follow.'),
    flag('fc.retry', 12, 'Retry', 'It is a retransmission.'),
    flag('fc.pwrmgt', 11, 'PWR MGT', 'The sender goes to sleep.'),
    flag('fc.moredata', 10, 'More Data', 'The access point has more frames for the receiver.'),
    flag('fc.protected', 9, 'Protected flag', 'The payload is encrypted.'),
    flag('fc.order', 8, '+HTC/Order flag', 'A high throughput control field follows.'),
    uint('duration', 2, 16, 'Duration', 'How many microseconds other stations must stay silent.', {
      read: (view, start) => view.getUint16(start + 2, true),
      when: (view, start) => view.getUint8(start + 3) < 0x80,
    }),
    etherAddress('ra', ADDRESS_1, 'Receiver address', 'The radio that should receive it.'),
    etherAddress('ta', ADDRESS_2, 'Transmitter address', 'The radio that sent it.', { when: isFull }),
    addressOf('da', 'Destination address', 'The final receiver.', [
      ADDRESS_1,
      ADDRESS_3,
      ADDRESS_1,
      ADDRESS_3,
    ]),
    addressOf('sa', 'Source address', 'The original sender.', [ADDRESS_2, ADDRESS_2, ADDRESS_3, ADDRESS_4]),
    addressOf('bssid', 'BSS Id', 'The network, by its access point’s radio.', [
      ADDRESS_3,
      ADDRESS_1,
      ADDRESS_2,
      NOWHERE,
    ]),
    uint('frag', SEQUENCE, 4, 'Fragment number', 'The number of the fragment.', {
      read: (view, start) => view.getUint16(start + SEQUENCE, true) & 15,
      when: isFull,
    }),
    uint('seq', SEQUENCE, 12, 'Sequence number', 'Counts the sender’s frames.', {
      read: (view, start) => view.getUint16(start + SEQUENCE, true) >> 4,
      when: isFull,
    }),
    uint('qos.tid', 0, 4, 'TID', 'The priority of the data.', {
      read: (view, start) => view.getUint8(start + qosPlace(view, start)) & 15,
      when: isQos,
    }),
    flag('qos.amsdupresent', 0, 'Payload Type', 'Several frames are aggregated in this one.', {
      read: (view, start) => view.getUint8(start + qosPlace(view, start)) >> 7,
      when: (view, start) => isQos(view, start) && (subtype(view, start) & NO_DATA) === 0,
    }),
  ],
  summary(out, view, start) {
    out.text(typeNames[type(view, start)] as string);
    out.text(', subtype ');
    out.uint(subtype(view, start));
    if ((flagsOf(view, start) & PROTECTED) !== 0) out.text(', encrypted');
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < LEAST_HEADER)
      return stack.tooShort(offset, LEAST_HEADER, available, 'IEEE 802.11 header');
    if ((view.getUint8(offset) & VERSION) !== 0) {
      stack.unsupported(offset, 'IEEE 802.11 frames of a version other than 0 are not decoded');
      return STOP;
    }
    let length = headerBytes(view, offset);
    if (isPadded(stack, view)) length = (length + 3) & ~3;
    if (available < length) return stack.tooShort(offset, length, available, 'IEEE 802.11 header');
    const flags = flagsOf(view, offset);
    const hasData = type(view, offset) === DATA_FRAME && (subtype(view, offset) & NO_DATA) === 0;
    if ((flags & PROTECTED) !== 0 && type(view, offset) !== CONTROL) {
      const vector = initializationVector(view, offset + length, end);
      if (vector === WEP_VECTOR && stack.originalLength === stack.packetEnd - stack.packetStart) {
        stack.end = Math.max(offset + length + vector, end - WEP_CHECK);
      }
      return ((length + vector) << HEADER_SHIFT) | DATA;
    }
    if (!hasData) return (length << HEADER_SHIFT) | DATA;
    if ((flags & MORE_FRAGMENTS) !== 0 || (view.getUint8(offset + SEQUENCE) & 15) !== 0) {
      stack.unsupported(offset, 'fragments of IEEE 802.11 frames are not reassembled');
      return (length << HEADER_SHIFT) | DATA;
    }
    if (isQos(view, offset) && (view.getUint8(offset + qosPlace(view, offset)) & AGGREGATE) !== 0) {
      stack.unsupported(offset, 'aggregated IEEE 802.11 frames (A-MSDU) are not split');
      return (length << HEADER_SHIFT) | DATA;
    }
    return (length << HEADER_SHIFT) | stack.tables.etherType[ETH_P_802_2];
  },
};

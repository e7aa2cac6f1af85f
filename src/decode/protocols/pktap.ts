/**
 * What macOS puts in front of packets that are captured on several interfaces at once, `tcpdump -i pktap` and `-i any` there
 * (LINKTYPE_PKTAP; bsd/net/pktap.h of XNU). Numbers are in the byte order of the machine that captured.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         Header length                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Record type                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Link type of what follows                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Interface name (24 bytes), flags, protocol family, lengths of the link’s header and trailer, process (4 bytes each)
 * |  Command name (20), service class (4), interface type and unit (2 each), effective process (4) and command name (20)
 */
import { byteString, hex, span, uint } from '../fields.ts';
import { DATA, type Field, HEADER_SHIFT, MOST_HEADER, type Protocol, STOP } from '../protocol.ts';

const LEAST_HEADER = 108;
const RECORD_TYPE = 4;
const LINK_TYPE = 8;
const NAME = 12;
const NAME_BYTES = 24;
const COMMAND = 56;
const COMMAND_BYTES = 20;
const EFFECTIVE_COMMAND = 88;
const PACKET_RECORD = 1;
const LARGEST_LINK_TYPE = 0xffff;
/** DLT_USER2, which is everybody’s to use: OS X 10.9 took it for this. */
const LINKTYPE_USER2 = 149;

/** Lengths are small numbers: one that fills the upper half stands in the other byte order. */
function isLittleEndian(view: DataView, start: number): boolean {
  return view.getUint16(start) !== 0;
}

function number(view: DataView, start: number, byte: number): number {
  return view.getUint32(start + byte, isLittleEndian(view, start));
}

const read =
  (byte: number): NonNullable<Field['read']> =>
  (view, start) =>
    number(view, start, byte);

const readShort =
  (byte: number): NonNullable<Field['read']> =>
  (view, start) =>
    view.getUint16(start + byte, isLittleEndian(view, start));

/** Whether a header can stand here: a length and a record type that can be, and room for it. */
function isPlausible(view: DataView, start: number, available: number): boolean {
  if (available < LEAST_HEADER) return false;
  const length = number(view, start, 0);
  return length >= LEAST_HEADER && length <= available && number(view, start, RECORD_TYPE) <= PACKET_RECORD;
}

/** Text in a room of its own, up to the first zero. */
function text(key: string, byte: number, room: number, label: string, about: string): Field {
  const place: NonNullable<Field['span']> = (view, start) => {
    let length = 0;
    while (length < room && view.getUint8(start + byte + length) !== 0) length++;
    return span(byte, length);
  };
  return { ...byteString(key, label, about, place), kind: 'text' };
}

export const pktap: Protocol = {
  name: 'pktap',
  title: 'PKTAP packet header',
  short: 'PKTAP',
  reference: 'LINKTYPE_PKTAP',
  osi: 2,
  about:
    'Not a header from the network: macOS puts it before packets captured on several interfaces at once, to name the interface and the program.',
  attach: [{ table: 'link', values: [258, LINKTYPE_USER2] }],
  fields: [
    uint('hdrlen', 0, 32, 'Header length', 'The number of bytes before the packet.', { read: read(0) }),
    uint('rectype', RECORD_TYPE, 32, 'Record type', '1 for a packet.', { read: read(RECORD_TYPE) }),
    uint('dlt', LINK_TYPE, 32, 'DLT', 'Which header the packet starts with: 1 is Ethernet.', {
      read: read(LINK_TYPE),
    }),
    text('ifname', NAME, NAME_BYTES, 'Interface name', 'The interface on which the packet was seen.'),
    hex('flags', 36, 32, 'Flags', 'Bit 0: it came in; bit 1: it went out.', { read: read(36) }),
    uint('pfamily', 40, 32, 'Protocol family', 'The address family in macOS’s numbers: 2 is IPv4, 30 IPv6.', {
      read: read(40),
    }),
    uint('llhdrlen', 44, 32, 'Link-layer header length', 'The length of the packet’s link-layer header.', {
      read: read(44),
    }),
    uint('lltrlrlen', 48, 32, 'Link-layer trailer length', 'The number of bytes after the packet.', {
      read: read(48),
    }),
    uint('pid', 52, 32, 'Process ID', 'The process that the packet belongs to.', { read: read(52) }),
    text('cmdname', COMMAND, COMMAND_BYTES, 'Command name', 'That process’s name.'),
    uint('svc_class', 76, 32, 'Service class', 'The priority that macOS gives the packet.', {
      read: read(76),
    }),
    uint('iftype', 80, 16, 'Interface type', 'In IANA’s numbers: 6 is Ethernet.', { read: readShort(80) }),
    uint('ifunit', 82, 16, 'Interface unit', 'The number in the interface’s name.', { read: readShort(82) }),
    uint('epid', 84, 32, 'Effective process ID', 'The process on whose behalf it sends.', { read: read(84) }),
    text('ecmdname', EFFECTIVE_COMMAND, COMMAND_BYTES, 'Effective command name', 'That process’s name.'),
  ],
  summary(out, view, start) {
    out.text('On ');
    let end = start + NAME;
    while (end < start + NAME + NAME_BYTES && view.getUint8(end) !== 0) end++;
    out.packetText(view, start + NAME, end);
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (stack.linkType === LINKTYPE_USER2 && !isPlausible(view, offset, available)) {
      stack.unsupported(offset, 'link type 149 (USER2) is decoded only as PKTAP, and this is not PKTAP');
      return STOP;
    }
    if (available < LEAST_HEADER) return stack.tooShort(offset, LEAST_HEADER, available, 'PKTAP header');
    const length = number(view, offset, 0);
    if (length < LEAST_HEADER || length > MOST_HEADER) {
      return stack.malformed(
        offset,
        'PKTAP header length is below 108 bytes or above 32,767',
        LEAST_HEADER,
        length,
      );
    }
    if (length > available) return stack.tooShort(offset, length, available, 'PKTAP header');
    const linkType = number(view, offset, LINK_TYPE);
    const isPacket = number(view, offset, RECORD_TYPE) === PACKET_RECORD && linkType <= LARGEST_LINK_TYPE;
    return (length << HEADER_SHIFT) | (isPacket ? stack.tables.link[linkType] : DATA);
  },
};

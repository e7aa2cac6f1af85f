/**
 * Tags between a switch chip and the processor that it hangs on, as Linux’s distributed switch architecture has them, and what libpcap
 * captures on that processor’s device: Marvell’s (LINKTYPE_DSA_TAG_DSA, LINKTYPE_DSA_TAG_EDSA) and Broadcom’s
 * (LINKTYPE_DSA_TAG_BRCM, LINKTYPE_DSA_TAG_BRCM_PREPEND; print-dsa.c and print-brcmtag.c of tcpdump).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Destination and source address of the frame, 12 bytes
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      EtherType of the tag     |             Zero              |  EDSA alone
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Mod|T|  Device |  Port   |R|C|F|Prio |0|    VLAN Identifier    |  Marvell
 * | Op  | …       |    Class      |    Reason     | Prio|  Port   |  Broadcom, from the switch
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |       EtherType / Length      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Broadcom’s may stand in front of the frame instead (“prepend”).
 */
import { bits, etherAddress, flag, hex, uint } from '../fields.ts';
import { etherTypeNames } from '../names.ts';
import { type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';
import { entryBehindType, SMALLEST_TYPE } from './ether-type.ts';

const ADDRESSES = 12;
const TAG = 4;
const ETHER_TYPED = 4;
const LINKTYPE_ETHERNET = 1;

const modeNames: Readonly<Record<number, string>> = {
  0: 'To CPU',
  1: 'From CPU',
  2: 'To Sniffer',
  3: 'Forward',
};

/** @param at where the tag stands, in bytes */
function marvellFields(at: number): readonly Field[] {
  const bit = at * 8;
  return [
    bits('mode', bit, 2, 'Mode', 'The direction of the frame.', { values: modeNames }),
    flag('tagged', bit + 2, 'Tagged', 'The frame has a VLAN tag on the wire.'),
    bits('device', bit + 3, 5, 'Device', 'The switch, if there are several.'),
    bits('port', bit + 8, 5, 'Port', 'The port of the switch where the frame came in or goes out.'),
    flag('cfi', bit + 15, 'CFI', 'The drop eligible bit of the VLAN tag.', { hidden: true }),
    bits('priority', bit + 16, 3, 'Priority', 'Of the frame, 0 to 7.'),
    bits('vid', bit + 20, 12, 'VLAN Identifier', 'The virtual LAN of the switch.'),
  ];
}

/** From the processor, the first bits say so: the tag then tells where to. */
function broadcomFields(at: number): readonly Field[] {
  const bit = at * 8;
  const toSwitch: NonNullable<Field['when']> = (view, start) => (view.getUint8(start + at) & 0x20) !== 0;
  const fromSwitch: NonNullable<Field['when']> = (view, start) => (view.getUint8(start + at) & 0x20) === 0;
  return [
    bits('opcode', bit, 3, 'Opcode', '0 from the switch, 1 to it.'),
    bits('dstmap', bit + 23, 9, 'Destination map', 'One bit for each port that the frame should leave by.', {
      when: toSwitch,
    }),
    uint('class', at + 1, 8, 'Classification', 'How the switch classified the frame.', {
      when: fromSwitch,
    }),
    hex('reason', at + 2, 8, 'Reason code', 'Why the switch sends the frame to the processor.', {
      when: fromSwitch,
    }),
    bits('priority', bit + 24, 3, 'Priority', 'Of the frame, 0 to 7.', { when: fromSwitch }),
    bits('port', bit + 27, 5, 'Port', 'The port of the switch where the frame came in.', {
      when: fromSwitch,
    }),
  ];
}

/** The frame's own fields answer to Ethernet's names. */
function frameFields(type: number): readonly Field[] {
  const hidden = { filter: 'eth.addr', hidden: true };
  return [
    etherAddress('dst', 0, 'Destination', 'The network card that the frame is for.', { filter: 'eth.dst' }),
    etherAddress('src', 6, 'Source', 'The network card that sent the frame.', { filter: 'eth.src' }),
    etherAddress('dst', 0, 'Address', 'Destination or source address.', hidden),
    etherAddress('src', 6, 'Address', 'Destination or source address.', hidden),
    hex('type', type, 16, 'Type', 'What the frame carries: 0x0800 is IPv4.', {
      filter: 'eth.type',
      values: etherTypeNames,
      when: (view, start) => view.getUint16(start + type) >= SMALLEST_TYPE,
    }),
  ];
}

const ABOUT =
  'A frame between a switch chip and its processor: the tag says on which port of the switch it came in or should leave.';

const marvellSummary: (at: number) => NonNullable<Protocol['summary']> = (at) => (out, view, start) => {
  out.text(modeNames[view.getUint8(start + at) >> 6] as string);
  out.text(', port ');
  out.uint(view.getUint8(start + at) & 31);
  out.text('.');
  out.uint(view.getUint8(start + at + 1) >> 3);
};

const broadcomSummary: (at: number) => NonNullable<Protocol['summary']> = (at) => (out, view, start) => {
  if ((view.getUint8(start + at) & 0x20) === 0) {
    out.text('From port ');
    out.uint(view.getUint8(start + at + 3) & 31);
    return;
  }
  out.text('To ports 0x');
  out.hex(view.getUint16(start + at + 2) & 0x1ff, 3);
};

/** A frame with a tag of `bytes` between its addresses and its type. */
function taggedFrame(
  what: Pick<Protocol, 'name' | 'title' | 'short' | 'reference' | 'summary'>,
  linkType: number,
  bytes: number,
  tagFields: readonly Field[],
): Protocol {
  const type = ADDRESSES + bytes;
  const header = type + 2;
  return {
    ...what,
    osi: 2,
    about: ABOUT,
    attach: [{ table: 'link', values: [linkType] }],
    fields: [...frameFields(type), ...tagFields],
    decode(stack, view, offset, end) {
      if (end - offset < header)
        return stack.tooShort(offset, header, end - offset, 'tagged Ethernet header');
      return (header << HEADER_SHIFT) | entryBehindType(stack, view, offset + type, end);
    },
  };
}

export const marvellTag = taggedFrame(
  {
    name: 'dsa',
    title: 'Marvell DSA tag',
    short: 'DSA',
    reference: 'LINKTYPE_DSA_TAG_DSA',
    summary: marvellSummary(ADDRESSES),
  },
  284,
  TAG,
  marvellFields(ADDRESSES),
);

export const marvellEtherTypeTag = taggedFrame(
  {
    name: 'edsa',
    title: 'Marvell EDSA tag',
    short: 'EDSA',
    reference: 'LINKTYPE_DSA_TAG_EDSA',
    summary: marvellSummary(ADDRESSES + ETHER_TYPED),
  },
  285,
  ETHER_TYPED + TAG,
  [
    hex(
      'etype',
      ADDRESSES,
      16,
      'Tag’s EtherType',
      'The EtherType that the switch is configured to use for its tags.',
    ),
    ...marvellFields(ADDRESSES + ETHER_TYPED),
  ],
);

export const broadcomTag = taggedFrame(
  {
    name: 'brcm-tag',
    title: 'Broadcom tag',
    short: 'Broadcom tag',
    reference: 'LINKTYPE_DSA_TAG_BRCM',
    summary: broadcomSummary(ADDRESSES),
  },
  281,
  TAG,
  broadcomFields(ADDRESSES),
);

export const broadcomTagInFront: Protocol = {
  name: 'brcm-tag-prepend',
  title: 'Broadcom tag in front',
  short: 'Broadcom tag',
  reference: 'LINKTYPE_DSA_TAG_BRCM_PREPEND',
  osi: 2,
  about: ABOUT,
  attach: [{ table: 'link', values: [282] }],
  fields: broadcomFields(0),
  summary: broadcomSummary(0),
  decode(stack, _view, offset, end) {
    if (end - offset < TAG) return stack.tooShort(offset, TAG, end - offset, 'Broadcom tag');
    return (TAG << HEADER_SHIFT) | stack.tables.link[LINKTYPE_ETHERNET];
  },
};

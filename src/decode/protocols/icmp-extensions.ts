/**
 * What follows the quoted packet in an ICMP error: extensions (RFC 4884, section 7), with the label stack (RFC 4950), interface
 * information (RFC 5837) and interface identification (RFC 8335) objects.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version|      (Reserved)       |           Checksum            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |             Length            |   Class-Num   |   C-Type      |  for each object
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                   // (Object payload) //                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { CHECKSUM, CHECKSUM_WORDS, isGood } from '../checksum.ts';
import {
  bits,
  byteString,
  flag,
  hex,
  ipv4Address,
  ipv6Address,
  ofEach,
  span,
  status,
  uint,
} from '../fields.ts';
import type { Field, Items, Layers } from '../protocol.ts';

const HEADER = 4;
const CHECKSUM_FIELD = 2;
const OBJECT_HEADER = 4;
const CLASS = 2;
const C_TYPE = 3;
const LABEL_ENTRY = 4;
const VERSION = 2;

const MPLS_LABEL_STACK = 1;
const INTERFACE_INFORMATION = 2;
const INTERFACE_IDENTIFICATION = 3;

const INTERFACE_INDEX = 0x08;
const INTERFACE_ADDRESS = 0x04;
const INTERFACE_NAME = 0x02;
const INTERFACE_MTU = 0x01;
const IPV4_FAMILY = 1;
const IPV6_FAMILY = 2;

const NOWHERE = 0;

/** "A compliant … application … MUST … examine the 137th octet" (RFC 4884, 5.5): what those who do not say where it starts leave for the packet. */
const LEGACY_QUOTE = 128;
const ICMP_HEADER = 8;

/**
 * Where an error's extensions start, or 0: behind as many bytes as its length attribute says; and without one, behind 128 bytes, if
 * version and checksum there prove them (RFC 4884, sections 5.4 and 5.5).
 *
 * @param quoted what the length attribute says, in bytes; 0 for none
 * @param end just past the message
 */
export function extensionsAt(view: DataView, start: number, end: number, quoted: number): number {
  const at = start + ICMP_HEADER + (quoted === 0 ? LEGACY_QUOTE : quoted);
  if (at + HEADER > end) return NOWHERE;
  if (quoted !== 0) return at;
  const isProven =
    view.getUint8(at) >> 4 === VERSION && view.getUint16(at + CHECKSUM_FIELD) !== 0 && isGood(view, at, end);
  return isProven ? at : NOWHERE;
}

/** Finds a message's extensions: their place in `view`, or 0. */
export type FindExtensions = (view: DataView, start: number, stack: Layers, layer: number) => number;

const classNames: Readonly<Record<number, string>> = {
  [MPLS_LABEL_STACK]: 'MPLS Label Stack Class',
  [INTERFACE_INFORMATION]: 'Interface Information Object',
  [INTERFACE_IDENTIFICATION]: 'Interface Identification Object',
  4: 'Extended Information Object',
};

const roleNames: Readonly<Record<number, string>> = {
  0: 'IP interface upon which datagram arrived',
  1: 'sub-IP component of an IP interface upon which datagram arrived',
  2: 'IP interface through which datagram would be forwarded',
  3: 'IP next-hop to which datagram would be forwarded',
};

const familyNames: Readonly<Record<number, string>> = { 1: 'IPv4', 2: 'IPv6', 6: '802' };

function objectLength(view: DataView, object: number): number {
  return view.getUint16(object);
}

function isClass(classNumber: number): (view: DataView, object: number) => boolean {
  return (view, object) => view.getUint8(object + CLASS) === classNumber;
}

const isInformation = isClass(INTERFACE_INFORMATION);

/** Whether interface information has a part, by the C-Type's bits. */
function says(part: number): (view: DataView, object: number) => boolean {
  return (view, object) => isInformation(view, object) && (view.getUint8(object + C_TYPE) & part) !== 0;
}

function addressAt(view: DataView, object: number): number {
  return OBJECT_HEADER + (says(INTERFACE_INDEX)(view, object) ? 4 : 0);
}

/** Bytes of the address part, its family before it; 0 if there is none. */
function addressBytes(view: DataView, object: number): number {
  const at = addressAt(view, object);
  if (!says(INTERFACE_ADDRESS)(view, object) || at + 2 > objectLength(view, object)) return 0;
  return view.getUint16(object + at) === IPV4_FAMILY ? 8 : 20;
}

function nameAt(view: DataView, object: number): number {
  return addressAt(view, object) + addressBytes(view, object);
}

/** Bytes of the name part, its length before it ("the length of the … sub-object, including the length octet itself"). */
function nameBytes(view: DataView, object: number): number {
  const at = nameAt(view, object);
  if (!says(INTERFACE_NAME)(view, object) || at >= objectLength(view, object)) return 0;
  return view.getUint8(object + at);
}

function mtuAt(view: DataView, object: number): number {
  return nameAt(view, object) + nameBytes(view, object);
}

/** Whether an object has `bytes` bytes at `at`. */
function holds(view: DataView, object: number, at: number, bytes: number): boolean {
  return at + bytes <= objectLength(view, object);
}

/** A name's place: up to the zeros that fill it up to whole words. */
function unpadded(view: DataView, object: number, from: number, most: number): number {
  let length = 0;
  while (length < most && view.getUint8(object + from + length) !== 0) length++;
  return span(from, length);
}

function hasName(view: DataView, object: number): boolean {
  const length = nameBytes(view, object);
  return length > 0 && holds(view, object, nameAt(view, object), length);
}

/** Whether the address part is there, and of this family. */
function isFamily(family: number): (view: DataView, object: number) => boolean {
  return (view, object) => {
    const length = addressBytes(view, object);
    const at = addressAt(view, object);
    return length > 0 && holds(view, object, at, length) && view.getUint16(object + at) === family;
  };
}

/** Whether interface identification is of this C-Type, and has `bytes` bytes of payload. */
function identifies(cType: number, bytes: number): (view: DataView, object: number) => boolean {
  return (view, object) =>
    isClass(INTERFACE_IDENTIFICATION)(view, object) &&
    view.getUint8(object + C_TYPE) === cType &&
    holds(view, object, OBJECT_HEADER, bytes);
}

function identifiesFamily(family: number, bytes: number): (view: DataView, object: number) => boolean {
  return (view, object) =>
    identifies(3, 4 + bytes)(view, object) && view.getUint16(object + OBJECT_HEADER) === family;
}

/** Payload of objects that are not taken apart. */
function isUnknown(view: DataView, object: number): boolean {
  const classNumber = view.getUint8(object + CLASS);
  return classNumber < MPLS_LABEL_STACK || classNumber > INTERFACE_IDENTIFICATION;
}

/**
 * The fields of extensions.
 *
 * @param find where they are in a message
 */
export function extensionFields(find: FindExtensions): readonly Field[] {
  const header: Items = (view, start, stack, layer, visit) => {
    const at = find(view, start, stack, layer);
    if (at !== NOWHERE) visit(at);
  };

  /** The objects that stand wholly in the message; or the entries of its label stacks. */
  const objects =
    (entries: boolean): Items =>
    (view, start, stack, layer, visit) => {
      const extensions = find(view, start, stack, layer);
      if (extensions === NOWHERE) return;
      const version = view.getUint8(extensions) >> 4;
      if (version !== VERSION && version !== 1) return;
      const end = stack.layerEnd(layer);
      for (let at = extensions + HEADER; at + OBJECT_HEADER <= end; ) {
        const length = objectLength(view, at);
        if (length < OBJECT_HEADER || at + length > end) return;
        if (!entries) visit(at);
        else if (isClass(MPLS_LABEL_STACK)(view, at)) {
          for (let entry = at + OBJECT_HEADER; entry + LABEL_ENTRY <= at + length; entry += LABEL_ENTRY)
            visit(entry);
        }
        at += length;
      }
    };

  return [
    ...ofEach('ext', header, [
      bits('ext.version', 0, 4, 'Extensions: Version', 'Always 2.', { filter: 'icmp.ext.version' }),
      hex('ext.res', 0, 16, 'Reserved', 'Must be zero.', {
        filter: 'icmp.ext.res',
        hidden: true,
        read: (view, at) => view.getUint16(at) & 0xfff,
      }),
      hex(
        'ext.checksum',
        CHECKSUM_FIELD,
        16,
        'Checksum',
        'The checksum of the extensions alone; zero means none.',
        {
          filter: 'icmp.ext.checksum',
        },
      ),
      {
        ...status(
          'ext.checksum.status',
          'Checksum Status',
          'Whether the checksum matches the bytes.',
          CHECKSUM_WORDS,
          (view, at, stack, layer) => {
            if (view.getUint16(at + CHECKSUM_FIELD) === 0) return CHECKSUM.absent;
            if (stack.isIncomplete(layer)) return CHECKSUM.unverifiable;
            return isGood(view, at, stack.layerEnd(layer)) ? CHECKSUM.good : CHECKSUM.bad;
          },
        ),
        filter: 'icmp.ext.checksum.status',
      },
    ]),
    ...ofEach('ext.object', objects(false), [
      uint('ext.class', CLASS, 8, 'Class', 'The kind of object.', {
        filter: 'icmp.ext.class',
        values: classNames,
      }),
      uint('ext.ctype', C_TYPE, 8, 'C-Type', 'The type of object within its class.', {
        filter: 'icmp.ext.ctype',
      }),
      uint('ext.length', 0, 16, 'Length', 'The length of the object in bytes, including its header.', {
        filter: 'icmp.ext.length',
      }),
      byteString(
        'ext.data',
        'Data',
        'The object’s data, in a format defined by its class.',
        (view, object) => span(OBJECT_HEADER, objectLength(view, object) - OBJECT_HEADER),
        {
          filter: 'icmp.ext.data',
          when: (view, object) => isUnknown(view, object) && objectLength(view, object) > OBJECT_HEADER,
        },
      ),
      bits('int_info.role', 24, 2, 'Interface Role', 'Which of the router’s interfaces it describes.', {
        filter: 'icmp.int_info.role',
        values: roleNames,
        when: isInformation,
      }),
      flag('int_info.ifindex', 28, 'ifIndex', 'The index is present.', {
        filter: 'icmp.int_info.ifindex',
        hidden: true,
        when: isInformation,
      }),
      flag('int_info.ipaddr', 29, 'IP Address', 'The address is present.', {
        filter: 'icmp.int_info.ipaddr',
        hidden: true,
        when: isInformation,
      }),
      flag('int_info.name_present', 30, 'Interface Name', 'The name is present.', {
        filter: 'icmp.int_info.name_present',
        hidden: true,
        when: isInformation,
      }),
      flag('int_info.mtu_present', 31, 'MTU', 'The MTU is present.', {
        filter: 'icmp.int_info.mtu_present',
        hidden: true,
        when: isInformation,
      }),
      uint('int_info.index', OBJECT_HEADER, 32, 'Interface Index', 'The router’s number for the interface.', {
        filter: 'icmp.int_info.index',
        when: (view, object) => says(INTERFACE_INDEX)(view, object) && holds(view, object, OBJECT_HEADER, 4),
      }),
      uint('int_info.afi', 0, 16, 'Address Family Identifier', '1 for IPv4, 2 for IPv6.', {
        filter: 'icmp.int_info.afi',
        values: familyNames,
        read: (view, object) => view.getUint16(object + addressAt(view, object)),
        when: (view, object) => addressBytes(view, object) > 0,
      }),
      ipv4Address('int_info.ipv4', 0, 'Address', 'The interface’s address.', {
        filter: 'icmp.int_info.ipv4',
        span: (view, object) => span(addressAt(view, object) + 4, 4),
        when: isFamily(IPV4_FAMILY),
      }),
      ipv6Address('int_info.ipv6', 0, 'Address', 'The interface’s address.', {
        filter: 'icmp.int_info.ipv6',
        span: (view, object) => span(addressAt(view, object) + 4, 16),
        when: isFamily(IPV6_FAMILY),
      }),
      uint(
        'int_info.name_length',
        0,
        8,
        'Name Length',
        'The length of the name in bytes, including this one.',
        {
          filter: 'icmp.int_info.name_length',
          hidden: true,
          read: nameBytes,
          when: hasName,
        },
      ),
      {
        key: 'int_info.name',
        filter: 'icmp.int_info.name',
        label: 'Name',
        about: 'The router’s name for the interface.',
        kind: 'text',
        bit: 0,
        width: 0,
        span: (view, object) => unpadded(view, object, nameAt(view, object) + 1, nameBytes(view, object) - 1),
        when: hasName,
      },
      uint('int_info.mtu', 0, 32, 'Maximum Transmission Unit', 'The interface’s MTU.', {
        filter: 'icmp.int_info.mtu',
        read: (view, object) => view.getUint32(object + mtuAt(view, object)),
        when: (view, object) =>
          says(INTERFACE_MTU)(view, object) && holds(view, object, mtuAt(view, object), 4),
      }),
      {
        key: 'int_ident.name',
        filter: 'icmp.int_ident.name',
        label: 'Name',
        about: 'Identifies the interface that is asked about.',
        kind: 'text',
        bit: 0,
        width: 0,
        // "If the … interface name … is not a multiple of 32 bits, it MUST be padded with ASCII NULL characters" (RFC 8335, 2.1).
        span: (view, object) =>
          unpadded(view, object, OBJECT_HEADER, objectLength(view, object) - OBJECT_HEADER),
        when: identifies(1, 1),
      },
      uint(
        'int_ident.index',
        OBJECT_HEADER,
        32,
        'Interface Index',
        'Identifies the interface that is asked about.',
        {
          filter: 'icmp.int_ident.index',
          when: identifies(2, 4),
        },
      ),
      uint('int_ident.afi', OBJECT_HEADER, 16, 'Address Family Identifier', '1 for IPv4, 2 for IPv6.', {
        filter: 'icmp.int_ident.afi',
        values: familyNames,
        when: identifies(3, 4),
      }),
      uint('int_ident.addr_length', 6, 8, 'Address Length', 'In bytes.', {
        filter: 'icmp.int_ident.addr_length',
        hidden: true,
        when: identifies(3, 4),
      }),
      ipv4Address('int_ident.ipv4', 8, 'Address', 'Identifies the interface that is asked about.', {
        filter: 'icmp.int_ident.ipv4',
        when: identifiesFamily(IPV4_FAMILY, 4),
      }),
      ipv6Address('int_ident.ipv6', 8, 'Address', 'Identifies the interface that is asked about.', {
        filter: 'icmp.int_ident.ipv6',
        when: identifiesFamily(IPV6_FAMILY, 16),
      }),
    ]),
    ...ofEach('mpls', objects(true), [
      bits('mpls.label', 0, 20, 'Label', 'The labels that the packet came with, from the top of the stack.', {
        filter: 'icmp.mpls.label',
      }),
      bits('mpls.exp', 20, 3, 'Experimental', 'The packet’s traffic class.', { filter: 'icmp.mpls.exp' }),
      flag('mpls.s', 23, 'Stack bit', 'Set on the last label.', { filter: 'icmp.mpls.s' }),
      uint('mpls.ttl', 3, 8, 'Time to live', 'The label’s time to live.', { filter: 'icmp.mpls.ttl' }),
    ]),
  ];
}

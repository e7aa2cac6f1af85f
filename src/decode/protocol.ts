import type { LayerStack } from './layer-stack.ts';

/**
 * What a protocol is: one description that the decoder, every output, the display and the lessons read.
 *
 * A protocol file holds, in this order: the RFC and its bit diagram, offsets, accessors, field descriptors,
 * `decode`, and the exported {@link Protocol}. The child says where it attaches; a parent never imports a child.
 */
export interface Protocol {
  /** Wireshark's filter name (`eth`, `ip`, `vxlan`); ours alone: `tunpi`, `data`. */
  readonly name: string;
  /** The name in words, as on the protocol's title line: "Internet Protocol Version 4". */
  readonly title: string;
  /** A short name for tight columns: "IPv4". */
  readonly short: string;
  /** Where it is specified: "RFC 791, section 3.1". */
  readonly reference: string;
  /** Its place among the OSI layers (ISO/IEC 7498-1): 2 data link, 3 network, 4 transport, 7 application; not given for a tunnel's own header and for payload. */
  readonly osi?: 2 | 3 | 4 | 7;
  /** One or two sentences for someone who learns. */
  readonly about: string;
  /** Where it hangs below its parents. */
  readonly attach: readonly Attachment[];
  /** Fields in the order in which they stand in the header. */
  readonly fields: readonly Field[];
  /** Reads the header, and says what follows it. */
  readonly decode: Decode;
  /** What it carries can't be read without keys: always, or where this packet's header says so. */
  readonly isEncrypted?: true | ((view: DataView, start: number) => boolean);
  /** A header that breaks off, and has the name of the whole one. */
  readonly isPartial?: true;
  /**
   * What stands in the info column when this is the innermost header worth telling: "Echo request id=4951 seq=1".
   * Addresses stand in columns of their own and are not repeated.
   */
  readonly summary?: (out: TextSink, view: DataView, start: number, stack: LayerStack, layer: number) => void;
  /** Whether the header can have items ({@link Field.each}): what most have not need not be searched in all. Any can, where not given. */
  readonly mayHaveItems?: NonNullable<Field['when']>;
  /** For a network layer: where source and destination address stand, one after the other, for pseudo-headers and paths. */
  readonly addresses?: {
    /** Of the first one, from the header's start. */
    readonly offset: number;
    /** Of each. */
    readonly bytes: 4 | 16;
  };
  /** For a transport whose checksum a sender may leave to its network card. */
  readonly leftToCard?: {
    /** The transport's number in IP. */
    readonly ipProtocol: number;
    /** Where its checksum stands, from the header's start. */
    readonly field: number;
  };
  /** For a tunnel's own header that names a network: reads VXLAN's or Geneve's VNI. */
  readonly vni?: (view: DataView, start: number) => number;
}

/**
 * Decodes one header in place.
 *
 * @param stack the packet's decoding state: set `stack.end` to narrow the layer by its own length field, and use
 *   `stack.truncated()`, `stack.malformed()` and their like to report doubt
 * @param view the batch's bytes
 * @param offset where the header starts, in bytes from the start of `view`
 * @param end just past the last byte that the parent grants
 * @returns `headerLength << HEADER_SHIFT | entry`, where `entry` comes out of a dispatch table and names the next
 *   protocol; or STOP (NO_TUNNEL), with no layer recorded, where the header can't stand (the bytes then become `data`)
 */
export type Decode = (stack: LayerStack, view: DataView, offset: number, end: number) => number;

/**
 * Where a summary is written: bytes for a terminal or pipe, without a string in between. Everything that comes from a
 * packet goes through a method that can't let a control character through.
 */
export interface TextSink {
  /** Printable ASCII of our own, never from a packet. */
  text(constant: string): void;
  /** An integer of up to 2^53, in decimal. */
  uint(value: number): void;
  /** In hexadecimal, with leading zeros up to `digits`, without 0x. */
  hex(value: number, digits: number): void;
  /** Dotted quad; `at` is the address's place in `view`. */
  ipv4(view: DataView, at: number): void;
  /** RFC 5952's form. */
  ipv6(view: DataView, at: number): void;
  /** Six bytes, separated by colons. */
  ether(view: DataView, at: number): void;
  /** Characters from a packet in [start, end), everything but printable ASCII escaped. */
  packetText(view: DataView, start: number, end: number): void;
}

/** Returned by {@link Decode} where no header could be read. */
export const STOP = -1;
/** As STOP, where the bytes are not what was announced: they open no level, if that was a tunnel's. */
export const NO_TUNNEL = -2;
/** A decode result carries the header's length above this bit, and a dispatch entry below it. */
export const HEADER_SHIFT = 16;
/** The longest header, in bytes: what is left of a message that is longer is its payload. */
export const MOST_HEADER = 0x7fff;
/** The low bits of a dispatch entry: the protocol's number in the registry. */
export const PROTOCOL_MASK = 0xff;
/** Bits 8 to 10 of a dispatch entry: how a tunnel was recognised; not zero means that a new level opens. */
export const BY_SHIFT = 8;
export const BY_MASK = 7 << BY_SHIFT;
/** Bit 11 of a dispatch entry: from here on, headers are quoted by an ICMP error. */
export const QUOTED = 1 << 11;
/** Bit 12 of a decode result: a header of no bytes, and a layer all the same. Without it, such a result hands over to a neighbour. */
export const NO_BYTES = 1 << 12;
/** The protocol number of `data`: payload that no protocol claims. Every dispatch table answers it where it knows nothing. */
export const DATA = 0;

/** How a tunnel was recognised; the values of a dispatch entry's BY bits. */
export const BY = { none: 0, port: 1, protocol: 2, user: 3, guess: 4 } as const;
export type By = keyof typeof BY;
export const BY_NAMES: readonly string[] = ['', 'port', 'protocol', 'user', 'guess'];

/** Tables that parents look their payload up in; the names are Wireshark's dissector tables' where it has one. */
export type TableName =
  | 'link'
  | 'ethertype'
  | 'ip.proto'
  | 'udp.port'
  | 'udp.port.either'
  | 'tcp.port'
  | 'llc.dsap'
  | 'gre.proto'
  | 'ppp.protocol'
  | 'mpls.payload';

export type Attachment =
  | {
      readonly table: TableName;
      /** The values in the table that mean this protocol. */
      readonly values: readonly number[];
      /** Set where the attachment opens a tunnel: the layer then stands on a new level, recognised so. */
      readonly tunnel?: 'port' | 'protocol';
      /**
       * For UDP ports: whether a payload from the port can be this protocol. Answers go from the well-known port to one that says
       * nothing, and so does anything else that has picked the port by chance: without this, a source port is not looked at.
       */
      readonly answers?: (view: DataView, offset: number, end: number) => boolean;
    }
  | {
      /** Recognised in a UDP payload on any port, by proof from the bytes. */
      readonly table: 'udp.guess';
      /** The first byte of such a payload, from and to: others are not asked for a proof. Any, where not given. */
      readonly firstByte?: readonly [from: number, to: number];
      /** Bits of its first four bytes, as a signed word, and what they are: others are not asked either. None, where not given. */
      readonly firstWord?: readonly [mask: number, bits: number];
      readonly prove: (view: DataView, offset: number, end: number) => boolean;
      /** Whether a payload that is not proven looks like it: for advice to name the port, with `-d`. */
      readonly resembles?: (view: DataView, offset: number, end: number) => boolean;
    }
  | {
      /** May be named by the user: `-d udp.port==9000,<name>`. */
      readonly table: 'decode-as';
      readonly name: string;
    };

/**
 * The kind of a field's value: how it is printed.
 * `uint` in decimal, `hex` in Wireshark's 0x… notation, `boolean`, `ipv4`, `ipv6`, `ether`, `bytes` (hex digits),
 * `text` (characters from the packet, escaped), `status` (a word out of `values`).
 */
export type FieldKind = 'uint' | 'hex' | 'boolean' | 'ipv4' | 'ipv6' | 'ether' | 'bytes' | 'text' | 'status';

/**
 * Finds a header's items of one kind: options, records, addresses in a list.
 *
 * @param visit called with each one's place in `view`, in their order; an item that does not stand wholly in the layer is not visited
 */
export type Items = (
  view: DataView,
  start: number,
  stack: LayerStack,
  layer: number,
  visit: (item: number) => void,
) => void;

export interface Field {
  /** The key in JSON, below the protocol; `ttl`. */
  readonly key: string;
  /** Wireshark's filter name, where it is not `<protocol>.<key>`. */
  readonly filter?: string;
  /** The RFC's name: "Time to Live". */
  readonly label: string;
  /** One or two sentences for someone who learns. */
  readonly about: string;
  /** How its value is printed. */
  readonly kind: FieldKind;
  /** Where the field's first bit is, from the layer's start, most significant first. */
  readonly bit: number;
  /** How many bits it takes; 0 for one that is computed (a checksum's status) or of varying place. */
  readonly width: number;
  /** For hex: how many digits tshark's `-T fields` prints, where they are not those that fill the width's bytes. */
  readonly digits?: number;
  /** The stored number is this many times smaller than the value (a header length in 32-bit words: 4). */
  readonly scale?: number;
  /** Reads a number that does not stand plainly in its bits. Kinds uint, hex, boolean, ipv4, status. */
  readonly read?: (view: DataView, start: number, stack: LayerStack, layer: number) => number;
  /** For bytes, text and addresses of varying place: offset and length in bytes, from `start`; packed by {@link span}. */
  readonly span?: (view: DataView, start: number, stack: LayerStack, layer: number) => number;
  /**
   * For a text that does not stand in the packet as it is read (a name with its dots, an address as text): writes it. Such a field
   * is hidden.
   */
  readonly compose?: (out: TextSink, view: DataView, start: number, stack: LayerStack, layer: number) => void;
  /** Whether the field is there in this header; always, where not given. */
  readonly when?: (view: DataView, start: number, stack: LayerStack, layer: number) => boolean;
  /**
   * For a field of items: it may be there many times, once for each item. Its bits, and what is given to `read`, `span` and
   * `when` as the start, count from the item. Neighbours with the same function are an item's fields.
   */
  readonly each?: Items;
  /** For a field of items: the key in JSON of the array that has an object for each of them. */
  readonly itemsKey?: string;
  /** For a field of items: the items' fields stand side by side, such as two edges; else the first is the item's title. */
  readonly hasNoTitle?: true;
  /** Names for values: `{ 8: 'Echo request' }`. For `status`, the words that stand for the value. */
  readonly values?: Readonly<Record<number, string>>;
  /** Where it is specified, where that is not the protocol's own reference. */
  readonly reference?: string;
  /** For a boolean that is a number to Wireshark: `-T fields` prints 0 or 1. */
  readonly isNumber?: true;
  /** True for a field that answers to filters and `-e`, and stays out of JSON and the tree, which show its parts. */
  readonly hidden?: boolean;
}

/** Packs a place for {@link Field.span}: both in bytes, the offset from the layer's start; 65,535 at most each. */
export function span(offset: number, length: number): number {
  return (offset << 16) | length;
}

type Extra = Partial<
  Pick<
    Field,
    | 'filter'
    | 'digits'
    | 'scale'
    | 'read'
    | 'span'
    | 'compose'
    | 'when'
    | 'values'
    | 'reference'
    | 'isNumber'
    | 'hidden'
  >
>;

function field(
  kind: FieldKind,
  key: string,
  byte: number,
  width: number,
  label: string,
  about: string,
  extra?: Extra,
): Field {
  return { key, label, about, kind, bit: byte * 8, width, ...extra };
}

/** A number of `width` bits at `byte`, in decimal. */
export function uint(
  key: string,
  byte: number,
  width: number,
  label: string,
  about: string,
  extra?: Extra,
): Field {
  return field('uint', key, byte, width, label, about, extra);
}

/** A number of `width` bits at `byte`, in hexadecimal, as wide as its field. */
export function hex(
  key: string,
  byte: number,
  width: number,
  label: string,
  about: string,
  extra?: Extra,
): Field {
  return field('hex', key, byte, width, label, about, extra);
}

/** A number of `width` bits that starts `bit` bits after the layer's start. */
export function bits(
  key: string,
  bit: number,
  width: number,
  label: string,
  about: string,
  extra?: Extra,
): Field {
  return { key, label, about, kind: 'uint', bit, width, ...extra };
}

/** One bit, `bit` bits after the layer's start. */
export function flag(key: string, bit: number, label: string, about: string, extra?: Extra): Field {
  return { key, label, about, kind: 'boolean', bit, width: 1, ...extra };
}

export function ipv4Address(key: string, byte: number, label: string, about: string, extra?: Extra): Field {
  return field('ipv4', key, byte, 32, label, about, extra);
}

export function ipv6Address(key: string, byte: number, label: string, about: string, extra?: Extra): Field {
  return field('ipv6', key, byte, 128, label, about, extra);
}

export function etherAddress(key: string, byte: number, label: string, about: string, extra?: Extra): Field {
  return field('ether', key, byte, 48, label, about, extra);
}

/** Bytes at a place that `place` finds. */
export function byteString(
  key: string,
  label: string,
  about: string,
  place: NonNullable<Field['span']>,
  extra?: Extra,
): Field {
  return field('bytes', key, 0, 0, label, about, { span: place, ...extra });
}

/** A text that `compose` writes, for filters and `-e` alone. */
export function composedText(
  key: string,
  label: string,
  about: string,
  compose: NonNullable<Field['compose']>,
  extra?: Extra,
): Field {
  return field('text', key, 0, 0, label, about, { compose, hidden: true, ...extra });
}

/** A word for something computed; `read` answers a key of `values`. */
export function status(
  key: string,
  label: string,
  about: string,
  values: Readonly<Record<number, string>>,
  read: NonNullable<Field['read']>,
): Field {
  return field('status', key, 0, 0, label, about, { values, read });
}

/**
 * The fields of items, however many there are: what Wireshark calls occurrences. The first one is an item's title in the tree.
 *
 * @param key the key in JSON of the array of items; a field of the header itself has another
 */
export function ofEach(key: string, each: Items, fields: readonly Field[]): readonly Field[] {
  return fields.map((f) => ({ ...f, each, itemsKey: key }));
}

/** As {@link ofEach}, where no field is the title of the others. */
export function sideBySide(key: string, each: Items, fields: readonly Field[]): readonly Field[] {
  return ofEach(key, each, fields).map((f) => ({ ...f, hasNoTitle: true }));
}

/** Items of one kind that a header can have: options, records, addresses in a list. */
export interface ItemKind {
  /** The key in JSON. */
  readonly key: string;
  readonly each: Items;
  /** What is shown of each item. */
  readonly fields: readonly Field[];
}

/** The kinds of items in a protocol's headers, in the order of its fields. */
export function itemKinds({ fields }: Protocol): readonly ItemKind[] {
  const kinds: ItemKind[] = [];
  for (let i = 0; i < fields.length; i = itemFieldsEnd(fields, i)) {
    const { each, itemsKey } = fields[i] as Field;
    if (each === undefined || itemsKey === undefined) continue;
    const shown = fields.slice(i, itemFieldsEnd(fields, i)).filter(({ hidden }) => hidden !== true);
    kinds.push({ key: itemsKey, each, fields: shown });
  }
  return kinds;
}

/** Just past the fields that have the same items as the one at `index`. */
export function itemFieldsEnd(fields: readonly Field[], index: number): number {
  let end = index + 1;
  while (end < fields.length && fields[end]?.each === fields[index]?.each) end++;
  return end;
}

/** The filter name of a field: `ip.ttl`. */
export function filterName(protocol: Protocol, f: Field): string {
  return f.filter ?? `${protocol.name}.${f.key}`;
}

/**
 * Reads a field that is a number: by its own reader, or plainly from its bits.
 *
 * @param start where the layer starts in `view`
 */
export function readNumber(
  f: Field,
  view: DataView,
  start: number,
  stack: LayerStack,
  layer: number,
): number {
  if (f.read !== undefined) return f.read(view, start, stack, layer);
  return readBits(view, start, f.bit, f.width) * (f.scale ?? 1);
}

/** The unsigned number in `width` bits (32 at most), `bit` bits after `start`; within five bytes. */
export function readBits(view: DataView, start: number, bit: number, width: number): number {
  const byte = start + (bit >> 3);
  const lead = bit & 7;
  if (lead === 0) {
    if (width === 8) return view.getUint8(byte);
    if (width === 16) return view.getUint16(byte);
    if (width === 32) return view.getUint32(byte);
  }
  const last = start + ((bit + width - 1) >> 3);
  let value = 0;
  // Doubles hold 40 bits exactly, which shifts in 32-bit integers would not.
  for (let i = byte; i <= last; i++) value = value * 256 + view.getUint8(i);
  const tail = (8 - ((bit + width) & 7)) & 7;
  value = Math.floor(value / 2 ** tail);
  return width === 32 ? value % 4294967296 : value % 2 ** width;
}

import type { DispatchTables, FitsPrelude, StreamGuess } from './dispatch-tables.ts';

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
  /** Where it attaches to its parents. */
  readonly attach: readonly Attachment[];
  /** Fields in the order of the header. */
  readonly fields: readonly Field[];
  /** Decodes the header, and says what follows it. */
  readonly decode: Decode;
  /** What it carries can't be read without keys: always, or if this packet's header says so. */
  readonly isEncrypted?: true | ((view: DataView, start: number) => boolean);
  /** A header that breaks off, and has the name of the whole one. */
  readonly isPartial?: true;
  /**
   * The info column when this is the innermost header worth showing: "Echo request id=4951 seq=1".
   * Addresses have their own columns and are not repeated.
   */
  readonly summary?: (out: TextSink, view: DataView, start: number, stack: Layers, layer: number) => void;
  /** Whether the header can have items ({@link Field.each}): what most have not need not be searched in all. Default: any can. */
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
  /** For a tunnel's own header: the number in it that tells tunnels between the same two ends apart. */
  readonly identifier?: TunnelIdentifier;
}

/** What the number is called that tells tunnels apart: VXLAN's and Geneve's VNI, GRE's key, ERSPAN's and L2TP's session, GTP-U's TEID. */
export type IdentifierName = 'vni' | 'key' | 'session' | 'teid';

export interface TunnelIdentifier {
  /** What the number is called in verdicts and JSON: `key`. */
  readonly name: IdentifierName;
  /** The field's name in filters, where it is one: `gre.key`. */
  readonly filter?: string;
  /** Reads it: up to 32 bits, or {@link NO_IDENTIFIER} where this header has none. */
  readonly read: NonNullable<Field['read']>;
}

/** Returned by {@link TunnelIdentifier.read} where a header has no such number. */
export const NO_IDENTIFIER = -1;

/** A packet's layers, outermost first, as fields and summaries look at them: they are read, and nothing is changed. */
export interface Layers {
  /** How many layers there are. */
  readonly count: number;
  /** Where the packet starts in its batch. */
  readonly packetStart: number;
  /** Just past the packet's last captured byte. */
  readonly packetEnd: number;
  /** Bytes that were on the wire. */
  readonly originalLength: number;
  /** LINKTYPE_ number of the packet's outermost header. */
  readonly linkType: number;
  /** The layer's protocol: its number in the registry. */
  protocol(layer: number): number;
  /** How many tunnels the layer is inside of: 0 for the outermost headers. */
  level(layer: number): number;
  /** Whether an ICMP error quotes the layer. */
  isQuoted(layer: number): boolean;
  /** Whether the layer's end was set by what is here, short of what its length field says. */
  isIncomplete(layer: number): boolean;
  /** Where the layer's header starts, in bytes from the start of the batch's view. */
  start(layer: number): number;
  /** Where its payload starts: just past its header. `data` is all header, and has none. */
  payload(layer: number): number;
  /** Just past its last byte, payload included: the least of its parent's end and its own length field. */
  layerEnd(layer: number): number;
  /** The length of the layer's header in bytes; for `data`, of all its bytes. */
  headerLength(layer: number): number;
  /** The protocol's description. */
  describe(layer: number): Protocol;
  /** The network layer (IPv4, IPv6) that carries `layer`: the nearest before it, or -1. */
  networkBefore(layer: number): number;
  /** Whether the layer is in bytes that were reassembled from fragments: they come after the packet's own. */
  isReassembled(layer: number): boolean;
}

/** Layers that are being decoded: what a protocol's {@link Decode} is told, and what it may say. */
export interface Decoding extends Layers {
  /** While decoding: the decoder's dispatch tables, where parents look their payload up. */
  readonly tables: DispatchTables;
  /** While decoding: where the present layer ends; a protocol narrows it by its own length field. */
  end: number;
  /** While decoding: set by an error that quotes a packet: where the quotation ends. Bytes after that belong to the error. */
  quotedEnd: number;
  /** While decoding: whether bytes that a header promises are missing, and why: a value of INCOMPLETE. */
  incomplete: number;
  /**
   * A header needs more bytes than its parent has. It is `truncated` where the capture cut the packet short, and
   * `malformed` where the packet itself is too short; silent in a fragment or a quotation, which end early by nature.
   *
   * @param offset where the header begins
   * @param needed bytes that it has at least
   * @param available bytes that there are
   * @param what whose header: "IPv4 header"; a constant, so that nothing is allocated here
   */
  tooShort(offset: number, needed: number, available: number, what: string): number;
  /**
   * The layer's length field says `needed` bytes and `available` are here. Marks what follows as incomplete;
   * `truncated` where the capture cut the packet short, else `malformed`.
   */
  lengthBeyond(offset: number, needed: number, available: number, what: string): void;
  /**
   * Whoever captured kept `available` of `needed` bytes before the record was made, which counts as the capture having cut it: lengths
   * inside that promise more don't contradict this.
   */
  cutEarlier(offset: number, needed: number, available: number, what: string): void;
  /** Fields contradict each other or the specification. Returns STOP, for a header that can't stand. */
  malformed(offset: number, message: string, needed?: number, available?: number): number;
  /** The present layer is a fragment's: what follows is a piece of a payload. */
  markFragment(): void;
  /** The present layer is a TCP segment that may hold pieces of packets: they can be put together. */
  markStream(): void;
  /** Something that this program does not decode, and says so. */
  unsupported(offset: number, message: string): void;
}

/**
 * Decodes one header in place.
 *
 * @param stack the packet's decoding state: set `stack.end` to narrow the layer by its own length field, and use
 *   `stack.tooShort()`, `stack.malformed()` and their like to report doubt
 * @param view the batch's bytes
 * @param offset where the header starts, in bytes from the start of `view`
 * @param end just past the last byte that the parent grants
 * @returns `headerLength << HEADER_SHIFT | entry`, where `entry` comes out of a dispatch table and names the next
 *   protocol; or STOP (NO_TUNNEL), with no layer recorded, where the header can't stand (the bytes then become `data`)
 */
export type Decode = (stack: Decoding, view: DataView, offset: number, end: number) => number;

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
      /** The first byte of such a payload, from and to: others are not asked for a proof. Default: any. */
      readonly firstByte?: readonly [from: number, to: number];
      /** Bits of its first four bytes, as a signed word, and what they are: others are not asked either. Default: none. */
      readonly firstWord?: readonly [mask: number, bits: number];
      readonly prove: (view: DataView, offset: number, end: number) => boolean;
      /** Whether a payload that is not proven looks like it: for advice to name the port, with `-d`. */
      readonly resembles?: (view: DataView, offset: number, end: number) => boolean;
    }
  | {
      /** Recognised in TCP on any port, one after the other, wherever segments begin and end. */
      readonly table: 'tcp.guess';
      /** Bits of the first four bytes, as a signed word, and what they are. */
      readonly firstWord: readonly [mask: number, bits: number];
      /** Whether one begins at `offset` for certain; its rest may be beyond `end`. */
      readonly prove: (view: DataView, offset: number, end: number) => boolean;
      readonly length: StreamGuess['length'];
    }
  | {
      /** What IP in IP carries that is no IP packet after all, by its bytes. */
      readonly table: 'ip.guess';
      readonly prove: (view: DataView, offset: number, end: number) => boolean;
    }
  | {
      /** What stands in front of a proven frame or IP packet in a UDP payload on any port. Who fits first, in the registry's order, gives the name. */
      readonly table: 'udp.prelude';
      /** How many bytes it can have. */
      readonly bytes: readonly number[];
      readonly fits: FitsPrelude;
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
  stack: Layers,
  layer: number,
  visit: (item: number) => void,
) => void;

export interface Field {
  /** The key in JSON, below the protocol; `ttl`. */
  readonly key: string;
  /** Wireshark's filter name, if it is not `<protocol>.<key>`. */
  readonly filter?: string;
  /** The RFC's name: "Time to Live". */
  readonly label: string;
  /** One or two sentences for someone who learns. */
  readonly about: string;
  /** How its value is printed. */
  readonly kind: FieldKind;
  /** Where the field's first bit is, from the layer's start, most significant first. */
  readonly bit: number;
  /** How many bits it takes; 0 if it is computed (a checksum's status) or its place varies. */
  readonly width: number;
  /** For hex: how many digits tshark's `-T fields` prints, where they are not those that fill the width's bytes. */
  readonly digits?: number;
  /** The stored number is this many times smaller than the value (a header length in 32-bit words: 4). */
  readonly scale?: number;
  /** Reads a number that is not simply the value of its bits. Kinds uint, hex, boolean, ipv4, status. */
  readonly read?: (view: DataView, start: number, stack: Layers, layer: number) => number;
  /** For bytes, text and addresses of varying place: offset and length in bytes, from `start`; packed by {@link span}. */
  readonly span?: (view: DataView, start: number, stack: Layers, layer: number) => number;
  /**
   * For a text that is not in the packet in this form (a name with its dots, an address as text): writes it. Such a field
   * is hidden.
   */
  readonly compose?: (out: TextSink, view: DataView, start: number, stack: Layers, layer: number) => void;
  /** Whether the field is present in this header; default: always. */
  readonly when?: (view: DataView, start: number, stack: Layers, layer: number) => boolean;
  /**
   * For a field of items: it may be there many times, once for each item. Its bits, and what is given to `read`, `span` and
   * `when` as the start, count from the item. Neighbours with the same function are an item's fields.
   */
  readonly each?: Items;
  /** For a field of items: the key in JSON of the array that has an object for each of them. */
  readonly itemsKey?: string;
  /** For a field of items: the items' fields are shown side by side, such as two edges; otherwise the first is the item's title. */
  readonly hasNoTitle?: true;
  /** Names for values: `{ 8: 'Echo request' }`. For `status`, the value's words. */
  readonly values?: Readonly<Record<number, string>>;
  /** Where it is specified, if that is not the protocol's own reference. */
  readonly reference?: string;
  /** For a boolean that is a number to Wireshark: `-T fields` prints 0 or 1. */
  readonly isNumber?: true;
  /** True for a field that answers to filters and `-e`, and stays out of JSON and the tree, which show its parts. */
  readonly hidden?: boolean;
}

/** How a payload is proven to be a protocol that no port or number announces. */
export interface Guess {
  /** The dispatch entry that a proof earns. */
  readonly entry: number;
  /** Bits of the payload's first word, and what they must be: what spares most payloads the call of a proof. */
  readonly mask: number;
  readonly bits: number;
  readonly prove: (view: DataView, offset: number, end: number) => boolean;
}

/** How a packet in a TCP stream is recognised, and where it ends. */
export interface StreamGuess extends Guess {
  /** How long the packet at `offset` is, in front of it included; -1 where more bytes have to tell; 0 where none can be there. */
  readonly length: (view: DataView, offset: number, end: number) => number;
}

/**
 * Whether `bytes` bytes at `offset` can be a prelude of this kind.
 *
 * @param end the payload's end
 * @param isFrame whether a frame follows, or an IP packet
 */
export type FitsPrelude = (
  view: DataView,
  offset: number,
  end: number,
  bytes: number,
  isFrame: boolean,
) => boolean;

/** A name for what stands in front of a frame or packet that is proven. */
export interface KnownPrelude {
  readonly entry: number;
  readonly fits: FitsPrelude;
}

/**
 * Where parents look their payload up: the index is the number on the wire, the value a dispatch entry
 * (protocol number, and how a tunnel was recognised where one opens). Every slot answers; what is unknown is DATA.
 */
export interface DispatchTables {
  /** By LINKTYPE_ number; 65,536 entries. */
  readonly link: Uint16Array;
  /** By EtherType; 65,536 entries. */
  readonly etherType: Uint16Array;
  /** By IP protocol number; 256 entries. */
  readonly ipProtocol: Uint16Array;
  /** By UDP destination port; 65,536 entries. */
  readonly udpPort: Uint16Array;
  /** By UDP port of either side, asked last: what is no tunnel, not even by proof; 65,536 entries. */
  readonly udpEitherPort: Uint16Array;
  /** By TCP port of either side; 65,536 entries. */
  readonly tcpPort: Uint16Array;
  /** By GRE protocol type, where that is not an EtherType; 65,536 entries. */
  readonly greProtocol: Uint16Array;
  /** By PPP protocol number; 65,536 entries. */
  readonly pppProtocol: Uint16Array;
  /** By the first four bits behind MPLS labels; 16 entries. */
  readonly mplsPayload: Uint16Array;
  /** By LLC destination service access point; 256 entries. */
  readonly llcSap: Uint16Array;
  /** By UDP source port, where nothing else tells: a place in `udpAnswers`, or 0; 65,536 entries. */
  readonly udpSourcePort: Uint8Array;
  /** What a payload from a well-known port may be. The first is never asked. */
  readonly udpAnswers: readonly Guess[];
  /** Asked in order for UDP payloads whose port says nothing: by the payload's first byte; 256 lists. */
  readonly udpGuesses: readonly (readonly Guess[])[];
  /** Asked in order for what IP carries as IP, and is none. */
  readonly ipGuesses: readonly Guess[];
  /** Asked in order for the segments of TCP ports that say nothing. */
  readonly tcpGuesses: readonly StreamGuess[];
  /** By TCP port: 1 where a connection has been seen that carries packets, so that its other segments are looked at too; 65,536 entries. */
  readonly tcpStreams: Uint8Array;
  /** By how many bytes stand in front of what is proven: who is asked for them, in order. */
  readonly udpPreludes: readonly (readonly KnownPrelude[])[];
  /** By UDP port: how many bytes the user has said to skip; 65,536 entries. */
  readonly udpSkip: Uint8Array;
}

export const EMPTY_TABLES: DispatchTables = {
  link: new Uint16Array(0),
  etherType: new Uint16Array(0),
  ipProtocol: new Uint16Array(0),
  udpPort: new Uint16Array(0),
  udpEitherPort: new Uint16Array(0),
  tcpPort: new Uint16Array(0),
  greProtocol: new Uint16Array(0),
  pppProtocol: new Uint16Array(0),
  mplsPayload: new Uint16Array(0),
  llcSap: new Uint16Array(0),
  udpSourcePort: new Uint8Array(0),
  udpAnswers: [],
  udpGuesses: [],
  ipGuesses: [],
  tcpGuesses: [],
  tcpStreams: new Uint8Array(0),
  udpPreludes: [],
  udpSkip: new Uint8Array(0),
};

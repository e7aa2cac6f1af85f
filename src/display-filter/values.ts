/**
 * What an operand of a comparison has in a packet: as many values as it occurs, in arrays that are made once and filled again
 * for each packet.
 */
import type { PacketRecord } from '../output/printer.ts';

/** A filter's own kinds: an integer and its like are numbers, addresses of more than 32 bits and text are bytes. */
export type Kind = Values['kind'];

export interface Numbers {
  readonly kind: 'integer' | 'double' | 'boolean' | 'ipv4';
  /** The first as many as `load` said. */
  readonly values: Float64Array;
  /** Set where the value is the same one in every packet. */
  readonly constant?: number;
  /** Reads the values in this packet; answers how many there are. */
  load(record: PacketRecord): number;
}

export interface ByteStrings {
  readonly kind: 'ipv6' | 'ether' | 'protocol' | 'bytes' | 'text';
  /** The memory that the places below are in, until the next packet. */
  readonly view: DataView;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  load(record: PacketRecord): number;
}

/** Lengths of time, or points in it. */
export interface Times {
  readonly kind: 'time' | 'date';
  /** Whole seconds, and nanoseconds from 0 to 999,999,999 that are added to them. */
  readonly seconds: Float64Array;
  readonly nanoseconds: Float64Array;
  load(record: PacketRecord): number;
}

export type Values = Numbers | ByteStrings | Times;

/** Whether a packet meets a condition. */
export type Matcher = (record: PacketRecord) => boolean;

export function isNumbers(values: Values): values is Numbers {
  return 'values' in values;
}

export function isByteStrings(values: Values): values is ByteStrings {
  return 'lengths' in values;
}

/** A value that is there in every packet. */
export function constantNumber(kind: Numbers['kind'], value: number): Numbers {
  return { kind, values: Float64Array.of(value), constant: value, load: () => 1 };
}

export function constantBytes(kind: ByteStrings['kind'], bytes: Uint8Array): ByteStrings {
  return {
    kind,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    starts: Int32Array.of(0),
    lengths: Int32Array.of(bytes.length),
    load: () => 1,
  };
}

export function constantTime(kind: Times['kind'], seconds: number, nanoseconds: number): Times {
  return {
    kind,
    seconds: Float64Array.of(seconds),
    nanoseconds: Float64Array.of(nanoseconds),
    load: () => 1,
  };
}

/** One number that every packet has. */
export function packetNumber(read: (record: PacketRecord) => number): Numbers {
  const values = new Float64Array(1);
  return {
    kind: 'integer',
    values,
    load(record) {
      values[0] = read(record);
      return 1;
    },
  };
}

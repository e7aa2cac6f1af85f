/**
 * Bytes become layers. The room's files, which this one puts together:
 *
 * - protocol.ts: what a protocol is, and what it sees of the layers that are being decoded
 * - protocols/: one file a protocol; registry.ts: the list of them; fields.ts: how they write their fields down
 * - dispatch.ts: their attachments compiled into tables (dispatch-tables.ts), where parents look their payload up
 * - general-loop.ts: a turn a layer; fast-path.ts: the usual headers in one piece; partial-header.ts: headers that break off
 * - layer-stack.ts: the result; tunnel.ts: which of its layers open a level
 * - proof.ts, checksum.ts: guesses proven from the bytes
 * - reassembly.ts, fragment-table.ts, datagram.ts, hash.ts: fragments put together in bounded memory
 * - field-reading.ts: a header read by its fields; format.ts: a value in words; field-index.ts: fields by their filter names
 * - names.ts: names that several protocols share; link-types.ts, link-type-words.ts: those of link types
 */
import type { DecodeAs } from './decode-as.ts';
import { compileTables } from './dispatch.ts';
import type { DispatchTables } from './dispatch-tables.ts';
import { createFastPath } from './fast-path.ts';
import { createGeneralLoop, type DecodeLayers, type DecodePacket } from './general-loop.ts';
import { protocols } from './registry.ts';

export interface DecoderOptions {
  /** UDP ports whose payloads are decoded as a named protocol. */
  readonly decodeAs?: readonly DecodeAs[];
  /** False leaves the fast path out, for tests that hold one against the other. */
  readonly fastPath?: boolean;
}

export interface Decoder {
  /** Decodes a packet into a reusable stack; allocates nothing. */
  readonly decode: DecodePacket;
  /** Continues a packet whose first layers are already in the stack, with a reassembled payload. */
  readonly decodeLayers: DecodeLayers;
  /** The protocols by ports and numbers, including `decodeAs`. */
  readonly tables: DispatchTables;
}

/** @throws {RangeError} if `decodeAs` names no protocol */
export function createDecoder(options: DecoderOptions = {}): Decoder {
  const tables = compileTables(protocols, options.decodeAs);
  const general = createGeneralLoop(tables);
  const decode = options.fastPath === false ? general.decodePacket : createFastPath(tables, general);
  return { decode, decodeLayers: general.decodeLayers, tables };
}

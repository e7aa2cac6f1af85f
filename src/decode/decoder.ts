import { compileTables, type DecodeAs } from './dispatch.ts';
import type { DispatchTables } from './dispatch-tables.ts';
import { createFastPath } from './fast-path.ts';
import { createGeneralLoop, type DecodeLayers, type DecodePacket } from './general-loop.ts';
import { protocols } from './registry.ts';

export interface DecoderOptions {
  /** Payloads of UDP ports that are to be read as a named protocol. */
  readonly decodeAs?: readonly DecodeAs[];
  /** False leaves the fast path out, for tests that hold one against the other. */
  readonly fastPath?: boolean;
}

export interface Decoder {
  /** Decodes a packet into a stack that is used again; allocates nothing. */
  readonly decode: DecodePacket;
  /** Goes on with a packet whose first layers stand in the stack already: with a reassembled payload. */
  readonly decodeLayers: DecodeLayers;
  /** The protocols by ports and numbers, with `decodeAs` in them. */
  readonly tables: DispatchTables;
}

/** @throws {RangeError} where `decodeAs` names no protocol */
export function createDecoder(options: DecoderOptions = {}): Decoder {
  const tables = compileTables(protocols, options.decodeAs);
  const general = createGeneralLoop(tables);
  const decode = options.fastPath === false ? general.decodePacket : createFastPath(tables, general);
  return { decode, decodeLayers: general.decodeLayers, tables };
}

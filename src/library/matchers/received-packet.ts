/** Packets as matchers look at them: decoded, with the bytes at hand. */
import { createDecoder } from '../../decode/decoder.ts';
import { LayerStack } from '../../decode/layer-stack.ts';
import { PacketRecord } from '../../output/printer.ts';
import { requireKeys } from '../../text/similar.ts';
import type { DecodeOptions, Packet } from '../packet-objects.ts';

/** What a matcher on packets can be given: one of `openCapture`, or bytes. */
export type PacketLike = Packet | Uint8Array;

function isPacket(value: unknown): value is Packet {
  return (
    typeof value === 'object' &&
    value !== null &&
    'bytes' in value &&
    value.bytes instanceof Uint8Array &&
    'linkType' in value
  );
}

/**
 * The packet, decoded.
 *
 * @throws {TypeError} if it is none
 * @throws {RangeError} if an option is not known, or `decodeAs` names a protocol that does not exist
 */
export function recordOf(matcher: string, received: unknown, options: DecodeOptions = {}): PacketRecord {
  if (!(received instanceof Uint8Array) && !isPacket(received)) {
    const what =
      received === null
        ? 'null'
        : Array.isArray(received)
          ? 'an array'
          : `a value of type ${typeof received}`;
    const decoded = typeof received === 'object' && received !== null && 'layers' in received;
    throw new TypeError(
      `${matcher}: received ${decoded ? 'a decoded packet' : what}; expected a packet of openCapture(), or its bytes as Uint8Array`,
    );
  }
  requireKeys(matcher, options, ['linkType', 'decodeAs', 'reassembler']);
  const packet = received instanceof Uint8Array ? undefined : received;
  const bytes = received instanceof Uint8Array ? received : received.bytes;
  const linkType = options.linkType ?? packet?.linkType ?? 1;
  const originalLength = packet?.originalLength ?? bytes.length;
  const stack = new LayerStack();
  const record = new PacketRecord(stack, [{ name: packet?.interface, linkType, snapLength: 0 }]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [seconds = '0', fraction = '0'] = (packet?.time ?? '0.0').split('.');
  record.advance(
    {
      bytes,
      view,
      count: 1,
      start: Int32Array.of(0),
      capturedLength: Int32Array.of(bytes.length),
      originalLength: Int32Array.of(originalLength),
      seconds: Float64Array.of(Number(seconds)),
      nanoseconds: Int32Array.of(Number(fraction)),
      interfaceIndex: Uint16Array.of(0),
    },
    0,
  );
  if (packet !== undefined) record.number = packet.number;
  createDecoder({ decodeAs: options.decodeAs ?? [] }).decode(
    view,
    0,
    bytes.length,
    originalLength,
    linkType,
    stack,
  );
  if (options.reassembler !== undefined && stack.fragment >= 0) record.reassemble(options.reassembler);
  return record;
}

/** Display filters as tests for packets. */
import { LayerStack } from '../decode/layer-stack.ts';
import { compileDisplayFilter } from '../display-filter/display-filter.ts';
import { PacketRecord } from '../output/printer.ts';
import type { PacketBatch } from '../packet/source.ts';
import { type DecodeOptions, decoderFor, type Packet } from './packet-objects.ts';

/** Whether a packet is wanted. */
export type PacketTest = (packet: Packet) => boolean;

/**
 * Compiles a display filter (`-Y`, in Wireshark's words) into a test for packets. Packets are to be shown to it in their order,
 * each once: `frame.time_delta` and its like go by those that it was shown before.
 *
 * ```ts
 * const isInnerRequest = createPacketFilter('inner.icmp.type == 8 && ip.src#2 == 172.16.0.2');
 * for await (const packet of openCapture('ping.pcap')) if (isInnerRequest(packet)) console.log(packet.number);
 * ```
 *
 * @throws {RangeError} if the expression is not understood: one line that says where, and what was expected
 */
export function createPacketFilter(expression: string, options: DecodeOptions = {}): PacketTest {
  const filter = compileDisplayFilter(expression);
  const { decode } = decoderFor(options.decodeAs);
  const { reassembler } = options;
  const stack = new LayerStack();
  const interfaces: { name: string | undefined; linkType: number; snapLength: number }[] = [];
  const record = new PacketRecord(stack, interfaces);
  return (packet) => {
    const { bytes, number, time, originalLength, linkType } = packet;
    const interfaceIndex = packet.interfaceIndex ?? 0;
    interfaces[interfaceIndex] = { name: packet.interface, linkType, snapLength: 0 };
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [seconds, nanoseconds] = timeNumbers(time);
    const batch: PacketBatch = {
      bytes,
      view,
      count: 1,
      start: Int32Array.of(0),
      capturedLength: Int32Array.of(bytes.length),
      originalLength: Int32Array.of(originalLength),
      seconds: Float64Array.of(seconds),
      nanoseconds: Int32Array.of(nanoseconds),
      interfaceIndex: Uint16Array.of(interfaceIndex),
    };
    record.advance(batch, 0);
    record.number = number;
    decode(view, 0, bytes.length, originalLength, options.linkType ?? linkType, stack);
    if (reassembler !== undefined && stack.fragment >= 0) record.reassemble(reassembler);
    return filter.matches(record);
  };
}

/** What {@link timeText} wrote, as whole seconds and nanoseconds from 0 on beside them. */
function timeNumbers(time: string): readonly [seconds: number, nanoseconds: number] {
  const [whole = '0', fraction = ''] = time.replace('-', '').split('.');
  const nanoseconds = Number(fraction.padEnd(9, '0').slice(0, 9));
  if (!time.startsWith('-')) return [Number(whole), nanoseconds];
  return nanoseconds === 0 ? [-Number(whole), 0] : [-Number(whole) - 1, 1e9 - nanoseconds];
}

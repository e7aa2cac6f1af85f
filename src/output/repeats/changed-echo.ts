/** An echo's numbers: where they stand in its packet, by which sums they are tied, and the same packet with others. */
import { CHECKSUM, fold, sumWords } from '../../decode/checksum.ts';
import { checksumReaders } from '../../decode/checksum-status.ts';
import type { LayerStack } from '../../decode/layer-stack.ts';
import { DATA } from '../../decode/protocol.ts';
import { icmp } from '../../decode/protocols/icmp.ts';
import { icmpv6 } from '../../decode/protocols/icmpv6.ts';
import { ipv4 } from '../../decode/protocols/ipv4.ts';
import { udp } from '../../decode/protocols/udp.ts';
import { protocolNumber } from '../../decode/registry.ts';

/** Places from the packet's start, in bytes. */
export interface Sum {
  readonly from: number;
  readonly to: number;
  /** What is added to the words in between, so that the result is 0xffff where the checksum is right: a pseudo-header's sum. */
  readonly more: number;
  /** False for a checksum that is left to the card: then the result must be another. */
  readonly isRight: boolean;
  /** Where the checksum itself is. */
  readonly field: number;
  /** Whether it is another one where the echo's numbers are others. UDP's is not: what is inside adds up to the same by its own checksums. */
  readonly varies: boolean;
}

export interface EchoNumbers {
  /** Where the ICMP header begins, and the packet ends. */
  readonly echo: number;
  readonly end: number;
  /** Numbers of 16 bits that nothing else in the packet depends on but sums: identifications, identifier, sequence number. */
  readonly numbers: readonly number[];
  /** Outermost first. */
  readonly sums: readonly Sum[];
}

const [ICMP, ICMPV6, IPV4, UDP] = [icmp, icmpv6, ipv4, udp].map(protocolNumber) as [
  number,
  number,
  number,
  number,
];
const IPV4_IDENTIFICATION = 4;
const IPV4_CHECKSUM = 10;
const UDP_CHECKSUM = 6;
const [ECHO_CHECKSUM, ECHO_IDENTIFIER, ECHO_SEQUENCE, ECHO_HEADER] = [2, 4, 6, 8];
const readers = checksumReaders();

/** The layer of the echo that a packet is about: the innermost header, to the packet's end; -1 where it is about something else. */
function echoLayer(view: DataView, stack: LayerStack): number {
  if (stack.count === 0 || stack.issueCount > 0 || stack.fragment >= 0) return -1;
  const last = stack.count - 1;
  const layer = stack.protocol(last) === DATA ? last - 1 : last;
  if (layer < 1 || stack.isQuoted(layer) || stack.layerEnd(layer) !== stack.packetEnd) return -1;
  if (stack.originalLength !== stack.packetEnd - stack.packetStart) return -1;
  const protocol = stack.protocol(layer);
  const type = view.getUint8(stack.start(layer));
  if (protocol === ICMP) return (type & 0xf7) === 0 ? layer : -1;
  return protocol === ICMPV6 && (type & 0xfe) === 128 ? layer : -1;
}

/** Of a decoded packet; undefined where it is no echo, or has a checksum that is wrong or can't be told. */
export function echoNumbers(view: DataView, stack: LayerStack): EchoNumbers | undefined {
  const echo = echoLayer(view, stack);
  if (echo < 0) return undefined;
  const numbers: number[] = [];
  const sums: Sum[] = [];
  for (let layer = 0; layer <= echo; layer++) {
    const start = stack.start(layer);
    const status = readers[stack.protocol(layer)]?.(view, start, stack, layer) ?? CHECKSUM.absent;
    if (stack.protocol(layer) === IPV4) numbers.push(start + IPV4_IDENTIFICATION - stack.packetStart);
    if (status === CHECKSUM.absent) continue;
    const sum = sumOf(view, stack, layer, status);
    if (sum === undefined) return undefined;
    sums.push(sum);
  }
  const at = stack.start(echo) - stack.packetStart;
  return {
    echo: at,
    end: stack.packetEnd - stack.packetStart,
    numbers: [...numbers, at + ECHO_IDENTIFIER, at + ECHO_SEQUENCE],
    sums,
  };
}

function sumOf(view: DataView, stack: LayerStack, layer: number, status: number): Sum | undefined {
  const protocol = stack.protocol(layer);
  const start = stack.start(layer);
  const from = start - stack.packetStart;
  if (protocol === IPV4 && status === CHECKSUM.good)
    return {
      from,
      to: from + stack.headerLength(layer),
      more: 0,
      isRight: true,
      field: from + IPV4_CHECKSUM,
      varies: true,
    };
  if (protocol !== UDP && protocol !== ICMP && protocol !== ICMPV6) return undefined;
  const field = protocol === UDP ? UDP_CHECKSUM : ECHO_CHECKSUM;
  const all = {
    from,
    to: stack.layerEnd(layer) - stack.packetStart,
    field: from + field,
    varies: protocol !== UDP,
  };
  if (status === CHECKSUM.good)
    return { ...all, more: 0xffff - fold(sumWords(view, start, stack.layerEnd(layer))), isRight: true };
  if (protocol !== UDP || status !== CHECKSUM.partial || mayBeCompletedInside(stack, layer)) return undefined;
  // What stands there is the pseudo-header's sum.
  return { ...all, more: view.getUint16(start + field), isRight: false };
}

function mayBeCompletedInside(stack: LayerStack, layer: number): boolean {
  for (let inner = layer + 1; inner < stack.count; inner++)
    if (stack.describe(inner).leftToCard !== undefined) return true;
  return false;
}

/** Places whose 16 bits may be others in a packet that is printed alike. */
export function freeFields({ numbers, sums }: EchoNumbers): number[] {
  return [...numbers, ...sums.filter(({ varies }) => varies).map(({ field }) => field)];
}

/** Where the echo's data is. */
export function dataOf({ echo, end }: EchoNumbers): readonly [at: number, length: number] {
  return [echo + ECHO_HEADER, end - echo - ECHO_HEADER];
}

/**
 * Changes a packet's numbers and data, and makes its checksums right for them.
 *
 * @param bytes of the packet alone
 * @param seed others make others of it
 */
export function changeEcho(bytes: Uint8Array, echo: EchoNumbers, seed: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [i, place] of echo.numbers.entries()) {
    const value = seed * (i + 1);
    view.setUint16(place, value === view.getUint16(place) ? value + 16 : value);
  }
  const [data, length] = dataOf(echo);
  for (let i = 0; i < length; i++) bytes[data + i] = (bytes[data + i] ?? 0) + seed + i;
  // What is further out may sum up what is further in.
  for (const { from, to, more, isRight, field } of echo.sums.toReversed()) {
    if (!isRight) continue;
    view.setUint16(field, 0);
    const sum = 0xffff - fold(sumWords(view, from, to) + more);
    view.setUint16(field, sum === 0 ? 0xffff : sum);
  }
}

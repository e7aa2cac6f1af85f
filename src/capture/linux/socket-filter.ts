/** libpcap's filters as programs for the kernel's sockets (socket(7), SO_ATTACH_FILTER; linux/filter.h). */

import { LINKTYPE_LINUX_SLL2 } from '../../packet/link-type.ts';
import { type BpfFunction, type BpfProgram, translateBpf } from '../filter/bpf.ts';
import { ANCILLARY } from '../filter/bpf-codes.ts';
import { compileBpf } from '../filter/libpcap.ts';

/** Where a filter is decided. */
export interface SocketFilter {
  /** For the kernel; default: it takes everything. */
  readonly kernel: BpfProgram | undefined;
  /** For what the kernel lets through, where it can't decide alone. */
  readonly here: BpfFunction | undefined;
}

/** The most instructions that the kernel takes (BPF_MAXINSNS). */
const MOST_INSTRUCTIONS = 4096;

const LD = 0;
const LDX = 1;
const ABS = 0x20;
const IND = 0x40;
const MSH = 0xa0;

/** A program of one instruction, which answers with a number. */
const RETURN = 0x06;
/** What tcpdump asks for: all of a packet. */
const EVERYTHING = 262_144;

/**
 * Compiles a filter for packets as they are captured.
 *
 * VLAN tags are not in the packet that the kernel's filter sees: it has taken them off. A filter that asks for them is run
 * here, on the packet with its tag put back.
 *
 * @param expression empty for everything
 * @param linkType of the packets as they are handed out
 * @param snapLength the most bytes that are kept, 0 for all
 * @param inKernel false if the kernel refused the program
 * @throws {CaptureError} if the expression is not understood, or what compiles it is missing
 */
export function compileSocketFilter(
  expression: string,
  linkType: number,
  snapLength: number,
  inKernel = true,
): SocketFilter {
  const most = snapLength === 0 ? EVERYTHING : snapLength;
  if (expression === '') return { kernel: snapLength === 0 ? undefined : answer(most), here: undefined };
  // What decides here must see all of a packet: it is cut afterwards.
  const here = () => ({
    kernel: undefined,
    here: translateBpf(compileBpf(expression, linkType, EVERYTHING, { live: true })),
  });
  if (!inKernel || /\bvlan\b/.test(expression)) return here();
  const compiled = compileBpf(expression, linkType, most, { live: true });
  const kernel = linkType === LINKTYPE_LINUX_SLL2 ? withoutLinkHeader(compiled) : compiled;
  if (kernel === undefined || kernel.length > MOST_INSTRUCTIONS || hasLoop(kernel)) return here();
  return { kernel, here: undefined };
}

/** Takes no packet. */
export const NOTHING = answer(0);

function answer(value: number): BpfProgram {
  return {
    length: 1,
    code: Uint16Array.of(RETURN),
    jumpTrue: Uint8Array.of(0),
    jumpFalse: Uint8Array.of(0),
    constant: Uint32Array.of(value),
  };
}

/** `protochain` jumps back, which the kernel's machine does not. */
function hasLoop({ length, code, constant }: BpfProgram): boolean {
  for (let at = 0; at < length; at++) {
    if (code[at] === 0x05 && (constant[at] | 0) < 0) return true;
  }
  return false;
}

const SLL2_HEADER = 20;
/** What the kernel knows of the header's fields (pcap-linux.c, fix_offset), by their offset. */
const SLL2_FIELDS: Readonly<Record<number, number>> = {
  0: ANCILLARY.PROTOCOL,
  4: ANCILLARY.INTERFACE,
  10: ANCILLARY.PACKET_TYPE,
};

/** A program for packets that have their link header only here: undefined if the kernel can't tell what it asks for. */
function withoutLinkHeader(program: BpfProgram): BpfProgram | undefined {
  const constant = program.constant.slice();
  for (let at = 0; at < program.length; at++) {
    const code = program.code[at];
    const isLoad = (code & 7) === LD || (code & 7) === LDX;
    const mode = code & 0xe0;
    const offset = constant[at];
    if (!isLoad || (mode !== ABS && mode !== IND && mode !== MSH) || offset >= ANCILLARY.PROTOCOL) continue;
    const moved = offset >= SLL2_HEADER ? offset - SLL2_HEADER : SLL2_FIELDS[offset];
    if (moved === undefined) return undefined;
    constant[at] = moved;
  }
  return { ...program, constant };
}

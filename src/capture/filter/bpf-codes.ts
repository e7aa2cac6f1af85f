/** Instructions of classic BPF (linux/bpf_common.h, linux/filter.h): fields of an instruction's code, and what they may be. */

export const CLASS = 0x07;
export const LD = 0x00;
export const LDX = 0x01;
export const ST = 0x02;
export const STX = 0x03;
export const ALU = 0x04;
export const JMP = 0x05;
export const RET = 0x06;
export const MISC = 0x07;

export const SIZE = 0x18;
export const MODE = 0xe0;
export const IMM = 0x00;
export const ABS = 0x20;
export const IND = 0x40;
export const MEM = 0x60;
export const LEN = 0x80;
export const MSH = 0xa0;
export const X = 0x08;
export const OPERATION = 0xf0;
export const TXA = 0x80;

/** How many words of memory a program has. */
export const MEMORY_WORDS = 16;

/**
 * Where loads are not of the packet's bytes, but of what Linux knows of it besides (linux/filter.h, SKF_AD_OFF and up): only
 * programs for a socket have them.
 */
export const ANCILLARY = { PROTOCOL: 0xfffff000, PACKET_TYPE: 0xfffff004, INTERFACE: 0xfffff008 } as const;

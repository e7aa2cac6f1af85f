/**
 * What reading and writing of pcapng share: the numbers of blocks and of their options (draft-ietf-opsawg-pcapng, section 4). Those of
 * a packet's block are in packet/packet-options.ts.
 */
import { SIMPLE_PACKET } from '../../packet/packet-options.ts';

export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
export const OBSOLETE_PACKET = 2;
export const NAME_RESOLUTION = 4;
export const INTERFACE_STATISTICS = 5;
export const ENHANCED_PACKET = 6;
export const PACKET_BLOCKS: readonly number[] = [OBSOLETE_PACKET, SIMPLE_PACKET, ENHANCED_PACKET];

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Of the section header: the operating system, and the program, that wrote it. */
export const SHB_OS = 3;
export const SHB_USERAPPL = 4;
/** Of interface descriptions. */
export const IF_NAME = 2;
export const IF_DESCRIPTION = 3;
export const IF_TSRESOL = 9;
export const IF_FCSLEN = 13;
export const IF_TSOFFSET = 14;
/** Records of a name resolution block: an address with names, each ended by a zero byte. */
export const NRB_END = 0;
export const NRB_IPV4 = 1;
export const NRB_IPV6 = 2;
/** Of interface statistics: when the capture began and ended, and how many packets came. */
export const ISB_STARTTIME = 2;
export const ISB_ENDTIME = 3;
export const ISB_IFRECV = 4;
/** And packets that the interface, or the operating system, had to drop. */
export const ISB_IFDROP = 5;
export const ISB_OSDROP = 7;

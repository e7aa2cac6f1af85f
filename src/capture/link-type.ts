/**
 * libpcap's own numbers for link types (DLT_), which differ from those in files (LINKTYPE_) below 104, and between
 * systems (pcap-common.c).
 */
const isOpenBsd = process.platform === 'openbsd';
const LINKTYPE_TO_DLT: Readonly<Record<number, number>> = {
  100: 11, // ATM_RFC1483
  101: isOpenBsd ? 14 : 12, // RAW
  102: 15, // SLIP_BSDOS
  103: 16, // PPP_BSDOS
  106: 19, // ATM_CLIP
  108: isOpenBsd ? 12 : 108, // LOOP
};
const DLT_TO_LINKTYPE = new Map(
  Object.entries(LINKTYPE_TO_DLT).map(([linkType, dlt]) => [dlt, Number(linkType)]),
);

/** libpcap's number on this system for a file's. */
export function toDataLinkType(linkType: number): number {
  return LINKTYPE_TO_DLT[linkType] ?? linkType;
}

/** A file's number for libpcap's on this system. */
export function fromDataLinkType(dataLinkType: number): number {
  return DLT_TO_LINKTYPE.get(dataLinkType) ?? dataLinkType;
}

/** What the package `cap` calls the link types that it knows. */
const CAP_NAMES: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  IEEE802_11_RADIO: 127,
};

/** A file's number for what the package `cap` answers: a name, or "Unknown linktype N" with libpcap's number. */
export function fromCapName(name: string): number {
  return CAP_NAMES[name] ?? fromDataLinkType(Number(name.split(' ').at(-1)));
}

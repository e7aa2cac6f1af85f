/** Linux's cooked capture, which does not say the interface. */
export const LINKTYPE_LINUX_SLL = 113;
/** Its version 2, which does: what `any` captures with. */
export const LINKTYPE_LINUX_SLL2 = 276;
/** What Linux's packet filter logs. */
export const LINKTYPE_NFLOG = 239;

/**
 * libpcap's own numbers for link types (DLT_) that are not those in files (LINKTYPE_): below 104, and not alike on all
 * systems (pcap-common.c).
 */
const DLT_TO_LINKTYPE: Readonly<Record<number, number>> =
  process.platform === 'openbsd'
    ? { 11: 100, 14: 101, 15: 102, 16: 103, 19: 106, 12: 108 }
    : { 11: 100, 12: 101, 15: 102, 16: 103, 19: 106 };

/** What the package `cap` calls the link types that it knows. */
const CAP_NAMES: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LINKTYPE_LINUX_SLL,
  IEEE802_11_RADIO: 127,
};

/** A file's number for what the package `cap` answers: a name, or "Unknown linktype N" with libpcap's number. */
export function fromCapName(name: string): number {
  const known = CAP_NAMES[name];
  if (known !== undefined) return known;
  const number = Number(name.split(' ').at(-1));
  return DLT_TO_LINKTYPE[number] ?? number;
}

/** libpcap's own number for a file's. */
export function toDlt(linkType: number): number {
  const entry = Object.entries(DLT_TO_LINKTYPE).find(([, file]) => file === linkType);
  return entry === undefined ? linkType : Number(entry[0]);
}

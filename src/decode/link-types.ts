/** Link types by the names that this program prints: LINKTYPE_ numbers as in capture files (tcpdump.org/linktypes.html). */
const linkTypeNames: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'ethernet',
  12: 'raw',
  14: 'raw',
  101: 'raw',
  108: 'loop',
  113: 'sll',
  228: 'ipv4',
  229: 'ipv6',
  276: 'sll2',
};

/** `ethernet`; `linktype-147` for one without a name here. */
export function linkTypeName(linkType: number): string {
  return linkTypeNames[linkType] ?? `linktype-${linkType}`;
}

/** Link types by the names that this program prints: LINKTYPE_ numbers as in capture files (tcpdump.org/linktypes.html). */
const linkTypeNames: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'ethernet',
  9: 'ppp',
  12: 'raw',
  14: 'raw',
  50: 'ppp-hdlc',
  51: 'ppp-ether',
  101: 'raw',
  104: 'c-hdlc',
  105: 'ieee802-11',
  107: 'frelay',
  108: 'loop',
  113: 'sll',
  127: 'ieee802-11-radiotap',
  192: 'ppi',
  226: 'ipnet',
  228: 'ipv4',
  229: 'ipv6',
  239: 'nflog',
  242: 'ipoib',
  252: 'exported-pdu',
  258: 'pktap',
  276: 'sll2',
  281: 'dsa-tag-brcm',
  282: 'dsa-tag-brcm-prepend',
  284: 'dsa-tag-dsa',
  285: 'dsa-tag-edsa',
};

/** `ethernet`; `linktype-147` for one without a name here. */
export function linkTypeName(linkType: number): string {
  return linkTypeNames[linkType] ?? `linktype-${linkType}`;
}

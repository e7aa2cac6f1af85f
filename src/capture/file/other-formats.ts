/** Files that are no pcap and no pcapng, by their first bytes: what they are, and what to do with them. */

/** How editcap makes pcapng of a format; of one that has a link type for each packet it must be told one: Ethernet, mostly. */
const PLAIN = 'editcap FILE OUT.pcapng';
const AS_ETHERNET = 'editcap -T ether FILE OUT.pcapng';

/** What Wireshark's programs alone read, by their first bytes in hex (wiretap/). */
const OF_WIRESHARK: readonly (readonly [start: string, name: string, command?: string])[] = [
  ['52545353', 'a capture of Microsoft’s Network Monitor 1'],
  ['474d4255', 'a capture of Microsoft’s Network Monitor'],
  ['0000020012050010', 'a capture of Tektronix’s K12 (rf5)', AS_ETHERNET],
  ['2b2d2d2d2d2d2d2d2d2d2b2d2d', 'a K12 text file', AS_ETHERNET],
  ['736e6f6f70000000', 'a capture of Solaris’ snoop'],
  ['5452534e49464620', 'a capture of Network General’s Sniffer'],
  ['58435000', 'a capture of NetXRay or Windows Sniffer'],
  ['564c0000', 'a capture of an early NetXRay'],
  ['05564e46', 'a capture of Visual Networks'],
  ['aaaaaaaa', 'a capture of InfoVista’s 5View'],
  ['545200', 'a trace of HP-UX’s nettl', AS_ETHERNET],
  ['4f62736572766572', 'a capture of Viavi’s Observer'],
  ['7f766572', 'a capture of Savvius’ OmniPeek'],
  ['42d2003412662288', 'a capture of RADCOM’s analyzers'],
  ['6970747261636520', 'a trace of AIX’s iptrace', AS_ETHERNET],
  ['6274736e6f6f70', 'a Bluetooth log (btsnoop)'],
  ['63707365', 'a capture of Colasoft’s Capsa'],
  ['4c4f4747', 'a log of Vector’s tools (BLF)'],
  ['455448455257415443', 'a trace of DBS’ EtherWatch'],
  ['0110', 'a trace of Novell’s LANalyzer'],
  ['0710', 'a trace of Novell’s LANalyzer'],
];

/** Formats that people hand in by mistake. */
const OTHERS: readonly (readonly [start: string, advice: string])[] = [
  ['fd377a585a00', 'xz: decompress it first (xz -dc FILE | tunnelscope -r -)'],
  ['425a68', 'bzip2: decompress it first (bzip2 -dc FILE | tunnelscope -r -)'],
  ['04224d18', 'lz4: decompress it first (lz4 -dc FILE | tunnelscope -r -)'],
  ['504b0304', 'zip: unpack it first'],
  ['a1b234cd', 'a modified pcap that libpcap names but nobody reads: ask for it as pcapng'],
  ['cd34b2a1', 'a modified pcap that libpcap names but nobody reads: ask for it as pcapng'],
  ['a12b3c4d', 'Navtel’s pcap, which libpcap names but nobody reads: ask for it as pcapng'],
  ['4d3c2ba1', 'Navtel’s pcap, which libpcap names but nobody reads: ask for it as pcapng'],
  ['a1b2c3cb', 'a libpcap filter program, which holds no packets'],
  ['cbc3b2a1', 'a libpcap filter program, which holds no packets'],
  [
    '0d0a0d0d0d0a',
    'pcapng that came through a terminal, which put 0d before every 0a: capture it again without one (leave -t out with kubectl, docker and ssh)',
  ],
  [
    '0a0d0a',
    'pcapng in which every 0d 0a became 0a, as in a text file: copy it again as binary (FTP: binary)',
  ],
  ['1f8b', 'gzip inside a compressed file: decompress it once first'],
  ['28b52ffd', 'zstd inside a compressed file: decompress it once first'],
];

/** ERF's record header of Endace's cards: a time in 1/2^32 seconds, little-endian; type, flags; lengths, big-endian. */
const ERF_HEADER = 16;
const ERF_MOST_TYPE = 48;
/** From 1995 to 2040. */
const ERF_SECONDS = [788_918_400, 2_208_988_800] as const;

/**
 * @param head the file's first bytes
 * @returns words for what it is that go on behind "this is", with what to do; undefined if it is not known
 */
export function otherFormat(head: Uint8Array): string | undefined {
  const hex = Buffer.from(head).toString('hex');
  const other = OTHERS.find(([start]) => hex.startsWith(start));
  if (other !== undefined) return other[1];
  const [, name, command = PLAIN] = OF_WIRESHARK.find(([start]) => hex.startsWith(start)) ?? [];
  if (name !== undefined) return `${name}: ${advice(command)}`;
  const text = asText(head);
  if (text !== undefined) return otherText(text);
  return isErf(head) ? `probably a capture of Endace’s cards (ERF): ${advice(AS_ETHERNET)}` : undefined;
}

function advice(command: string): string {
  return `convert it to pcapng first with Wireshark’s editcap (${command})`;
}

/** The words that a file begins with; undefined if it holds anything but text. */
function asText(head: Uint8Array): string | undefined {
  const text = Buffer.from(head).toString('latin1');
  return /^[\t\n\r -~]+$/.test(text) ? text : undefined;
}

/** Bytes one by one, as od -Ax -tx1, hexdump -C and tshark -x print them. Without -a text2pcap takes letters for bytes, with it bytes for letters. */
const HEX_DUMP = /^\s*0{4,}:?\s+[\da-f]{2}[ \t]+[\da-f]{2}\s/i;
/** In groups of several, which text2pcap does not read. */
const XXD_DUMP = /^0{8}: (?:[\da-f]{2}){2,} /i;

function otherText(text: string): string {
  if (HEX_DUMP.test(text)) {
    return 'a hex dump: convert it to a capture first with Wireshark’s text2pcap (text2pcap FILE OUT.pcap; add -a if characters follow the bytes, -l 101 if an IP header comes first)';
  }
  if (XXD_DUMP.test(text)) {
    return 'a hex dump by xxd: convert it back to bytes first (xxd -r FILE OUT.pcap); if these are a packet, not a capture: xxd -r FILE | od -v -Ax -tx1 | text2pcap - OUT.pcap';
  }
  const words = text.trim().replace(/\s+/g, ' ');
  return `text that begins with "${words}": save packets as a capture, with tcpdump -w FILE or tshark -w FILE`;
}

/** ERF has no magic number: a plausible time, type and length must do. */
function isErf(head: Uint8Array): boolean {
  if (head.length < ERF_HEADER) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const seconds = view.getUint32(4, true);
  const type = view.getUint8(8) & 0x7f;
  const [recordLength, wireLength] = [view.getUint16(10), view.getUint16(14)];
  return (
    seconds >= ERF_SECONDS[0] &&
    seconds <= ERF_SECONDS[1] &&
    type >= 1 &&
    type <= ERF_MOST_TYPE &&
    recordLength > ERF_HEADER &&
    wireLength > 0
  );
}

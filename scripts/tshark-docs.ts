import {
  FIELD_FORMS,
  FILTER_DIFFERENCES,
  type Outcome,
  PARTIAL_CHECKSUM,
  REFUSED_SINCE_4_4,
  TSHARK_VERSIONS,
  type TsharkVersion,
} from '../src/output/tshark-versions.ts';
import { KNOWN_DIFFERENCES } from '../test/support/known-differences.ts';

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const byVersion = (cell: (version: TsharkVersion) => string): string[] => TSHARK_VERSIONS.map(cell);
const WORDS: Readonly<Record<Outcome, string>> = {
  same: 'the same',
  refused: 'refused',
  'other packets': 'other packets',
};

/** docs/tshark.md, from the one table of versions and the tests' list of known differences. */
export function tsharkDocs(): string {
  const versions = [row('', ...TSHARK_VERSIONS), row('---', ...TSHARK_VERSIONS.map(() => '---'))];
  const forms = [
    row('a boolean', ...byVersion((version) => FIELD_FORMS[version].booleans.map(code).join(', '))),
    row(
      'a separator inside a column, without `-E quote=`',
      ...byVersion((version) => (FIELD_FORMS[version].escapes ? 'a backslash before it' : 'as it is')),
    ),
    row(
      'a quote inside `-E quote=d`',
      ...byVersion((version) => (FIELD_FORMS[version].escapes ? 'doubled' : 'as it is')),
    ),
    row(
      '`udp.checksum.status` of what offload leaves to the card (4 here: partial)',
      ...byVersion((version) => code(PARTIAL_CHECKSUM[version])),
    ),
    row(
      '`frame.time`',
      ...byVersion((version) =>
        code(
          FIELD_FORMS[version].dates === 'words'
            ? 'Nov 22, 2026 17:10:32.100405000 CET'
            : '2026-11-22T17:10:32.100405000+0100',
        ),
      ),
    ),
    row(
      '`frame.time_delta`, `frame.time_delta_displayed` of the first packet',
      ...byVersion((version) => (FIELD_FORMS[version].firstDelta === 'zero' ? '`0.000000000`' : 'nothing')),
    ),
    row('`frame.time_utc`', 'no such field', 'as `frame.time`, in UTC', 'ends in `Z`'),
    row('a backslash in a text', 'as it is', 'doubled', 'doubled'),
  ];
  const filters = FILTER_DIFFERENCES.map(({ what, here, expressions, outcomes }) =>
    row(
      `**${what}.** ${here}<br>${expressions.map(code).join(', ')}`,
      ...byVersion((version) => WORDS[outcomes[version]]),
    ),
  );
  const decoding = KNOWN_DIFFERENCES.map(({ reason, versions: some }) =>
    some === undefined ? `- ${reason}.` : `- ${reason}. (${some.join(', ')})`,
  );
  return `<!-- Made by npm run docs:tshark out of src/output/tshark-versions.ts and test/support/known-differences.ts: edit those. -->
# Beside tshark

“As tshark prints” means tshark 4.4, which Debian 13 has. Debian 12's 4.0 and the newer 4.6 differ from it, and from tunnelscope, in what is listed here. The tests choose
what they expect by the tshark that they meet, from the same table; \`TSHARK=/path/to/tshark\` names another one.

## \`-T fields\`

What 4.4 prints is what tunnelscope prints, but for what says otherwise.

${[...versions, ...forms].join('\n')}

- Checksums are always verified, as with \`-o ip.check_checksum:TRUE\` and its like.
- What only later packets tell (\`icmp.resp_in\`, \`icmp.no_resp\`, \`dns.response_in\`) is known of files, as with \`tshark -2\`: every command that takes \`-Y\` reads
  them twice. Of streams and live captures it is not, which is said in a line; the screen knows it once all packets are there. All others are told by earlier packets, and always known.
- \`icmp.resp_to\` and its like match as Wireshark does: by the two addresses, identifier, sequence number and checksum. Which way a message goes, and through which
  tunnel, is not looked at; what \`verify\` and the screen say of pings is.
- \`tcp.stream\`, \`tcp.window_size\`, \`tcp.analysis.initial_rtt\` and \`tcp.analysis.flags\` with what it counts (\`retransmission\`, \`fast_retransmission\`,
  \`spurious_retransmission\`, \`out_of_order\`, \`lost_segment\`, \`ack_lost_segment\`, \`duplicate_ack\`, \`keep_alive\`, \`zero_window\`, \`window_update\`,
  \`window_full\`, \`reused_ports\` and their like), \`udp.stream\` and \`dns.time\` are what tshark 4.0 says in one pass, also where a capture has a packet at several interfaces, which
  counts as sent again then. Beside that:
  - \`tshark -2\` has \`tcp.analysis.initial_rtt\` on the SYN-ACK too, before the ACK that ends the handshake has come.
  - \`-e tcp.analysis.duplicate_ack\` is \`1\`, where tshark prints \`1,1\`, as it has two things of that name.
  - \`dns.time\` is of UDP port 53: multicast DNS and DNS over TCP have none.
  - Behind a home address or a routing header, tshark counts the address there to the conversation; here it is IPv6's own.
  - A TCP header that an ICMP error cuts before its end is in no stream.
  - Of Multipath TCP nothing is known: tshark takes some of its acknowledgments for no duplicates.
  - 131,072 TCP connections and a million UDP conversations and DNS queries are remembered, 1,000 unacknowledged segments of each direction, and a million of all: what comes of older
    ones is a new stream.
- \`frame.time\` is in this machine's time zone, or \`TZ\`'s. The zone's short name is the C library's where English has one, and hours from Greenwich elsewhere.
- \`_ws.malformed\` and \`_ws.short\` go by what is found malformed and cut off here, a value for each; tshark stops at the first.
- Names are never looked up: \`ip.host\` and its like are addresses.

## Display filters

What each version makes of an expression that tunnelscope understands as said:

${[...versions, ...filters].join('\n')}

Refused here as since 4.4, and understood by 4.0: ${REFUSED_SINCE_4_4.map(code).join(', ')}.

- A slice that starts or ends behind a header reads on into what the header carries; in tshark it ends with the header.
- A protocol that Wireshark decodes and tunnelscope does not (\`tls\`, \`igmp\`, \`ospf\`), and all of its fields, match nothing, with one warning. So \`!tls\` lets every packet pass.
- \`ip.fragment\` and \`ipv6.fragment\` have the numbers of the packets that were put together, in the packet that completed them; \`_ws.malformed\` and \`_ws.short\` can be used alone.
  They take no \`#\` and no side of a tunnel.
- \`@\` before a name, macros, references to the selected packet (\`\${…}\`) and the functions of Wireshark's plugins (\`ip_private()\`) are not understood.

## Decoding

Where the same packet is read otherwise, on purpose; behind some the versions that differ so, all where none is named. [protocols.md](protocols.md) has what is not read at all.

${decoding.join('\n')}
`;
}

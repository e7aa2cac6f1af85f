/** docs/protocols.md as text: what the registry says of each protocol, and what is written by hand about what is missing. */
import { readFileSync } from 'node:fs';
import { filterName } from '../src/decode/field-reading.ts';
import type { Attachment, Field, Protocol } from '../src/decode/protocol.ts';
import { protocols } from '../src/decode/registry.ts';

const TABLES: Readonly<Record<string, string>> = {
  link: 'link type',
  ethertype: 'EtherType',
  'ip.proto': 'IP protocol',
  'udp.port': 'UDP port',
  'llc.dsap': 'LLC SAP',
  'gre.proto': 'GRE protocol type',
  'ppp.protocol': 'PPP protocol',
  'mpls.payload': 'after MPLS labels, first four bits',
};
const IN_HEXADECIMAL: readonly string[] = ['ethertype', 'llc.dsap', 'gre.proto', 'ppp.protocol'];

function attachmentText(attachment: Attachment): string {
  if (attachment.table === 'udp.guess' || attachment.table === 'udp.prelude') {
    return 'any UDP port, if the bytes prove it';
  }
  if (attachment.table === 'tcp.guess') return 'any TCP port, if the bytes prove it';
  if (attachment.table === 'ip.guess') return 'IP in IP, if the bytes prove it';
  if (attachment.table === 'decode-as') return `\`-d udp.port==PORT,${attachment.name}\``;
  const values = attachment.values.map((value) =>
    IN_HEXADECIMAL.includes(attachment.table) ? `0x${value.toString(16).padStart(4, '0')}` : String(value),
  );
  const opens = attachment.tunnel === undefined ? '' : ' (opens a tunnel)';
  return `${TABLES[attachment.table]} ${values.join(', ')}${opens}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function fieldRow(protocol: Protocol, field: Field): string {
  const key = field.itemsKey === undefined ? field.key : `${field.itemsKey}[].${field.key}`;
  const where = field.hidden === true ? 'filters, `-e`' : `\`${key}\``;
  return `| \`${filterName(protocol, field)}\` | ${cell(field.label)} | ${field.kind} | ${where} | ${cell(field.about)} |`;
}

/** Fields by filter name: a name that repeats, for several options or addresses, is listed once. */
function fieldRows(protocol: Protocol): string[] {
  const rows = new Map<string, string>();
  for (const field of protocol.fields) {
    const name = filterName(protocol, field);
    if (!rows.has(name)) rows.set(name, fieldRow(protocol, field));
  }
  return [...rows.values()];
}

function section(protocol: Protocol): string {
  const attached = [...new Set(protocol.attach.map(attachmentText))];
  const lines = [`### ${protocol.title} (\`${protocol.name}\`)`, '', protocol.about, ''];
  if (protocol.reference !== '') lines.push(`Specified in: ${protocol.reference}.`);
  if (attached.length > 0) lines.push(`Attached to: ${attached.join('; ')}.`);
  if (protocol.reference !== '' || attached.length > 0) lines.push('');
  const rows = fieldRows(protocol);
  if (rows.length > 0) {
    lines.push(
      '| Filter name | Field | Kind | JSON key | What it is |',
      '|---|---|---|---|---|',
      ...rows,
      '',
    );
  }
  return lines.join('\n');
}

export function protocolDocs(): string {
  const whole = protocols.filter(({ isPartial }) => isPartial !== true);
  return [
    '# Protocols',
    '',
    `<!-- Made by \`npm run docs:protocols\` from the protocols' descriptions and docs/not-supported.md: edit those. -->`,
    '',
    `tunnelscope decodes ${whole.length - 1} protocols. Filter names are Wireshark's, and work with \`-e\`; the JSON key is`,
    'below its layer. A field without a JSON key is available only by its filter name.',
    '',
    readFileSync('docs/not-supported.md', 'utf8').trimEnd(),
    '',
    '## What is decoded',
    '',
    ...whole.map(section),
  ].join('\n');
}

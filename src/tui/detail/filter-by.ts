/** A display filter out of what is selected. */
import { filterName } from '../../decode/field-reading.ts';
import { tunnelKinds } from '../../decode/tunnel.ts';
import type { Tunnel } from '../../exchange/tunnel.ts';
import { findRow, type Outline, type OutlineRow } from '../../output/outline.ts';
import type { Shown } from '../context.ts';

/** Packets between two addresses, either way, in any of their headers. */
export function endsFilter(a: string, b: string): string {
  return [a, b].map((address) => `${address.includes(':') ? 'ipv6' : 'ip'}.addr == ${address}`).join(' && ');
}

/** Packets in these tunnels, either way, and in no others: `ip.addr == … && udp.port == 4789 && vxlan.vni == 42 && level == 1`. */
export function tunnelsFilter(tunnels: readonly Tunnel[]): string {
  const parts = tunnels.flatMap((tunnel) => [
    ...outsideParts(tunnel),
    ...(identifierPart(tunnel) === undefined ? [`tunnel == "${tunnel.kind}"`] : []),
  ]);
  return [...parts, `level == ${tunnels.length}`].join(' && ');
}

/** The same, with the errors that quote such packets, which are in no tunnel themselves. */
export function outsidesFilter(tunnels: readonly Tunnel[]): string {
  return tunnels.flatMap(outsideParts).join(' && ');
}

/** `vxlan.vni == 42`, `gre.key == 7`; of a TEID none, as the other direction has another. */
function identifierPart(tunnel: Tunnel): string | undefined {
  const known = tunnelKinds.find(({ name }) => name === tunnel.kind);
  const name = known?.identifier;
  const value = name === undefined || name === 'teid' ? undefined : tunnel[name];
  return known?.filter === undefined || value === undefined ? undefined : `${known.filter} == ${value}`;
}

function outsideParts(tunnel: Tunnel): string[] {
  const { src, dst, dstport } = tunnel;
  const identifier = identifierPart(tunnel);
  return [
    ...(src === undefined || dst === undefined ? [] : [endsFilter(src, dst)]),
    ...(dstport === undefined ? [] : [`udp.port == ${dstport}`]),
    ...(identifier === undefined ? [] : [identifier]),
  ];
}

/** The packets of the selected one's connection or flow, by both its ends and ports, in whichever tunnels and at whichever interface. */
export function connectionFilter(outline: Outline | undefined): string | undefined {
  const layers = outline?.layers ?? [];
  const at = layers.findLastIndex(({ isNetwork }) => isNetwork);
  const network = layers[at];
  // Behind the innermost addresses: around a ping, a tunnel's UDP is not its own.
  const layer = layers.slice(at + 1).find(({ protocol }) => protocol === 'tcp' || protocol === 'udp');
  const textOf = (of: typeof layer, key: string) => {
    const row = of?.fields.find((field) => field.key === key);
    return row && literal(row);
  };
  const [src, dst] = ['src', 'dst'].map((key) => textOf(network, key));
  const ports = ['srcport', 'dstport'].map((key) => textOf(layer, key));
  if (layer === undefined || src === undefined || dst === undefined || ports.includes(undefined))
    return undefined;
  return `${endsFilter(src, dst)} && ${ports.map((port) => `${layer.protocol}.port == ${port}`).join(' && ')}`;
}

/** The selected field as a filter, `ip.src#2 == 172.16.0.2`; in the list, the innermost two ends. */
export function filterBy(shown: Shown): string | undefined {
  const outline = shown.outline();
  if (outline === undefined) return undefined;
  const { pane, cursor } = shown.state;
  const row = pane === 'list' ? undefined : findRow(outline, cursor);
  return row === undefined ? selectedEndsFilter(outline) : rowFilter(outline, row);
}

function selectedEndsFilter(outline: Outline): string | undefined {
  const layer = outline.layers.findLast(({ isNetwork }) => isNetwork);
  const ends = ['src', 'dst'].map((key) => layer?.fields.find((field) => field.key === key));
  const [source, destination] = ends.map((row) => row && comparison(outline, row, 'addr'));
  return source && destination && `${source} && ${destination}`;
}

/** @returns a filter that Wireshark understands too, but for protocols and fields that only tunnelscope has */
function rowFilter(outline: Outline, row: OutlineRow): string {
  return comparison(outline, row) ?? `${row.protocol}${occurrence(outline, row)}`;
}

/** The selected field’s name as a filter has it, `ip.ttl#2`; undefined where none is selected. */
export function selectedName(shown: Shown): string | undefined {
  const outline = shown.outline();
  const { pane, cursor } = shown.state;
  const row = outline === undefined || pane === 'list' ? undefined : findRow(outline, cursor);
  if (outline === undefined || row?.field === undefined) return undefined;
  return `${filterName(row.description, row.field)}${occurrence(outline, row)}`;
}

function comparison(outline: Outline, row: OutlineRow, key?: string): string | undefined {
  const { field, description } = row;
  if (field === undefined) return undefined;
  const value = literal(row);
  const name = key === undefined ? filterName(description, field) : `${description.name}.${key}`;
  return value === undefined ? undefined : `${name}${occurrence(outline, row)} == ${value}`;
}

/** `#2` for the second layer of its protocol in a packet that has several. */
function occurrence(outline: Outline, row: OutlineRow): string {
  const same = outline.layers.filter(({ protocol }) => protocol === row.protocol);
  if (same.length < 2) return '';
  const at = same.findIndex(({ level, title }) => level === row.level && title.occurrence === row.occurrence);
  return `#${at + 1}`;
}

/** A field's value as a filter writes it; undefined if it is not all there to be read. */
function literal({ field, value }: OutlineRow): string | undefined {
  switch (field?.kind) {
    case 'boolean':
      return value === 'Set' ? '1' : '0';
    case 'uint':
    case 'hex':
      // "UDP (17)", "0x407d good", "64".
      return /\((0x[0-9a-f]+|\d+)\)/.exec(value)?.[1] ?? /^(0x[0-9a-f]+|-?\d+)/.exec(value)?.[1];
    case 'bytes':
      return value === '' || value.endsWith('…') ? undefined : value.replace(/..(?=.)/g, '$&:');
    case 'text':
      return value.endsWith('…') ? undefined : `"${value.replaceAll('"', '\\"')}"`;
    case 'status':
      return `"${value}"`;
    case undefined:
      return undefined;
    default:
      return value;
  }
}

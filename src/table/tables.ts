/** The tables that captures are exported to, and their columns: names are those of the filters where there are such. docs/scale.md has what each means. */
import { AddressColumn } from './address-column.ts';
import type { Column } from './column.ts';
import { BooleanColumn, LongColumn, NumberColumn } from './number-columns.ts';
import { ConstantColumn, KeyColumn, TextColumn } from './text-columns.ts';

/** Goes up when a column leaves or means something else; a new column is no new version. */
export const SCHEMA_VERSION = 1;

export const TABLE_NAMES = ['packets', 'pings', 'sightings'] as const;
export type TableName = (typeof TABLE_NAMES)[number];

const constant = (name: string) => new ConstantColumn(name);
const text = (name: string) => new TextColumn(name);
const number = (name: string) => new NumberColumn(name);
const long = (name: string) => new LongColumn(name);
const time = (name: string) => new LongColumn(name, true);
const address = (name: string) => new AddressColumn(name);

/** What one packet is. */
export class PacketColumns {
  readonly capture = constant('capture');
  readonly node = constant('node');
  readonly interface = text('interface');
  readonly number = long('number');
  readonly time = time('time');
  readonly length = number('length');
  readonly capturedLength = number('captured_length');
  readonly depth = number('depth');
  readonly tunnel = text('tunnel');
  readonly tunnelBy = text('tunnel_by');
  readonly vni = number('vni');
  readonly tunnelId = number('tunnel_id');
  readonly outerSrc = address('outer_src');
  readonly outerDst = address('outer_dst');
  readonly outerProto = number('outer_proto');
  readonly outerSrcport = number('outer_srcport');
  readonly outerDstport = number('outer_dstport');
  readonly outerTtl = number('outer_ttl');
  readonly src = address('src');
  readonly dst = address('dst');
  readonly proto = number('proto');
  readonly srcport = number('srcport');
  readonly dstport = number('dstport');
  readonly ttl = number('ttl');
  readonly icmpType = number('icmp_type');
  readonly icmpCode = number('icmp_code');
  readonly ident = number('ident');
  readonly seq = number('seq');
  readonly tcpFlags = number('tcp_flags');
  readonly tcpSeq = number('tcp_seq');
  readonly tcpAck = number('tcp_ack');
  readonly tcpLen = number('tcp_len');
  readonly issue = text('issue');
  readonly checksumStatus = text('checksum_status');
  readonly tunnels = text('tunnels');
  readonly ping = long('ping');
}

/** What became of one request. */
export class PingColumns {
  readonly capture = constant('capture');
  readonly node = constant('node');
  readonly number = long('number');
  readonly src = text('src');
  readonly dst = text('dst');
  readonly kind = text('kind');
  readonly ident = number('ident');
  readonly seq = number('seq');
  readonly sent = time('sent');
  readonly rttNs = long('rtt_ns');
  readonly answered = new BooleanColumn('answered');
  readonly duplicates = number('duplicates');
  readonly tunnel = text('tunnel');
  readonly vni = number('vni');
  readonly tunnelId = number('tunnel_id');
  readonly outerSrc = text('outer_src');
  readonly outerDst = text('outer_dst');
  readonly replyTunnel = text('reply_tunnel');
  readonly error = text('error');
  readonly lastSeenDirection = text('last_seen_direction');
  readonly lastSeenPoint = text('last_seen_point');
  readonly tunnels = text('tunnels');
  readonly ttl = number('ttl');
}

/** One ping at one point. */
export class SightingColumns {
  readonly key = new KeyColumn('key');
  readonly direction = text('direction');
  readonly capture = constant('capture');
  readonly node = constant('node');
  readonly point = text('point');
  readonly time = time('time');
  readonly src = text('src');
  readonly dst = text('dst');
  readonly ident = number('ident');
  readonly seq = number('seq');
  readonly ttl = number('ttl');
  readonly outerTtl = number('outer_ttl');
  readonly tunnel = text('tunnel');
  readonly vni = number('vni');
  readonly tunnelId = number('tunnel_id');
  readonly copies = number('copies');
}

/** A table's columns in the order of the file, each address with its 16 bytes behind it. */
export function inOrder(columns: PacketColumns | PingColumns | SightingColumns): Column[] {
  return Object.values(columns).flatMap((column: Column) =>
    column instanceof AddressColumn ? [column, column.twin] : [column],
  );
}

-- Tables for what `tunnelscope export` writes, and how long ClickHouse keeps each: packets for days, pings and sightings for months. Run once.
-- Then the views of sql/views.sql hold over them.

CREATE TABLE IF NOT EXISTS packets
(
  capture LowCardinality(String), node LowCardinality(String), interface LowCardinality(Nullable(String)),
  number Int64, time DateTime64(9), length UInt32, captured_length UInt32, depth UInt32,
  tunnel LowCardinality(Nullable(String)), tunnel_by LowCardinality(Nullable(String)), vni Nullable(UInt32), tunnel_id Nullable(UInt32),
  outer_src LowCardinality(Nullable(String)), outer_dst LowCardinality(Nullable(String)),
  outer_proto Nullable(UInt32), outer_srcport Nullable(UInt32), outer_dstport Nullable(UInt32), outer_ttl Nullable(UInt32),
  src LowCardinality(Nullable(String)), dst LowCardinality(Nullable(String)),
  proto Nullable(UInt32), srcport Nullable(UInt32), dstport Nullable(UInt32), ttl Nullable(UInt32),
  icmp_type Nullable(UInt32), icmp_code Nullable(UInt32), ident Nullable(UInt32), seq Nullable(UInt32),
  tcp_flags Nullable(UInt32), tcp_seq Nullable(UInt32), tcp_ack Nullable(UInt32), tcp_len Nullable(UInt32),
  issue LowCardinality(Nullable(String)), checksum_status LowCardinality(Nullable(String)),
  tunnels LowCardinality(Nullable(String)), ping Nullable(Int64)
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (node, time)
TTL toDateTime(time) + INTERVAL 3 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS pings
(
  capture LowCardinality(String), node LowCardinality(String), number Int64,
  src LowCardinality(String), dst LowCardinality(String), kind LowCardinality(String), ident UInt32, seq UInt32,
  sent DateTime64(9), rtt_ns Nullable(Int64), answered Bool, duplicates UInt32,
  tunnel LowCardinality(Nullable(String)), vni Nullable(UInt32), tunnel_id Nullable(UInt32),
  outer_src LowCardinality(Nullable(String)), outer_dst LowCardinality(Nullable(String)),
  reply_tunnel LowCardinality(Nullable(String)), error LowCardinality(Nullable(String)),
  last_seen_direction LowCardinality(Nullable(String)), last_seen_point LowCardinality(Nullable(String)),
  tunnels LowCardinality(Nullable(String)), ttl Nullable(UInt32)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(sent)
ORDER BY (src, dst, sent)
TTL toDateTime(sent) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS sightings
(
  key String, direction LowCardinality(String), capture LowCardinality(String), node LowCardinality(String), point LowCardinality(String),
  time DateTime64(9), src LowCardinality(String), dst LowCardinality(String), ident UInt32, seq UInt32,
  ttl UInt32, outer_ttl Nullable(UInt32), tunnel LowCardinality(Nullable(String)), vni Nullable(UInt32), tunnel_id Nullable(UInt32),
  copies UInt32
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (src, dst, key, time)
TTL toDateTime(time) + INTERVAL 14 DAY
SETTINGS ttl_only_drop_parts = 1;

-- What `tunnelscope verify` and `tunnelscope path` say, out of exported tables: in SQL that DuckDB, ClickHouse and Spark share.
-- Expects the tables (or views) packets, pings and sightings; docs/scale.md says how to name files so.

-- Columns are named with their table throughout: in ClickHouse, a bare name is an alias of the same SELECT first.

-- A row a path, as in `paths` of `verify -T json`. Round trips are nanoseconds. Of traceroute and mtr, the answer of a router where hops ran
-- out is what they asked for: requests that ran out had 30 hops at most, and fewer than all that the destination answered.
CREATE OR REPLACE VIEW verify_paths AS
SELECT
  w.capture AS capture, w.node AS node, w.tunnels AS tunnels, w.src AS src, w.dst AS dst, w.ident AS ident,
  w.requests AS requests,
  CASE WHEN w.most_expired <= 30 AND w.most_expired < w.least_arrived THEN w.arrived + w.expired ELSE w.arrived END AS answered,
  CASE WHEN w.most_expired <= 30 AND w.most_expired < w.least_arrived THEN w.missing - w.expired ELSE w.missing END AS unanswered,
  w.duplicates AS duplicates,
  w.rtt_min_ns AS rtt_min_ns, w.rtt_average_ns AS rtt_average_ns, w.rtt_max_ns AS rtt_max_ns, w.rtt_stddev_ns AS rtt_stddev_ns
FROM (
  SELECT
    e.capture AS capture, e.node AS node, e.tunnels AS tunnels, e.src AS src, e.dst AS dst, e.ident AS ident,
    count(*) AS requests,
    sum(e.is_answered) AS arrived,
    sum(1 - e.is_answered) AS missing,
    sum(e.is_expired) AS expired,
    max(CASE WHEN e.is_expired = 1 THEN e.ttl END) AS most_expired,
    min(CASE WHEN e.is_answered = 1 THEN e.ttl END) AS least_arrived,
    sum(e.duplicates) AS duplicates,
    min(e.rtt_ns) AS rtt_min_ns,
    avg(e.rtt_ns) AS rtt_average_ns,
    max(e.rtt_ns) AS rtt_max_ns,
    stddev_pop(e.rtt_ns) AS rtt_stddev_ns
  FROM (
    SELECT
      p.capture AS capture, p.node AS node, p.tunnels AS tunnels, p.src AS src, p.dst AS dst, p.ident AS ident,
      p.ttl AS ttl, p.duplicates AS duplicates, p.rtt_ns AS rtt_ns,
      CASE WHEN p.answered THEN 1 ELSE 0 END AS is_answered,
      CASE WHEN NOT p.answered AND (p.error LIKE 'icmp 11/0 %' OR p.error LIKE 'icmpv6 3/0 %') THEN 1 ELSE 0 END AS is_expired
    FROM pings AS p
  ) AS e
  GROUP BY e.capture, e.node, e.tunnels, e.src, e.dst, e.ident
) AS w;

-- A row a capture: its totals, and the verdict where nothing else is expected. A capture without a ping fails.
CREATE OR REPLACE VIEW verify_captures AS
SELECT
  seen.capture AS capture, seen.node AS node, seen.packets AS packets,
  coalesce(told.requests, 0) AS requests,
  coalesce(told.answered, 0) AS answered,
  coalesce(told.unanswered, 0) AS unanswered,
  coalesce(told.duplicates, 0) AS duplicates,
  CASE WHEN told.requests > 0 AND told.unanswered = 0 THEN 'pass' ELSE 'fail' END AS verdict
FROM (SELECT k.capture AS capture, k.node AS node, count(*) AS packets FROM packets AS k GROUP BY k.capture, k.node) AS seen
LEFT JOIN (
  SELECT
    v.capture AS capture, v.node AS node,
    sum(v.requests) AS requests, sum(v.answered) AS answered,
    sum(v.unanswered) AS unanswered, sum(v.duplicates) AS duplicates
  FROM verify_paths AS v
  GROUP BY v.capture, v.node
) AS told ON told.capture = seen.capture AND told.node = seen.node;

-- The packets of pings, each with its place among those of its ping and direction: where they are inside of most tunnels is where times are
-- taken. Of a request in fragments, the first one tells that it was sent, and the last one when.
CREATE OR REPLACE VIEW ping_packets AS
SELECT
  e.capture AS capture, e.node AS node, e.ping AS ping, e.is_reply AS is_reply, e.number AS number, e.time AS time,
  e.src AS src, e.dst AS dst, e.ident AS ident, e.seq AS seq, e.is_bad AS is_bad,
  row_number() OVER (
    PARTITION BY e.capture, e.node, e.ping, e.is_reply ORDER BY e.is_piece, e.depth DESC, e.time, e.number
  ) AS place,
  row_number() OVER (
    PARTITION BY e.capture, e.node, e.ping, e.is_reply, e.is_piece, e.interface, e.depth, e.tunnel, e.vni, e.tunnel_id,
      e.outer_src, e.outer_dst, e.ttl
    ORDER BY e.number
  ) AS copy
FROM (
  SELECT
    k.capture, k.node, k.ping, k.number, k.time, k.src, k.dst, k.ident, k.seq,
    k.interface, k.depth, k.tunnel, k.vni, k.tunnel_id, k.outer_src, k.outer_dst, k.ttl,
    CASE WHEN k.icmp_type = 0 OR k.icmp_type = 129 THEN 1 ELSE 0 END AS is_reply,
    CASE WHEN k.icmp_type IS NULL THEN 1 ELSE 0 END AS is_piece,
    CASE WHEN k.checksum_status = 'bad' THEN 1 ELSE 0 END AS is_bad
  FROM packets AS k
  WHERE k.ping IS NOT NULL
) AS e;

-- A row a ping, from packets alone. What no packet tells of itself is not known here: that
-- an ICMP error refused a reply, or that a reply was seen on its way only and never came back.
CREATE OR REPLACE VIEW packet_pings AS
SELECT
  asked.capture AS capture, asked.node AS node, asked.number AS number,
  asked.src AS src, asked.dst AS dst, asked.ident AS ident, asked.seq AS seq, asked.time AS sent,
  CASE WHEN back.good > 0 THEN 1 ELSE 0 END AS answered,
  back.time AS replied,
  CASE WHEN back.copies > 1 THEN back.copies - 1 ELSE 0 END AS duplicates
FROM ping_packets AS asked
LEFT JOIN (
  SELECT
    r.capture AS capture, r.node AS node, r.ping AS ping, max(r.copy) AS copies,
    sum(CASE WHEN r.is_bad = 0 THEN 1 ELSE 0 END) AS good,
    min(CASE WHEN r.place = 1 THEN r.time END) AS time
  FROM ping_packets AS r
  WHERE r.is_reply = 1
  GROUP BY r.capture, r.node, r.ping
) AS back ON back.capture = asked.capture AND back.node = asked.node AND back.ping = asked.ping
WHERE asked.is_reply = 0 AND asked.place = 1;

-- A row a point: how many pings and replies were seen there, as in `points` of `path -T json`.
CREATE OR REPLACE VIEW path_points AS
SELECT
  node, point,
  sum(CASE WHEN direction = 'request' THEN 1 ELSE 0 END) AS requests,
  sum(CASE WHEN direction = 'reply' THEN 1 ELSE 0 END) AS replies
FROM sightings
GROUP BY node, point;

-- A row a ping that was seen on its way there, on all nodes together: where it was seen first, and where last. Goes by the nodes' clocks:
-- they are to be set by NTP or PTP to less than what a hop takes.
CREATE OR REPLACE VIEW path_pings AS
SELECT
  pings_seen.key AS key,
  pings_seen.src AS src, pings_seen.dst AS dst, pings_seen.ident AS ident, pings_seen.seq AS seq,
  pings_seen.node AS first_node, pings_seen.point AS first_point,
  last_seen.direction AS last_direction, last_seen.node AS last_node, last_seen.point AS last_point,
  CASE WHEN back.seen > 0 THEN 1 ELSE 0 END AS answered
FROM (
  SELECT *, row_number() OVER (PARTITION BY key ORDER BY time, ttl DESC, node, point) AS place
  FROM sightings WHERE direction = 'request'
) AS pings_seen
JOIN (
  -- A reply is behind every request, however the clocks go: 'reply' is less than 'request'.
  SELECT *, row_number() OVER (PARTITION BY key ORDER BY direction, time DESC, ttl, node, point) AS place
  FROM sightings
) AS last_seen ON last_seen.key = pings_seen.key AND last_seen.place = 1
LEFT JOIN (
  -- What is not there is null in most engines, and 0 in ClickHouse.
  SELECT s.key AS key, s.node AS node, s.point AS point, count(*) AS seen
  FROM sightings AS s WHERE s.direction = 'reply' GROUP BY s.key, s.node, s.point
) AS back ON back.key = pings_seen.key AND back.node = pings_seen.node AND back.point = pings_seen.point
WHERE pings_seen.place = 1;

-- Lost pings by where they were seen last, as in `lost` of `path -T json`.
CREATE OR REPLACE VIEW path_lost AS
SELECT src, dst, last_direction, last_node, last_point, count(*) AS pings
FROM path_pings
WHERE answered = 0
GROUP BY src, dst, last_direction, last_node, last_point;

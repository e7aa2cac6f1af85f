-- What `tunnelscope verify` and `tunnelscope path` say, out of exported tables: in SQL that DuckDB, ClickHouse and Spark share.
-- Expects the tables (or views) packets, pings and sightings; docs/scale.md says how to name files so.

-- A row a path, as in `paths` of `verify -T json`. Round trips are nanoseconds.
CREATE OR REPLACE VIEW verify_paths AS
SELECT
  capture, node, tunnels, src, dst, ident,
  count(*) AS requests,
  sum(CASE WHEN answered THEN 1 ELSE 0 END) AS answered,
  sum(CASE WHEN answered THEN 0 ELSE 1 END) AS unanswered,
  sum(duplicates) AS duplicates,
  min(rtt_ns) AS rtt_min_ns,
  avg(rtt_ns) AS rtt_average_ns,
  max(rtt_ns) AS rtt_max_ns,
  stddev_pop(rtt_ns) AS rtt_stddev_ns
FROM pings
GROUP BY capture, node, tunnels, src, dst, ident;

-- A row a capture: its totals, and the verdict where nothing else is expected. A capture without a ping fails.
CREATE OR REPLACE VIEW verify_captures AS
SELECT
  seen.capture AS capture, seen.node AS node, seen.packets AS packets,
  coalesce(told.requests, 0) AS requests,
  coalesce(told.answered, 0) AS answered,
  coalesce(told.unanswered, 0) AS unanswered,
  coalesce(told.duplicates, 0) AS duplicates,
  CASE WHEN told.requests > 0 AND told.unanswered = 0 THEN 'pass' ELSE 'fail' END AS verdict
FROM (SELECT capture, node, count(*) AS packets FROM packets GROUP BY capture, node) AS seen
LEFT JOIN (
  SELECT
    capture, node,
    sum(requests) AS requests, sum(answered) AS answered,
    sum(unanswered) AS unanswered, sum(duplicates) AS duplicates
  FROM verify_paths
  GROUP BY capture, node
) AS told ON told.capture = seen.capture AND told.node = seen.node;

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
  CASE WHEN back.key IS NULL THEN 0 ELSE 1 END AS answered
FROM (
  SELECT *, row_number() OVER (PARTITION BY key ORDER BY time, ttl DESC) AS place
  FROM sightings WHERE direction = 'request'
) AS pings_seen
JOIN (
  -- A reply is behind every request, however the clocks go: 'reply' is less than 'request'.
  SELECT *, row_number() OVER (PARTITION BY key ORDER BY direction, time DESC, ttl) AS place
  FROM sightings
) AS last_seen ON last_seen.key = pings_seen.key AND last_seen.place = 1
LEFT JOIN (
  SELECT DISTINCT key, node, point FROM sightings WHERE direction = 'reply'
) AS back ON back.key = pings_seen.key AND back.node = pings_seen.node AND back.point = pings_seen.point
WHERE pings_seen.place = 1;

-- Lost pings by where they were seen last, as in `lost` of `path -T json`.
CREATE OR REPLACE VIEW path_lost AS
SELECT src, dst, last_direction, last_node, last_point, count(*) AS pings
FROM path_pings
WHERE answered = 0
GROUP BY src, dst, last_direction, last_node, last_point;

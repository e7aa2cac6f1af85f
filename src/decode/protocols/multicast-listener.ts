/**
 * Multicast Listener Discovery: queries of version 1 (RFC 2710, section 3) and 2 (RFC 3810, section 5.1), and version 2's reports (RFC 3810,
 * section 5.2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Record Type  |  Aux Data Len |     Number of Sources (N)     |  for each group of a report
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                Multicast Address (128 bits)                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                Source Address [1] … [N], auxiliary data       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, flag, hex, ipv6Address, ofEach, uint } from '../fields.ts';
import type { Decoding, Field, Items } from '../protocol.ts';

const QUERY = 130;
const REPORT = 131;
const DONE = 132;
const REPORT_2 = 143;
const ADDRESS = 16;
/** A query that is longer is one of version 2 (RFC 3810, section 8.1). */
const QUERY_1 = 24;
const QUERY_2 = 28;
const QUERY_SOURCES = 26;
const REPORT_HEADER = 8;
const REPORT_RECORDS = 6;
const RECORD_HEADER = 20;
const AUXILIARY_WORDS = 1;
const RECORD_SOURCES = 2;

const recordTypeNames: Readonly<Record<number, string>> = {
  1: 'Include',
  2: 'Exclude',
  3: 'Changed to include',
  4: 'Changed to exclude',
  5: 'Allow new sources',
  6: 'Block old sources',
};

type When = NonNullable<Field['when']>;

const isVersion1: When = (view, start, stack, layer) =>
  view.getUint8(start) === QUERY
    ? stack.layerEnd(layer) - start < QUERY_2
    : view.getUint8(start) === REPORT || view.getUint8(start) === DONE;

const isQuery2: When = (view, start, stack, layer) =>
  view.getUint8(start) === QUERY && stack.layerEnd(layer) - start >= QUERY_2;

const querySources: Items = (view, start, stack, layer, visit) => {
  if (!isQuery2(view, start, stack, layer)) return;
  const end = Math.min(
    stack.layerEnd(layer),
    start + QUERY_2 + view.getUint16(start + QUERY_SOURCES) * ADDRESS,
  );
  for (let at = start + QUERY_2; at + ADDRESS <= end; at += ADDRESS) visit(at);
};

/** Just past a record's sources. */
function sourcesEnd(view: DataView, record: number): number {
  return record + RECORD_HEADER + view.getUint16(record + RECORD_SOURCES) * ADDRESS;
}

/** Just past a record, its auxiliary data included. */
function recordEnd(view: DataView, record: number): number {
  return sourcesEnd(view, record) + view.getUint8(record + AUXILIARY_WORDS) * 4;
}

/** A report's records; or the sources in them. Of one that breaks off, what is there. */
function records(sources: boolean): Items {
  return (view, start, stack, layer, visit) => {
    if (view.getUint8(start) !== REPORT_2) return;
    const end = stack.layerEnd(layer);
    let at = start + REPORT_HEADER;
    for (let left = view.getUint16(start + REPORT_RECORDS); left > 0 && at + RECORD_HEADER <= end; left--) {
      if (sources) {
        const last = Math.min(sourcesEnd(view, at), end) - ADDRESS;
        for (let source = at + RECORD_HEADER; source <= last; source += ADDRESS) visit(source);
      } else {
        visit(at);
      }
      at = recordEnd(view, at);
    }
  };
}

/** Whether a message holds what it counts: a query its sources, a report its records. Only says what it finds. */
export function checkListenerMessage(stack: Decoding, view: DataView, start: number, end: number): void {
  const messageType = view.getUint8(start);
  if (messageType === QUERY && end - start >= QUERY_2) {
    const needed = QUERY_2 + view.getUint16(start + QUERY_SOURCES) * ADDRESS;
    if (start + needed > end) stack.tooShort(start, needed, end - start, 'MLDv2 query with its sources');
  }
  if (messageType !== REPORT_2) return;
  let at = start + REPORT_HEADER;
  for (let left = view.getUint16(start + REPORT_RECORDS); left > 0; left--) {
    const needed = end - at < RECORD_HEADER ? RECORD_HEADER : recordEnd(view, at) - at;
    if (at + needed > end) {
      stack.tooShort(at, needed, end - at, 'MLDv2 record');
      return;
    }
    at += needed;
  }
}

export const listenerFields: readonly Field[] = [
  uint(
    'mld.maximum_response_delay',
    4,
    16,
    'Maximum Response Delay',
    'The longest delay before a report, in milliseconds.',
    {
      when: isVersion1,
    },
  ),
  uint(
    'mld.maximum_response_code',
    4,
    16,
    'Maximum Response Code',
    'The maximum response delay in milliseconds, up to 32768.',
    {
      when: isQuery2,
    },
  ),
  ipv6Address('mld.multicast_address', 8, 'Multicast Address', 'The group that is asked about or joined.', {
    when: (view, start) => view.getUint8(start) >= QUERY && view.getUint8(start) <= DONE,
  }),
  hex('mld.flag', QUERY_1, 8, 'Flags', 'The fields S and QRV in one number.', {
    hidden: true,
    when: isQuery2,
  }),
  flag(
    'mld.flag.s',
    QUERY_1 * 8 + 4,
    'Suppress Router-Side Processing',
    'Routers should not restart their timers.',
    {
      when: isQuery2,
    },
  ),
  bits(
    'mld.flag.qrv',
    QUERY_1 * 8 + 5,
    3,
    'Querier’s Robustness Variable',
    'How often a report is repeated.',
    {
      when: isQuery2,
    },
  ),
  uint(
    'mld.qqi',
    25,
    8,
    'Querier’s Query Interval Code',
    'The querier’s query interval in seconds, up to 128.',
    { when: isQuery2 },
  ),
  uint('mld.nb_sources', QUERY_SOURCES, 16, 'Number of Sources', 'How many senders are asked about.', {
    when: isQuery2,
  }),
  ...ofEach('mld.source_address', querySources, [
    ipv6Address('mld.source_address', 0, 'Source Address', 'A sender to the group.'),
  ]),
  uint(
    'mldr.nb_mcast_records',
    REPORT_RECORDS,
    16,
    'Number of Multicast Address Records',
    'How many groups are reported.',
    {
      when: (view, start) => view.getUint8(start) === REPORT_2,
    },
  ),
  ...ofEach('mldr.mar', records(false), [
    uint('mldr.mar.record_type', 0, 8, 'Record Type', 'What the host wants from the group.', {
      values: recordTypeNames,
    }),
    uint(
      'mldr.mar.aux_data_len',
      AUXILIARY_WORDS,
      8,
      'Aux Data Len',
      'The length of auxiliary data in 4-byte words; always 0 so far.',
      {
        hidden: true,
      },
    ),
    uint('mldr.mar.nb_sources', RECORD_SOURCES, 16, 'Number of Sources', 'How many senders this is about.'),
    ipv6Address('mldr.mar.multicast_address', 4, 'Multicast Address', 'The group that this is about.'),
  ]),
  ...ofEach('mldr.mar.source_address', records(true), [
    ipv6Address('mldr.mar.source_address', 0, 'Source Address', 'A sender to the group.'),
  ]),
];

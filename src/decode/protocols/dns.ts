/**
 * Domain Name System (RFC 1035, section 4.1), and the same message among neighbours, multicast DNS (RFC 6762).
 *
 *   0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
 * +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 * |                      ID                       |
 * |QR|   Opcode  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
 * |                    QDCOUNT                    |
 * |                    ANCOUNT                    |
 * |                    NSCOUNT                    |
 * |                    ARCOUNT                    |
 * +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
 *
 * Behind it stand questions (name, type, class) and records (name, type, class, time to live, length, value).
 */
import { bits, composedText, flag, hex, ofEach, uint } from '../fields.ts';
import {
  DATA,
  type Decoding,
  type Field,
  HEADER_SHIFT,
  type Items,
  type Layers,
  MOST_HEADER,
  type Protocol,
  type TextSink,
} from '../protocol.ts';

const HEADER = 12;
const FLAGS = 2;
const QUESTIONS = 4;
const ANSWERS = 6;
const AUTHORITY = 8;
const ADDITIONAL = 10;
const AUTHENTIC_DATA = 0x20;
const UPDATE = 5;
/** Type and class, behind a question's name. */
const QUESTION_REST = 4;
/** Type, class, time to live and length, behind a record's name. */
const RECORD_REST = 10;
/** The top bit of a class: multicast DNS asks for an answer to itself alone with it (RFC 6762, 18.12). */
const UNICAST = 0x8000;
/** RFC 1035, 2.3.4: with the labels' lengths. */
const LONGEST_NAME = 255;
const MOST_TOLD = 8;
const BROKEN = -1;

const A = 1;
const NS = 2;
const CNAME = 5;
const PTR = 12;
const AAAA = 28;

const opcodeNames: Readonly<Record<number, string>> = {
  0: 'Standard query',
  1: 'Inverse query',
  2: 'Server status request',
  4: 'Zone change notification',
  5: 'Dynamic update',
  6: 'DNS Stateful operations (DSO)',
};

const replyNames: Readonly<Record<number, string>> = {
  0: 'No error',
  1: 'Format error',
  2: 'Server failure',
  3: 'No such name',
  4: 'Not implemented',
  5: 'Refused',
  6: 'Name exists',
  7: 'RRset exists',
  8: 'RRset does not exist',
  9: 'Not authoritative',
  10: 'Name out of zone',
};

const typeNames: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  13: 'HINFO',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  39: 'DNAME',
  41: 'OPT',
  43: 'DS',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  50: 'NSEC3',
  52: 'TLSA',
  64: 'SVCB',
  65: 'HTTPS',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
};

const classNames: Readonly<Record<number, string>> = { 1: 'IN', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' };

/** In a query the bit was reserved before RFC 6840: one that is not set says nothing. */
function mayBeAuthenticated(view: DataView, start: number): boolean {
  return isResponse(view, start) || (view.getUint8(start + FLAGS + 1) & AUTHENTIC_DATA) !== 0;
}

function isResponse(view: DataView, start: number): boolean {
  return (view.getUint8(start + FLAGS) & 0x80) !== 0;
}

function opcode(view: DataView, start: number): number {
  return (view.getUint8(start + FLAGS) >> 3) & 15;
}

/** An update's counts have other meanings (RFC 2136, 2.2). */
function isNoUpdate(view: DataView, start: number): boolean {
  return opcode(view, start) !== UPDATE;
}

/** Just past a name: behind its empty label, or behind the pointer that ends it; BROKEN where it does not end before `end`. */
function nameEnd(view: DataView, name: number, end: number): number {
  for (let at = name; at < end; ) {
    const length = view.getUint8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : BROKEN;
    if (length >= 0x40) return BROKEN;
    at += 1 + length;
  }
  return BROKEN;
}

/**
 * Writes a name with its dots. A pointer that does not lead back before where it was met ends it, so that no name goes round in
 * circles; so does one that is longer than names can be.
 */
function writeName(out: TextSink, view: DataView, message: number, name: number, end: number): void {
  let at = name;
  let earliest = name;
  let written = 0;
  while (at < end) {
    const length = view.getUint8(at);
    if (length === 0) {
      if (written === 0) out.text('<Root>');
      return;
    }
    if (length >= 0xc0) {
      if (at + 2 > end) break;
      const target = message + (view.getUint16(at) & 0x3fff);
      if (target < message + HEADER || target >= earliest) break;
      at = earliest = target;
      continue;
    }
    written += 1 + length;
    if (length >= 0x40 || at + 1 + length > end || written > LONGEST_NAME) break;
    if (written > 1 + length) out.text('.');
    out.packetText(view, at + 1, at + 1 + length);
    at += 1 + length;
  }
  out.text('<broken name>');
}

function writeType(out: TextSink, type: number): void {
  const name = typeNames[type];
  if (name !== undefined) {
    out.text(name);
    return;
  }
  out.text('TYPE');
  out.uint(type);
}

/** The questions that stand wholly in the message. */
const eachQuestion: Items = (view, start, stack, layer, visit) => {
  const end = stack.payload(layer);
  let at = start + HEADER;
  for (let left = view.getUint16(start + QUESTIONS); left > 0; left--) {
    const rest = nameEnd(view, at, end);
    if (rest === BROKEN || rest + QUESTION_REST > end) return;
    visit(at);
    at = rest + QUESTION_REST;
  }
};

function questionRest(view: DataView, question: number, stack: Layers, layer: number): number {
  return nameEnd(view, question, stack.payload(layer));
}

/** Writes the value of a record where it is an address or a name. */
function writeValue(
  out: TextSink,
  view: DataView,
  message: number,
  type: number,
  at: number,
  end: number,
): void {
  if (type === A && end - at === 4) {
    out.text(' ');
    out.ipv4(view, at);
  } else if (type === AAAA && end - at === 16) {
    out.text(' ');
    out.ipv6(view, at);
  } else if (type === NS || type === CNAME || type === PTR) {
    out.text(' ');
    writeName(out, view, message, at, end);
  }
}

/** Checks that questions and records are as many as the header says; reports the first that is not whole. */
function walk(stack: Decoding, view: DataView, message: number, end: number): void {
  const questions = view.getUint16(message + QUESTIONS);
  const all =
    questions +
    view.getUint16(message + ANSWERS) +
    view.getUint16(message + AUTHORITY) +
    view.getUint16(message + ADDITIONAL);
  let at = message + HEADER;
  for (let i = 0; i < all; i++) {
    const fixed = i < questions ? QUESTION_REST : RECORD_REST;
    const what = i < questions ? 'DNS question' : 'DNS record';
    const rest = nameEnd(view, at, end);
    if (rest === BROKEN || rest + fixed > end) {
      stack.tooShort(at, (rest === BROKEN ? end + 1 : rest) + fixed - at, end - at, what);
      return;
    }
    const next = rest + fixed + (i < questions ? 0 : view.getUint16(rest + 8));
    if (next > end) {
      stack.tooShort(at, next - at, end - at, what);
      return;
    }
    at = next;
  }
}

function fieldsOf(classMask: number): readonly Field[] {
  return [
    hex('id', 0, 16, 'Transaction ID', 'Matches answers to queries: an answer repeats the query’s number.'),
    hex('flags', FLAGS, 16, 'Flags', 'All the flags in one number.', { hidden: true }),
    flag('flags.response', 16, 'Response', 'Set in a response, not in a query.'),
    bits('flags.opcode', 17, 4, 'Opcode', 'The kind of query: nearly always 0, a standard query.', {
      values: opcodeNames,
    }),
    flag(
      'flags.authoritative',
      21,
      'Authoritative',
      'The answer comes from an authoritative server for the name.',
      {
        when: isResponse,
      },
    ),
    flag('flags.truncated', 22, 'Truncated', 'The answer did not fit: ask again over TCP.'),
    flag(
      'flags.recdesired',
      23,
      'Recursion Desired',
      'The client asks for recursion: the server should query others if it does not know.',
    ),
    flag('flags.recavail', 24, 'Recursion Available', 'The server offers recursion.', { when: isResponse }),
    flag('flags.z', 25, 'Z', 'Must be zero.', { hidden: true }),
    flag(
      'flags.authenticated',
      26,
      'Authentic Data',
      'The server has verified the DNSSEC signatures; in a query, the client wants to know.',
      { when: mayBeAuthenticated, reference: 'RFC 4035, section 3.2.3; RFC 6840, section 5.7' },
    ),
    flag('flags.checkdisable', 27, 'Checking Disabled', 'DNSSEC signatures need not be verified.', {
      reference: 'RFC 4035, section 3.2.2',
    }),
    bits('flags.rcode', 28, 4, 'Reply Code', 'The response code: 0 means no error, 3 no such name.', {
      when: isResponse,
      values: replyNames,
    }),
    uint('count.queries', QUESTIONS, 16, 'Questions', 'How many questions follow: usually one.', {
      when: isNoUpdate,
    }),
    uint('count.answers', ANSWERS, 16, 'Answer RRs', 'How many records answer them.', { when: isNoUpdate }),
    uint('count.auth_rr', AUTHORITY, 16, 'Authority RRs', 'How many records name authoritative servers.', {
      when: isNoUpdate,
    }),
    uint('count.add_rr', ADDITIONAL, 16, 'Additional RRs', 'How many additional records may be useful.'),
    ...ofEach('query', eachQuestion, [
      composedText('qry.name', 'Name', 'The name that is asked about.', (out, view, question, stack, layer) =>
        writeName(out, view, stack.start(layer), question, stack.payload(layer)),
      ),
      uint('qry.type', 0, 16, 'Type', 'What is asked about the name: A is its IPv4 address.', {
        read: (view, question, stack, layer) => view.getUint16(questionRest(view, question, stack, layer)),
        values: typeNames,
      }),
      hex('qry.class', 0, 16, 'Class', 'The class: 1 is the internet.', {
        read: (view, question, stack, layer) =>
          view.getUint16(questionRest(view, question, stack, layer) + 2) & classMask,
        values: classNames,
      }),
    ]),
  ].map((f) => ({ ...f, filter: `dns.${f.key}` }));
}

const decode: Protocol['decode'] = (stack, view, offset, end) => {
  const available = end - offset;
  if (available < HEADER) return stack.tooShort(offset, HEADER, available, 'DNS header');
  walk(stack, view, offset, end);
  return (Math.min(available, MOST_HEADER) << HEADER_SHIFT) | DATA;
};

/** As Wireshark words it: "Standard query response 0x1234 No such name A example.org". */
function summaryOf(isMulticast: boolean): NonNullable<Protocol['summary']> {
  return (out, view, start, stack, layer) => {
    const end = stack.payload(layer);
    out.text(opcodeNames[opcode(view, start)] ?? 'Unknown operation');
    const answers = isResponse(view, start);
    if (answers) out.text(' response');
    out.text(' 0x');
    out.hex(view.getUint16(start), 4);
    const reply = view.getUint8(start + FLAGS + 1) & 15;
    if (answers && reply !== 0) {
      out.text(' ');
      out.text(replyNames[reply] ?? 'Unknown error');
    }
    const questions = view.getUint16(start + QUESTIONS);
    const all = questions + view.getUint16(start + ANSWERS);
    let at = start + HEADER;
    for (let i = 0; i < all; i++) {
      const isQuestion = i < questions;
      const rest = nameEnd(view, at, end);
      if (rest === BROKEN || rest + (isQuestion ? QUESTION_REST : RECORD_REST) > end) return;
      if (i === MOST_TOLD) {
        out.text(' ...');
        return;
      }
      const type = view.getUint16(rest);
      out.text(' ');
      writeType(out, type);
      if (isQuestion) {
        out.text(' ');
        writeName(out, view, start, at, end);
        if (isMulticast) {
          out.text((view.getUint16(rest + 2) & UNICAST) === 0 ? ', "QM" question' : ', "QU" question');
        }
        at = rest + QUESTION_REST;
      } else {
        at = rest + RECORD_REST + view.getUint16(rest + 8);
        if (at > end) return;
        writeValue(out, view, start, type, rest + RECORD_REST, at);
      }
    }
  };
}

export const dns: Protocol = {
  name: 'dns',
  title: 'Domain Name System',
  short: 'DNS',
  reference: 'RFC 1035, section 4.1',
  osi: 7,
  about: 'Asks for the address of a name, and answers. A ping to a name begins with it.',
  attach: [{ table: 'udp.port.either', values: [53] }],
  fields: fieldsOf(0xffff),
  summary: summaryOf(false),
  decode,
};

export const multicastDns: Protocol = {
  name: 'mdns',
  title: 'Multicast Domain Name System',
  short: 'mDNS',
  reference: 'RFC 6762, section 18',
  osi: 7,
  about: 'Neighbours on one link ask each other for names and services, without a server.',
  attach: [{ table: 'udp.port.either', values: [5353] }],
  fields: fieldsOf(0xffff & ~UNICAST),
  summary: summaryOf(true),
  decode,
};

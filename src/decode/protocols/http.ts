/**
 * Hypertext Transfer Protocol, version 1 (RFC 9112, sections 3 and 4): a segment that begins with one of
 *
 *   request-line = method SP request-target SP HTTP-version
 *   status-line  = HTTP-version SP status-code SP [ reason-phrase ]
 *
 * A segment in the middle of a message begins with neither, and is data: only the stream's beginning could tell.
 */
import { span, uint } from '../fields.ts';
import {
  DATA,
  type Field,
  HEADER_SHIFT,
  MOST_HEADER,
  type Protocol,
  STOP,
  type TextSink,
} from '../protocol.ts';

/** "HTTP/1.1". */
const VERSION = 8;
/** "HTTP/1.1 200". */
const STATUS = VERSION + 4;
const LONGEST_METHOD = 32;
/** RFC 9112, section 3: what everyone should be able to take in, at least, is 8000 bytes. */
const LONGEST_LINE = 8192;
const NONE = -1;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const HOST = Uint8Array.from('host:', (character) => character.charCodeAt(0));

/** By character: 1 where it may stand in a method (RFC 9110, section 5.6.2: tchar). */
const IN_TOKEN = Uint8Array.from({ length: 256 }, (_, character) =>
  /[-!#$%&'*+.^_`|~0-9A-Za-z]/.test(String.fromCharCode(character)) ? 1 : 0,
);

function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}

/** Whether "HTTP/1.1", or another version of two digits, stands at `at`; its 8 bytes must be there. */
function isVersion(view: DataView, at: number): boolean {
  return (
    view.getUint32(at) === 0x48545450 &&
    view.getUint8(at + 4) === 0x2f &&
    isDigit(view.getUint8(at + 5)) &&
    view.getUint8(at + 6) === 0x2e &&
    isDigit(view.getUint8(at + 7))
  );
}

/** Where the first line's characters end, before its line feed and the carriage return there; NONE where it does not end. */
function lineEnd(view: DataView, start: number, end: number): number {
  const limit = Math.min(end, start + LONGEST_LINE);
  for (let at = start; at < limit; at++) {
    if (view.getUint8(at) !== LINE_FEED) continue;
    return at > start && view.getUint8(at - 1) === CARRIAGE_RETURN ? at - 1 : at;
  }
  return NONE;
}

/** How long the method at `start` is, with a space behind it; NONE where none is. */
function methodLength(view: DataView, start: number, end: number): number {
  const limit = Math.min(end, start + LONGEST_METHOD + 1);
  for (let at = start; at < limit; at++) {
    const character = view.getUint8(at);
    if (character === SPACE) return at > start ? at - start : NONE;
    if (IN_TOKEN[character] === 0) return NONE;
  }
  return NONE;
}

function isRequest(view: DataView, start: number, end: number): boolean {
  const method = methodLength(view, start, end);
  if (method === NONE) return false;
  const line = lineEnd(view, start, end);
  // A target of one character at least, between two spaces.
  const version = line - VERSION;
  if (version - 1 < start + method + 2) return false;
  if (view.getUint8(version - 1) !== SPACE || !isVersion(view, version)) return false;
  for (let at = start + method + 1; at < version - 1; at++) if (view.getUint8(at) <= SPACE) return false;
  return true;
}

function isResponse(view: DataView, start: number, end: number): boolean {
  if (end - start < STATUS || !isVersion(view, start) || view.getUint8(start + VERSION) !== SPACE)
    return false;
  for (let at = start + VERSION + 1; at < start + STATUS; at++) if (!isDigit(view.getUint8(at))) return false;
  const line = lineEnd(view, start, end);
  return line === start + STATUS || (line > start + STATUS && view.getUint8(start + STATUS) === SPACE);
}

/** Whether the message is an answer: a request's line can't begin so, as no method has a slash. */
function hasStatus(view: DataView, start: number): boolean {
  return view.getUint32(start) === 0x48545450 && view.getUint8(start + 4) === 0x2f;
}

/** A piece of the first line. */
function text(key: string, label: string, about: string, of: 'request' | 'response', place: Place): Field {
  return {
    key,
    label,
    about,
    kind: 'text',
    bit: 0,
    width: 0,
    when: (view, start) => hasStatus(view, start) === (of === 'response'),
    span: (view, start, stack, layer) => place(view, start, stack.payload(layer)),
  };
}

/** There in one kind of message alone, and true in it, as Wireshark has it. */
function messageKind(key: 'request' | 'response', label: string): Field {
  return {
    key,
    label,
    about: 'The kind of message.',
    kind: 'boolean',
    bit: 0,
    width: 0,
    hidden: true,
    read: () => 1,
    when: (view, start) => hasStatus(view, start) === (key === 'response'),
  };
}

type Place = (view: DataView, start: number, end: number) => number;

const method: Place = (view, start, end) => span(0, methodLength(view, start, end));

const target: Place = (view, start, end) => {
  const from = methodLength(view, start, end) + 1;
  return span(from, lineEnd(view, start, end) - start - VERSION - 1 - from);
};

const phrase: Place = (view, start, end) => {
  const length = lineEnd(view, start, end) - start - STATUS;
  return length === 0 ? span(STATUS, 0) : span(STATUS + 1, length - 1);
};

const NOWHERE = span(0, 0);

/** The value of the first field line named Host, without the blanks around it (RFC 9112, section 5). */
const host: Place = (view, start, end) => {
  let line = lineEnd(view, start, end);
  while (line !== NONE) {
    const next = view.getUint8(line) === CARRIAGE_RETURN ? line + 2 : line + 1;
    line = lineEnd(view, next, end);
    if (line === NONE || !isHostLine(view, next, line)) continue;
    let [from, to] = [next + HOST.length, line];
    while (from < to && isBlank(view.getUint8(from))) from++;
    while (to > from && isBlank(view.getUint8(to - 1))) to--;
    return to > from ? span(from - start, to - from) : NOWHERE;
  }
  return NOWHERE;
};

function isHostLine(view: DataView, start: number, end: number): boolean {
  if (end - start < HOST.length) return false;
  // The colon and lower case letters stay as they are with this bit set.
  for (let i = 0; i < HOST.length; i++) if ((view.getUint8(start + i) | 0x20) !== HOST[i]) return false;
  return true;
}

function isBlank(character: number): boolean {
  return character === SPACE || character === 0x09;
}

function statusCode(view: DataView, start: number): number {
  const at = start + VERSION + 1;
  return (view.getUint8(at) - 48) * 100 + (view.getUint8(at + 1) - 48) * 10 + view.getUint8(at + 2) - 48;
}

function writeLine(out: TextSink, view: DataView, start: number, end: number): void {
  out.packetText(view, start, lineEnd(view, start, end));
}

export const http: Protocol = {
  name: 'http',
  title: 'Hypertext Transfer Protocol',
  short: 'HTTP',
  reference: 'RFC 9112, sections 3 and 4',
  osi: 7,
  about: 'Requests and responses of the web, in lines of text. HTTPS is encrypted, and shown as data.',
  attach: [{ table: 'tcp.port', values: [80, 8080] }],
  fields: [
    messageKind('request', 'Request'),
    messageKind('response', 'Response'),
    text(
      'request.method',
      'Request Method',
      'What the server should do: GET asks for a resource.',
      'request',
      method,
    ),
    text('request.uri', 'Request URI', 'What is requested: usually a path on the server.', 'request', target),
    text('request.version', 'Request Version', 'The client’s HTTP version.', 'request', (view, start, end) =>
      span(lineEnd(view, start, end) - start - VERSION, VERSION),
    ),
    text('response.version', 'Response Version', 'The server’s HTTP version.', 'response', () =>
      span(0, VERSION),
    ),
    uint('response.code', VERSION + 1, 24, 'Status Code', 'The result: 200 is OK, 404 not found.', {
      when: hasStatus,
      read: statusCode,
    }),
    text('response.phrase', 'Response Phrase', 'The status in words, for people.', 'response', phrase),
    {
      ...text('host', 'Host', 'Which of the server’s sites the request is for.', 'request', host),
      hidden: true,
      when: (view, start, stack, layer) =>
        !hasStatus(view, start) && host(view, start, stack.payload(layer)) !== NOWHERE,
    },
  ],
  summary(out, view, start, stack, layer) {
    writeLine(out, view, start, stack.payload(layer));
  },
  decode(_stack, view, offset, end) {
    if (!isRequest(view, offset, end) && !isResponse(view, offset, end)) return STOP;
    // The header fields end at an empty line; what is behind it is the body.
    const limit = Math.min(end, offset + MOST_HEADER);
    for (let at = offset; at < limit; at++) {
      if (view.getUint8(at) !== LINE_FEED) continue;
      const next = at + 1 < limit && view.getUint8(at + 1) === CARRIAGE_RETURN ? at + 2 : at + 1;
      if (next < limit && view.getUint8(next) === LINE_FEED)
        return ((next + 1 - offset) << HEADER_SHIFT) | DATA;
    }
    return ((limit - offset) << HEADER_SHIFT) | DATA;
  },
};

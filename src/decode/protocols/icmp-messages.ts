/**
 * What the messages of ICMP (RFC 792) and ICMPv6 (RFC 4443) have in common: the header, echo, and errors that quote a packet and may have
 * extensions behind it.
 */
import { type Decoding, type Field, HEADER_SHIFT, QUOTED, type TextSink } from '../protocol.ts';
import { extensionsAt, type FindExtensions } from './icmp-extensions.ts';

/** Bytes of the header, what differs with the type included. */
export const HEADER = 8;
export const CODE = 1;
export const IDENTIFIER = 4;
export const SEQUENCE_NUMBER = 6;
/** What an extended echo request asks about takes at least an object's header behind its own (RFC 8335, section 2). */
const EXTENSION_HEADER = 4;

export function type(view: DataView, start: number): number {
  return view.getUint8(start);
}

export function code(view: DataView, start: number): number {
  return view.getUint8(start + CODE);
}

/** For fields that messages of one type have. */
export function is(messageType: number): NonNullable<Field['when']> {
  return (view, start) => type(view, start) === messageType;
}

/** `Echo request id=4951 seq=1` */
export function writeEcho(out: TextSink, view: DataView, start: number, isRequest: boolean): void {
  out.text(isRequest ? 'Echo request id=' : 'Echo reply id=');
  out.uint(view.getUint16(start + IDENTIFIER));
  out.text(' seq=');
  out.uint(view.getUint16(start + SEQUENCE_NUMBER));
}

type Names = Readonly<Record<number, string>>;

/**
 * `Destination unreachable: Port unreachable`, as far as type and code have names.
 *
 * @returns whether the code has one
 */
export function writeMeaning(
  out: TextSink,
  view: DataView,
  start: number,
  typeNames: Names,
  codeNames: Readonly<Record<number, Names>>,
): boolean {
  const messageType = type(view, start);
  const name = typeNames[messageType];
  if (name === undefined) {
    out.text('Type ');
    out.uint(messageType);
  } else {
    out.text(name);
  }
  const reason = codeNames[messageType]?.[code(view, start)];
  if (reason === undefined) return false;
  out.text(': ');
  out.text(reason);
  return true;
}

export function writeCode(out: TextSink, view: DataView, start: number): void {
  out.text(' code=');
  out.uint(code(view, start));
}

/** Where the two differ in their extensions (RFC 4884, section 4; RFC 8335, section 2). */
export interface ExtensionPlaces {
  /** Whether errors of this type may have extensions. */
  isExtensible(messageType: number): boolean;
  /** Where such an error says how much of the packet it quotes, in bytes from its start; and in what, in bytes. */
  readonly quotedAt: number;
  readonly unit: 4 | 8;
  /** The type of the request whose question is an extension, right behind its header. */
  readonly extendedEchoRequest: number;
}

export interface MessageExtensions {
  /** Bytes of the quoted packet, zeros behind it included, where the message says how many. 0: it does not. */
  quotedBytes(view: DataView, start: number): number;
  /** A message's extensions, for their fields. */
  readonly find: FindExtensions;
  /** Decodes an error: what it quotes is the packet of `entry`, and what is behind the quotation belongs to the error. */
  quote(stack: Decoding, view: DataView, offset: number, end: number, entry: number): number;
}

export function messageExtensions(places: ExtensionPlaces): MessageExtensions {
  const { isExtensible, quotedAt, unit, extendedEchoRequest } = places;

  function quotedBytes(view: DataView, start: number): number {
    return isExtensible(type(view, start)) ? view.getUint8(start + quotedAt) * unit : 0;
  }

  function behindQuotation(view: DataView, start: number, end: number): number {
    return isExtensible(type(view, start)) ? extensionsAt(view, start, end, quotedBytes(view, start)) : 0;
  }

  return {
    quotedBytes,
    find(view, start, stack, layer) {
      const end = stack.layerEnd(layer);
      if (type(view, start) !== extendedEchoRequest) return behindQuotation(view, start, end);
      return start + HEADER + EXTENSION_HEADER <= end ? start + HEADER : 0;
    },
    quote(stack, view, offset, end, entry) {
      const extensions = behindQuotation(view, offset, end);
      stack.quotedEnd = extensions === 0 ? end : extensions;
      return (HEADER << HEADER_SHIFT) | entry | QUOTED;
    },
  };
}

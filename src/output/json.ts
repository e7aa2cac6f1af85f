import {
  LAYER_BY_SHIFT,
  LAYER_HEADER_SHIFT,
  LAYER_QUOTED,
  LAYER_WORDS,
  type LayerStack,
  LEVEL_SHIFT,
} from '../decode/layer-stack.ts';
import { linkTypeName } from '../decode/link-types.ts';
import { BY_NAMES, DATA } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';
import { COMMENT, eachPacketOption, mayHaveOptions } from '../packet/packet-options.ts';
import { asciiJson } from '../text/printable.ts';
import type { ByteWriter } from './byte-writer.ts';
import { createWriteItems } from './json-items.ts';
import { CODE_WORDS, compileJson, type JsonPlan, OPERATION, TEXT_WORDS } from './json-plan.ts';
import { NOTHING_CARRIED, type PacketPrinter, type PacketRecord } from './printer.ts';
import { put } from './put.ts';
import { type Template, template } from './template.ts';

/** The most bytes of a packet's own members before `layers`, interface and link type left out. */
const HEAD_ROOM = 192;
/** The most bytes of a layer's own members. */
const LAYER_ROOM = 160;
const CLOSING_BRACE = 125;

const OPENING = template('{"number":');
const TIME = template(',"time":"');
const CAPTURED_LENGTH = template('","capturedLength":');
const LENGTH = template(',"length":');
const ISSUES = template('],"issues":[');
const ENDING = template(']}\n');

/**
 * One JSON object a line, one line a packet: `number`, `time`, `capturedLength`, `length`, `comments` where the capture has any,
 * `interface` where it names it, `linkType`, `layers` outermost first, each with its fields, and `issues`. A layer with `reassembled` stands in bytes put
 * together from fragments, and its offset counts from their start; the layer that they belong to has `fragments`, the packets' numbers.
 * Options, records and their like are arrays of objects behind a layer's fields, where there are any.
 *
 * Everything is printable ASCII: a byte of a packet that is not becomes the escape of the character of its number.
 */
export function createJsonPrinter(): PacketPrinter {
  const writeLayer = createWriteLayer();
  const writeHead = createWriteHead();

  /** The layers from `first` on, with the one before, whose payload was put together: which packets brought the fragments. */
  function writeReassembled(out: ByteWriter, record: PacketRecord, first: number): void {
    const { stack, view } = record;
    for (let layer = first - 1; layer < stack.count; layer++) {
      if (layer >= first) {
        writeLayer(out, view, stack, layer, stack.base(layer));
        reopen(out, ',"reassembled":true');
      }
      const fragments = record.fragmentsOf(layer);
      if (fragments.length > 0) reopen(out, `,"fragments":[${fragments.join()}]`);
    }
  }

  return {
    begin: writeHead.reset,

    packet(out, record) {
      const { stack } = record;
      writeHead.write(out, record);
      const { view } = record;
      const whole = stack.firstReassembled();
      for (let layer = 0; layer < whole; layer++) writeLayer(out, view, stack, layer, stack.packetStart);
      if (whole < stack.count) writeReassembled(out, record, whole);
      out.template(ISSUES);
      for (let issue = 0; issue < stack.issueCount; issue++) writeIssue(out, stack, issue);
      out.template(ENDING);
    },

    end() {},
    carried: NOTHING_CARRIED,
  };
}

/** Adds members to the object that was just closed. */
function reopen(out: ByteWriter, members: string): void {
  out.length--;
  out.words(members);
  out.character(CLOSING_BRACE);
}

interface WriteHead {
  reset(): void;
  write(out: ByteWriter, record: PacketRecord): void;
}

function createWriteHead(): WriteHead {
  // What stands between the lengths and the layers is the same for every packet of an interface.
  let origins: Template[] = [];
  const { text, uint, time } = put;
  const [opening, timeKey, capturedKey, lengthKey] = [OPENING, TIME, CAPTURED_LENGTH, LENGTH] as const;
  const ROOM = HEAD_ROOM;

  return {
    reset() {
      origins = [];
    },
    write(out, record) {
      const { batch, index, stack } = record;
      let at = out.reserve(ROOM);
      const to = out.view;
      at = uint(to, text(to, at, opening), record.number);
      at = time(to, text(to, at, timeKey), record.seconds, record.nanoseconds);
      at = uint(to, text(to, at, capturedKey), batch.capturedLength[index]);
      out.length = uint(to, text(to, at, lengthKey), batch.originalLength[index]);
      const interfaceIndex = batch.interfaceIndex[index];
      if (batch.blockStart !== undefined && mayHaveOptions(batch, index, record.interfaces[interfaceIndex])) {
        writeComments(out, record);
      }
      let origin = origins[interfaceIndex];
      if (origin === undefined) {
        origin = originOf(record.interfaces[interfaceIndex]?.name, stack.linkType);
        origins[interfaceIndex] = origin;
      }
      out.template(origin);
    },
  };
}

/** What a pcapng file says of a packet in words of people. */
function writeComments(out: ByteWriter, { batch, index, interfaces }: PacketRecord): void {
  let count = 0;
  eachPacketOption(batch, index, interfaces[batch.interfaceIndex[index]], (code, at, size) => {
    if (code !== COMMENT) return;
    out.text(count++ === 0 ? ',"comments":[' : ',');
    const bytes = new Uint8Array(batch.view.buffer, batch.view.byteOffset + at, size);
    out.jsonString(new TextDecoder().decode(bytes));
  });
  if (count > 0) out.text(']');
}

function originOf(interfaceName: string | undefined, linkType: number): Template {
  const name = interfaceName === undefined ? '' : `,"interface":${asciiJson(interfaceName)}`;
  return template(`${name},"linkType":"${linkTypeName(linkType)}","layers":[`);
}

/** Header lengths below this keep their texts. */
const KEPT_LENGTHS = 128;
/** Bits of a layer's meta word, from the level on, that say where it stands: level, how recognised, quoted. */
const STANDING_WIDTH = LAYER_BY_SHIFT - LEVEL_SHIFT + 4;

/** Where a layer stands: `,"length":4,"level":1,"by":"guess"`; without its length, where that stands before it already. */
function tailOf(length: number | undefined, meta: number): string {
  const by = BY_NAMES[(meta >> LAYER_BY_SHIFT) & 7];
  return [
    length === undefined ? '' : `,"length":${length}`,
    `,"level":${(meta >> LEVEL_SHIFT) & 15}`,
    by === '' ? '' : `,"by":"${by}"`,
    (meta & LAYER_QUOTED) === 0 ? '' : ',"quoted":true',
  ].join('');
}

/** `base` is what the layer's offset counts from. */
type WriteLayer = (out: ByteWriter, view: DataView, stack: LayerStack, layer: number, base: number) => void;

/** A closure with its own constants, which V8 folds into the code. */
function createWriteLayer(): WriteLayer {
  const { heads, first, rooms, code, texts, textLengths, valueTexts, reads, spans, whens } =
    compileJson(protocols);
  const { text: putText, uint, ipv4, ether } = put;
  const writeItems = createWriteItems();
  const O = OPERATION;
  const FOLLOWING = protocols.length;
  // Length, level and how a tunnel was recognised are one text, as few combinations of them are ever met.
  const tails: Template[] = new Array((KEPT_LENGTHS + 1) << STANDING_WIDTH);
  const lengthKey = LENGTH;
  const LENGTHS = KEPT_LENGTHS;
  const STANDING_BITS = STANDING_WIDTH;
  const STANDING = (1 << STANDING_WIDTH) - 1;
  const ROOM = LAYER_ROOM;
  const TEXT = TEXT_WORDS;
  const WORDS = LAYER_WORDS;
  const CODE = CODE_WORDS;
  const LEVEL_DOWN = LEVEL_SHIFT;
  const HEADER_DOWN = LAYER_HEADER_SHIFT;
  const QUOTE = 34;
  const CLOSING = CLOSING_BRACE;
  const DATA_PROTOCOL = DATA;

  return (out, view, stack, layer, base) => {
    const words = stack.words;
    const word = (layer * WORDS) | 0;
    const meta = words[word];
    const start = words[word + 1];
    const protocol = meta & 0xff;
    const limit = first[protocol + 1];
    const room = (ROOM + rooms[protocol]) | 0;
    let at = out.reserve(room);
    let to = out.view;
    at = uint(to, putText(to, at, heads[layer === 0 ? protocol : protocol + FOLLOWING]), start - base);
    const length = protocol === DATA_PROTOCOL ? words[word + 2] - start : meta >>> HEADER_DOWN;
    // Data may have any length; headers have few.
    const kept = length < LENGTHS ? length + 1 : 0;
    if (kept === 0) at = uint(to, putText(to, at, lengthKey), length);
    const standing = ((meta >> LEVEL_DOWN) & STANDING) | (kept << STANDING_BITS);
    let tail = tails[standing];
    if (tail === undefined) {
      tail = template(tailOf(kept === 0 ? undefined : length, meta));
      tails[standing] = tail;
    }
    at = putText(to, at, tail);

    for (let field = first[protocol]; field < limit; field++) {
      const when = whens[field];
      if (when !== undefined && !when(view, start, stack, layer)) continue;
      const c = (field * CODE) | 0;
      const from = (start + code[c + 1]) | 0;
      let operation = code[c];
      let text = field;
      let value = 0;
      switch (operation) {
        case O.uint8:
          value = view.getUint8(from);
          break;
        case O.uint16:
          value = view.getUint16(from);
          break;
        case O.uint32:
          value = view.getInt32(from);
          break;
        case O.bits8:
          value = Math.imul((view.getUint8(from) >>> code[c + 2]) & code[c + 3], code[c + 4]);
          break;
        case O.bits16:
          value = Math.imul((view.getUint16(from) >>> code[c + 2]) & code[c + 3], code[c + 4]);
          break;
        case O.bits32:
          value = Math.imul((view.getInt32(from) >>> code[c + 2]) & code[c + 3], code[c + 4]);
          break;
        case O.flag:
          text = code[c + 3] + ((view.getUint8(from) >>> code[c + 2]) & 1);
          break;
        case O.readBoolean:
          text = valueTexts[field][reads[field](view, start, stack, layer) === 0 ? 0 : 1];
          break;
        case O.readWord:
          text = valueTexts[field][reads[field](view, start, stack, layer)] ?? -1;
          if (text < 0) {
            // A value without a word is its number.
            text = field;
            operation = O.readNumber;
          }
      }

      const t = (text * TEXT) | 0;
      const textLength = textLengths[text];
      to.setFloat64(at, texts[t], true);
      to.setFloat64(at + 8, texts[t + 1], true);
      to.setFloat64(at + 16, texts[t + 2], true);
      if (textLength > 24) {
        to.setFloat64(at + 24, texts[t + 3], true);
        to.setFloat64(at + 32, texts[t + 4], true);
        to.setFloat64(at + 40, texts[t + 5], true);
      }
      at = (at + textLength) | 0;

      if (operation < O.readNumber) {
        // Up to 32 bits: kept in an integer on the way, as a double would cost more.
        at = uint(to, at, value >>> 0);
      } else if (operation === O.readNumber) {
        at = uint(to, at, reads[field](view, start, stack, layer));
      } else if (operation > O.readWord) {
        if (operation === O.ipv4) {
          at = ipv4(to, at, view, from);
        } else if (operation === O.ether) {
          at = ether(to, at, view, from);
        } else {
          out.length = at;
          writeRare(out, view, stack, layer, operation, reads[field], spans[field], from);
          at = out.reserve(room);
          to = out.view;
        }
        to.setUint8(at++, QUOTE);
      }
    }
    out.length = at;
    writeItems[protocol]?.(out, view, start, stack, layer);
    out.character(CLOSING);
  };
}

/** Values that are seldom, and those of varying place and length. */
function writeRare(
  out: ByteWriter,
  view: DataView,
  stack: LayerStack,
  layer: number,
  operation: number,
  read: JsonPlan['reads'][number],
  span: JsonPlan['spans'][number],
  fixed: number,
): void {
  const start = stack.start(layer);
  if (operation === OPERATION.ipv6) {
    out.ipv6(view, fixed);
    return;
  }
  if (operation === OPERATION.readIpv4) {
    out.ipv4Number(read(view, start, stack, layer));
    return;
  }
  const place = span(view, start, stack, layer);
  const from = start + (place >>> 16);
  if (operation === OPERATION.spanIpv4) out.ipv4(view, from);
  else if (operation === OPERATION.spanIpv6) out.ipv6(view, from);
  else if (operation === OPERATION.spanEther) out.ether(view, from);
  else if (operation === OPERATION.spanBytes) out.hexBytes(view, from, from + (place & 0xffff));
  else out.jsonText(view, from, from + (place & 0xffff));
}

function writeIssue(out: ByteWriter, stack: LayerStack, index: number): void {
  const { code, layer, offset, needed, available, message } = stack.issue(index);
  out.text(index === 0 ? '{"code":"' : ',{"code":"');
  out.text(code);
  out.text('","layer":');
  out.uint(layer);
  out.text(',"offset":');
  out.uint(offset);
  out.text(',"needed":');
  out.uint(needed);
  out.text(',"available":');
  out.uint(available);
  out.text(',"message":');
  out.jsonString(message);
  out.text('}');
}

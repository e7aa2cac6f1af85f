/** The decoder's one loop: a turn a layer, each protocol called through a table. It never recurses. */
import type { DispatchTables } from './dispatch-tables.ts';
import {
  INCOMPLETE,
  LAYER_BY_SHIFT,
  LAYER_HEADER_SHIFT,
  LAYER_INCOMPLETE,
  LAYER_QUOTED,
  type LayerStack,
  LEVEL_SHIFT,
  MAX_LAYERS,
  MAX_LEVEL,
} from './layer-stack.ts';
import { notDecodedText } from './link-type-words.ts';
import {
  BY_MASK,
  BY_SHIFT,
  DATA,
  HEADER_SHIFT,
  NO_BYTES,
  NO_TUNNEL,
  PROTOCOL_MASK,
  QUOTED,
} from './protocol.ts';
import { partialHeaders, protocols } from './registry.ts';

/**
 * Decodes one packet in place. Never throws on any bytes, never recurses, allocates nothing.
 *
 * @param view the bytes that hold the packet
 * @param start where the packet starts in `view`
 * @param capturedLength bytes of the packet that are there
 * @param originalLength bytes that were on the wire
 * @param linkType LINKTYPE_ number of the outermost header
 * @param stack where the layers are written; what it held before is gone
 */
export type DecodePacket = (
  view: DataView,
  start: number,
  capturedLength: number,
  originalLength: number,
  linkType: number,
  stack: LayerStack,
) => void;

export interface GeneralLoop {
  readonly decodePacket: DecodePacket;
  /** Goes on with a packet whose first layers stand in the stack already, with the layer of `entry` at `offset`. */
  readonly decodeLayers: DecodeLayers;
}

export type DecodeLayers = (
  view: DataView,
  stack: LayerStack,
  offset: number,
  end: number,
  level: number,
  entry: number,
) => void;

/**
 * The general loop: one turn a layer, each protocol called through a table. A closure with its own constants, which V8
 * folds into the code; imported ones it would load again each time.
 */
export function createGeneralLoop(tables: DispatchTables): GeneralLoop {
  const decoders = protocols.map((protocol) => protocol.decode);
  const partial = partialHeaders;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const BY_BITS = BY_MASK;
  const BY_UP = LAYER_BY_SHIFT - BY_SHIFT;
  const LEVEL_UP = LEVEL_SHIFT;
  const HEADER_UP = HEADER_SHIFT;
  const QUOTED_BIT = QUOTED;
  const QUOTED_LAYER = LAYER_QUOTED;
  const INCOMPLETE_LAYER = LAYER_INCOMPLETE;
  const HEADER_PLACE = LAYER_HEADER_SHIFT;
  const LIMIT = MAX_LAYERS - 1;
  const DEEPEST = MAX_LEVEL;
  const EMPTY_LAYER = NO_BYTES;
  const NOTHING = DATA;
  const NOT_ANNOUNCED = NO_TUNNEL;
  const COMPLETE = INCOMPLETE.no;
  const IN_QUOTE = INCOMPLETE.quote;

  const decodeLayers: DecodeLayers = (view, stack, offset, parentEnd, startLevel, startEntry) => {
    const words = stack.words;
    let at = offset;
    let end = parentEnd;
    let level = startLevel;
    let entry = startEntry;
    let quoted = 0;
    let redirected = false;
    for (;;) {
      const protocol = entry & PROTOCOL_BITS;

      if (protocol === 0) break;
      if (stack.count >= LIMIT) {
        stack.tooDeep(at, 'more layers than are decoded');
        break;
      }
      const result = decoders[protocol](stack, view, at, end);
      if (result < 0) {
        if (result === NOT_ANNOUNCED && (entry & BY_BITS) !== 0) {
          level--;
          entry &= ~BY_BITS;
        }
        if (partial[protocol] !== NOTHING && at < end) {
          const word = stack.count * 3;
          words[word] =
            partial[protocol] |
            (level << LEVEL_UP) |
            ((entry & BY_BITS) << BY_UP) |
            quoted |
            ((end - at) << HEADER_PLACE) |
            INCOMPLETE_LAYER;
          words[word + 1] = at;
          words[word + 2] = end;
          stack.count++;
          at = end;
        }
        break;
      }
      const header = result >> HEADER_UP;
      if (header === 0 && (result & EMPTY_LAYER) === 0) {
        // Not this protocol after all, but its neighbour (IPv6 where IPv4 was announced): once, or two could play ball.
        if (redirected) break;
        redirected = true;
        entry = (result & PROTOCOL_BITS) | (entry & BY_BITS);
        continue;
      }
      redirected = false;
      end = stack.end;
      const word = stack.count * 3;
      words[word] =
        protocol |
        (level << LEVEL_UP) |
        ((entry & BY_BITS) << BY_UP) |
        quoted |
        (header << HEADER_PLACE) |
        (stack.incomplete === COMPLETE ? 0 : INCOMPLETE_LAYER);
      words[word + 1] = at;
      at += header;
      words[word + 2] = end;
      stack.count++;
      entry = result & 0xffff;
      if ((entry & QUOTED_BIT) !== 0) {
        quoted = QUOTED_LAYER;
        stack.incomplete = IN_QUOTE;
        end = stack.quotedEnd;
        stack.end = end;
      }
      if ((entry & BY_BITS) !== 0) {
        if (quoted !== 0) {
          // What an error quotes went through a tunnel once; here it is a quotation, and opens nothing.
          entry &= ~BY_BITS;
        } else if (level === DEEPEST) {
          stack.tooDeep(at, 'tunnels nested deeper than are decoded');
          entry = NOTHING;
          break;
        } else {
          level++;
        }
      }
    }
    if (at < end) {
      const word = stack.count * 3;
      // A tunnel whose own header can't be read opens its level all the same.
      words[word] =
        (level << LEVEL_UP) |
        ((entry & BY_BITS) << BY_UP) |
        quoted |
        (stack.incomplete === COMPLETE ? 0 : INCOMPLETE_LAYER);
      words[word + 1] = at;
      words[word + 2] = end;
      stack.count++;
    }
  };

  return {
    decodeLayers,
    decodePacket(view, start, capturedLength, originalLength, linkType, stack) {
      if (stack.tables !== tables) stack.bind(tables, protocols);
      stack.packetStart = start;
      stack.packetEnd = stack.end = start + capturedLength;
      stack.originalLength = originalLength;
      stack.linkType = linkType;
      stack.issueCount = 0;
      stack.incomplete = INCOMPLETE.no;
      stack.fragment = -1;
      stack.count = 0;
      const entry = tables.link[linkType & 0xffff];
      if (entry === DATA) stack.unsupported(start, notDecodedText(linkType));
      decodeLayers(view, stack, start, stack.end, 0, entry);
    },
  };
}

/** Which fields of which layers a packet's columns are made of, found once for all packets that have the same headers. */
import type { IndexedField } from '../decode/field-index.ts';
import { LAYER_WORDS, type LayerStack, MAX_LAYERS } from '../decode/layer-stack.ts';
import type { Field } from '../decode/protocol.ts';

/** How many kinds of packets are remembered; of more, the last ones. */
const SHAPES = 256;

/** For packets with one succession of headers: the fields of column `i` are those from `ends[i - 1]` up to `ends[i]`. */
export interface ColumnPlan {
  readonly ends: Int32Array;
  readonly layers: number[];
  readonly fields: Field[];
}

interface Shape extends ColumnPlan {
  /** Of the headers, and their protocols' numbers. */
  count: number;
  readonly protocols: Uint8Array;
}

/** @param columns the fields that each column may show */
export function createColumnPlans(
  columns: readonly (readonly IndexedField[])[],
): (stack: LayerStack) => ColumnPlan {
  const shapes: (Shape | undefined)[] = new Array(SHAPES).fill(undefined);
  const WORDS = LAYER_WORDS;
  const LAST = SHAPES - 1;

  function createShape(): Shape {
    return {
      count: -1,
      protocols: new Uint8Array(MAX_LAYERS),
      ends: new Int32Array(columns.length),
      layers: [],
      fields: [],
    };
  }

  function learn(shape: Shape, stack: LayerStack): void {
    shape.count = stack.count;
    shape.layers.length = 0;
    shape.fields.length = 0;
    for (let layer = 0; layer < stack.count; layer++) shape.protocols[layer] = stack.protocol(layer);
    for (let column = 0; column < columns.length; column++) {
      const fields = columns[column];
      for (let layer = 0; layer < stack.count; layer++) {
        for (let i = 0; i < fields.length; i++) {
          if (fields[i].protocol !== shape.protocols[layer]) continue;
          shape.layers.push(layer);
          shape.fields.push(fields[i].field);
        }
      }
      shape.ends[column] = shape.layers.length;
    }
  }

  return (stack) => {
    const { words, count } = stack;
    let hash = count;
    const limit = (count * WORDS) | 0;
    for (let word = 0; word < limit; word = (word + WORDS) | 0) {
      hash = (Math.imul(hash, 31) + (words[word] & 0xff)) | 0;
    }
    const slot = (hash ^ (hash >>> 8)) & LAST;
    const shape = (shapes[slot] ??= createShape());
    const { protocols } = shape;
    let layer = 0;
    if (shape.count === count) {
      while (layer < count && protocols[layer] === (words[layer * WORDS] & 0xff)) layer = (layer + 1) | 0;
    }
    if (layer < count || shape.count !== count) learn(shape, stack);
    return shape;
  };
}

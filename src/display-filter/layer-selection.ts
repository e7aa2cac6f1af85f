/** Which of a packet's layers a name in a filter means. */
import {
  LAYER_QUOTED,
  LAYER_WORDS,
  type LayerStack,
  LEVEL_SHIFT,
  MAX_LAYERS,
} from '../decode/layer-stack.ts';
import type { Range } from './syntax.ts';

/**
 * `outer`: level 0, outside of all tunnels. `inner`: the innermost level of a packet that went through a tunnel. `quoted`: what an
 * ICMP error quotes, which is neither.
 */
export type Scope = 'outer' | 'inner' | 'quoted';
export const SCOPES: readonly Scope[] = ['outer', 'inner', 'quoted'];

/** A name without the side of a tunnel before it, and that side. */
export function scoped(name: string): { readonly scope: Scope | undefined; readonly plain: string } {
  const scope = SCOPES.find((prefix) => name.startsWith(`${prefix}.`));
  return { scope, plain: scope === undefined ? name : name.slice(scope.length + 1) };
}

export interface LayerSelection {
  /** The selected layers, outermost first: as many as `select` said. */
  readonly layers: Int32Array;
  select(stack: LayerStack): number;
}

const PROTOCOL = 0xff;
const LEVEL = 15 << LEVEL_SHIFT;

/**
 * Layers of these protocols.
 *
 * @param ranges of Wireshark's layer operator: a protocol's layers count from 1, quoted ones too
 */
export function selectLayers(
  protocols: readonly number[],
  scope: Scope | undefined,
  ranges: readonly Range[] | undefined,
): LayerSelection {
  const layers = new Int32Array(MAX_LAYERS);
  const [range] = ranges ?? [];
  if (ranges?.length === 1 && range?.length === 1 && range.start > 0 && !scope) {
    return { layers, select: selectNth(layers, protocols, range.start) };
  }
  const inScope = scope === undefined ? selectAll(layers, protocols) : selectScope(layers, protocols, scope);
  return {
    layers,
    select: ranges === undefined ? inScope : selectNumbered(layers, protocols, inScope, ranges),
  };
}

type Select = LayerSelection['select'];

function selectAll(layers: Int32Array, protocols: readonly number[]): Select {
  const words = LAYER_WORDS;
  const protocolBits = PROTOCOL;
  if (protocols.length === 1) {
    const wanted = protocols[0] as number;
    return (stack) => {
      const meta = stack.words;
      const end = stack.count * words;
      let count = 0;
      for (let at = 0, layer = 0; at < end; at += words, layer++) {
        if ((meta[at] & protocolBits) === wanted) layers[count++] = layer;
      }
      return count;
    };
  }
  const isWanted = flags(protocols);
  return (stack) => {
    const meta = stack.words;
    const end = stack.count * words;
    let count = 0;
    for (let at = 0, layer = 0; at < end; at += words, layer++) {
      if (isWanted[meta[at] & protocolBits] === 1) layers[count++] = layer;
    }
    return count;
  };
}

/** The usual layer operator: `ip.src#2`. */
function selectNth(layers: Int32Array, protocols: readonly number[], nth: number): Select {
  const words = LAYER_WORDS;
  const protocolBits = PROTOCOL;
  const isWanted = flags(protocols);
  // A protocol whose headers may break off has one more number for these, which count by themselves.
  const left = new Int32Array(PROTOCOL + 1);
  return (stack) => {
    const meta = stack.words;
    const end = stack.count * words;
    let count = 0;
    for (let i = 0; i < protocols.length; i++) left[protocols[i]] = nth;
    for (let at = 0, layer = 0; at < end; at += words, layer++) {
      const protocol = meta[at] & protocolBits;
      if (isWanted[protocol] === 1 && --left[protocol] === 0) layers[count++] = layer;
    }
    return count;
  };
}

function flags(protocols: readonly number[]): Uint8Array {
  const isWanted = new Uint8Array(PROTOCOL + 1);
  for (const protocol of protocols) isWanted[protocol] = 1;
  return isWanted;
}

function selectScope(layers: Int32Array, protocols: readonly number[], scope: Scope): Select {
  const isWanted = flags(protocols);
  const bits = scope === 'quoted' ? LAYER_QUOTED : LAYER_QUOTED | LEVEL;
  return ({ words, count }) => {
    if (count === 0) return 0;
    const deepest = words[(count - 1) * LAYER_WORDS] & LEVEL;
    if (scope === 'inner' && deepest === 0) return 0;
    const wanted = scope === 'quoted' ? LAYER_QUOTED : scope === 'outer' ? 0 : deepest;
    let selected = 0;
    for (let layer = 0; layer < count; layer++) {
      const meta = words[layer * LAYER_WORDS];
      if (isWanted[meta & PROTOCOL] === 1 && (meta & bits) === wanted) layers[selected++] = layer;
    }
    return selected;
  };
}

/** Narrows what `inScope` selects to the layers whose numbers are in the ranges. */
function selectNumbered(
  layers: Int32Array,
  protocols: readonly number[],
  inScope: Select,
  ranges: readonly Range[],
): Select {
  const totals = new Int32Array(PROTOCOL + 1);
  const seen = new Int32Array(PROTOCOL + 1);
  const isNumbered = (number: number, total: number): boolean => {
    for (let i = 0; i < ranges.length; i++) {
      const { start, length } = ranges[i];
      const first = start < 0 ? total + 1 + start : start;
      if (number >= first && (length === undefined || number < first + length)) return true;
    }
    return false;
  };
  return (stack) => {
    const { words, count } = stack;
    const selected = inScope(stack);
    for (let i = 0; i < protocols.length; i++) totals[protocols[i]] = seen[protocols[i]] = 0;
    for (let layer = 0; layer < count; layer++) totals[words[layer * LAYER_WORDS] & PROTOCOL]++;
    let kept = 0;
    let candidate = 0;
    for (let layer = 0; layer < count && candidate < selected; layer++) {
      const protocol = words[layer * LAYER_WORDS] & PROTOCOL;
      const number = ++seen[protocol];
      if (layers[candidate] !== layer) continue;
      candidate++;
      if (isNumbered(number, totals[protocol])) layers[kept++] = layer;
    }
    return kept;
  };
}

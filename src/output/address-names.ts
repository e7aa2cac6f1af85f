/** Names behind a packet's line: of its innermost addresses. */
import { ipv4Text, ipv6Text } from '../decode/format.ts';
import { LAYER_QUOTED, LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { type AddressNames, namedEnds } from '../packet/address-names.ts';
import { IPV4, NETWORK, protocolTraits } from './traits.ts';

/** Pairs of addresses whose names are kept; then they are found anew. */
const MOST_KEPT = 4096;

/** @returns `  (shop/web-0 > shop/db)` for a packet, or nothing: names are few, so texts are made once for each pair of addresses */
export function createNaming(names: AddressNames): (view: DataView, stack: LayerStack) => string {
  const ipv4 = new Map<number, Map<number, string>>();
  let kept = 0;

  function textOf(src: string, dst: string): string {
    const ends = namedEnds(names, src, dst, '>');
    return ends === undefined ? '' : `  (${ends})`;
  }

  return (view, stack) => {
    for (let layer = stack.count - 1; layer >= 0; layer--) {
      const word = layer * LAYER_WORDS;
      const meta = stack.words[word] as number;
      const has = protocolTraits[meta & 0xff] as number;
      if ((meta & LAYER_QUOTED) !== 0 || (has & NETWORK) === 0) continue;
      const at = (stack.words[word + 1] as number) + (has & 0xff);
      if ((has & IPV4) === 0) return textOf(ipv6Text(view, at), ipv6Text(view, at + 16));
      const [src, dst] = [view.getInt32(at), view.getInt32(at + 4)];
      const known = ipv4.get(src)?.get(dst);
      if (known !== undefined) return known;
      if (kept++ >= MOST_KEPT) {
        ipv4.clear();
        kept = 1;
      }
      const from = ipv4.get(src) ?? new Map<number, string>();
      const text = textOf(ipv4Text(view, at), ipv4Text(view, at + 4));
      ipv4.set(src, from.set(dst, text));
      return text;
    }
    return '';
  };
}

/** What a transport header carries, as a field of it: for filters and `-e`. */
import { byteString, span } from '../fields.ts';
import type { Field } from '../protocol.ts';

/** The most bytes that a field can have. */
const MOST = 0xffff;

/** `tcp.payload`, `udp.payload`: there where there is a byte of it. */
export function payloadField(label: string, about: string): Field {
  return byteString(
    'payload',
    label,
    about,
    (_view, start, stack, layer) => {
      const at = stack.payload(layer);
      return span(at - start, Math.min(stack.layerEnd(layer) - at, MOST));
    },
    {
      hidden: true,
      when: (_view, _start, stack, layer) => stack.layerEnd(layer) > stack.payload(layer),
    },
  );
}

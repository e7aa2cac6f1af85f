/** Payload that no protocol claims. It has no header: the whole layer is payload, and the decoder records it itself. */
import { byteString, span } from '../fields.ts';
import { type Protocol, STOP } from '../protocol.ts';

export const data: Protocol = {
  name: 'data',
  title: 'Data',
  short: 'Data',
  reference: '',
  about: 'Payload that no known protocol decodes: what the headers before it carry.',
  attach: [],
  fields: [
    byteString(
      'data',
      'Data',
      'The bytes as they were on the wire.',
      (_view, start, stack, layer) => span(0, Math.min(stack.layerEnd(layer) - start, 0xffff)),
      { filter: 'data.data', hidden: true },
    ),
    {
      key: 'len',
      label: 'Length',
      about: 'The length of the payload in bytes.',
      kind: 'uint',
      bit: 0,
      width: 0,
      hidden: true,
      read: (_view, start, stack, layer) => stack.layerEnd(layer) - start,
    },
  ],
  decode: () => STOP,
};

/** Payload that no protocol claims. It has no header: the whole layer is payload, and the decoder records it itself. */
import { byteString, span } from '../fields.ts';
import { type Protocol, STOP } from '../protocol.ts';

export const data: Protocol = {
  name: 'data',
  title: 'Data',
  short: 'Data',
  reference: '',
  about: 'Bytes that no protocol known here claims: what the headers before them were carrying.',
  attach: [],
  fields: [
    byteString(
      'data',
      'Data',
      'The bytes as they stood on the wire.',
      (_view, start, stack, layer) => span(0, Math.min(stack.layerEnd(layer) - start, 0xffff)),
      { filter: 'data.data', hidden: true },
    ),
    {
      key: 'len',
      label: 'Length',
      about: 'How many bytes of payload there are.',
      kind: 'uint',
      bit: 0,
      width: 0,
      hidden: true,
      read: (_view, start, stack, layer) => stack.layerEnd(layer) - start,
    },
  ],
  decode: () => STOP,
};

/**
 * IPv6's Hop-by-Hop Options and Destination Options headers (RFC 8200, 4.3 and 4.6): two names for one layout.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Header  |  Hdr Ext Len  |                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+                               +
 * |                            Options                            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { byteString, span, uint } from '../fields.ts';
import { ipProtocolNames } from '../names.ts';
import { DATA, type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';
import { EXTENSION_LENGTH, extensionLength, ipv6OptionFields } from './ipv6-option-items.ts';

const MINIMUM_HEADER = 8;
const OPTIONS = 2;

/** Next header and length, which the extension headers with a length in 8-byte units share. */
export const extensionFields: readonly Field[] = [
  uint(
    'nxt',
    0,
    8,
    'Next Header',
    'What follows this header: another of its kind, or what the packet carries.',
    {
      values: ipProtocolNames,
    },
  ),
  uint(
    'len',
    EXTENSION_LENGTH,
    8,
    'Length',
    'The length of the header after its first 8 bytes, in units of 8 bytes.',
  ),
  uint('len_oct', EXTENSION_LENGTH, 8, 'Length', 'The length of the whole header in bytes.', {
    hidden: true,
    read: extensionLength,
  }),
];

const fields: readonly Field[] = [
  ...extensionFields,
  byteString(
    'options',
    'Options',
    'Each has a type, a length and a value; padding fills up to a multiple of 8 bytes.',
    (_view, _start, stack, layer) => span(OPTIONS, stack.headerLength(layer) - OPTIONS),
  ),
  ...ipv6OptionFields,
];

function optionsHeader(
  of: Pick<Protocol, 'name' | 'title' | 'short' | 'about'>,
  ipProtocol: number,
): Protocol {
  return {
    ...of,
    reference: 'RFC 8200, section 4.2',
    osi: 3,
    attach: [{ table: 'ip.proto', values: [ipProtocol] }],
    fields,
    decode(stack, view, offset, end) {
      const available = end - offset;
      if (available < MINIMUM_HEADER) {
        return stack.tooShort(offset, MINIMUM_HEADER, available, 'IPv6 options header');
      }
      const length = extensionLength(view, offset);
      if (available < length) {
        stack.tooShort(offset, length, available, 'IPv6 options header');
        return (MINIMUM_HEADER << HEADER_SHIFT) | DATA;
      }
      return (length << HEADER_SHIFT) | stack.tables.ipProtocol[view.getUint8(offset)];
    },
  };
}

export const ipv6HopByHop = optionsHeader(
  {
    name: 'ipv6.hopopts',
    title: 'IPv6 Hop-by-Hop Options',
    short: 'HopByHop',
    about: 'Options for every router on the path, such as the router alert of multicast membership.',
  },
  0,
);

export const ipv6DestinationOptions = optionsHeader(
  {
    name: 'ipv6.dstopts',
    title: 'Destination Options for IPv6',
    short: 'DstOpts',
    about: 'Options for the receiver only, such as how many more tunnels the packet may be put into.',
  },
  60,
);

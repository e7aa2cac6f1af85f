/**
 * Internet Key Exchange (RFC 7296, section 3.1; version 1's header, RFC 2408, is the same).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                 IKE SA Initiator's SPI (64 bits)              |
 * |                 IKE SA Responder's SPI (64 bits)              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Message ID                           |
 * |                            Length                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { byteString, hex, span, uint } from '../fields.ts';
import { DATA, HEADER_SHIFT, type Protocol, STOP } from '../protocol.ts';

const HEADER = 28;
const EXCHANGE_TYPE = 18;
const LENGTH = 24;

const exchangeNames: Readonly<Record<number, string>> = {
  2: 'Identity Protection (Main Mode)',
  4: 'Aggressive',
  5: 'Informational',
  32: 'Quick Mode',
  34: 'IKE_SA_INIT',
  35: 'IKE_AUTH',
  36: 'CREATE_CHILD_SA',
  37: 'INFORMATIONAL',
};

/** Whether [offset, end) is one IKE message: an initiator's number, version 1 or 2, and a length that is what is there. */
export function isIke(view: DataView, offset: number, end: number): boolean {
  if (end - offset < HEADER || view.getUint32(offset + LENGTH) !== end - offset) return false;
  return hasVersion(view, offset) && (view.getInt32(offset) | view.getInt32(offset + 4)) !== 0;
}

function hasVersion(view: DataView, offset: number): boolean {
  const version = view.getUint8(offset + 17) >> 4;
  return version === 1 || version === 2;
}

export const isakmp: Protocol = {
  name: 'isakmp',
  title: 'Internet Security Association and Key Management Protocol',
  short: 'IKE',
  reference: 'RFC 7296, section 3.1',
  osi: 7,
  about: 'How the two ends of an IPsec tunnel prove who they are and agree on keys.',
  attach: [{ table: 'udp.port', values: [500], answers: isIke }],
  fields: [
    byteString('ispi', 'Initiator SPI', 'The initiator’s number for this security association.', () =>
      span(0, 8),
    ),
    byteString('rspi', 'Responder SPI', 'The responder’s number; zero in the first message.', () =>
      span(8, 8),
    ),
    hex('version', 17, 8, 'Version', 'Major and minor version: 0x20 is version 2.0.'),
    uint('exchangetype', EXCHANGE_TYPE, 8, 'Exchange Type', 'The step of the exchange: 34 is the first.', {
      values: exchangeNames,
    }),
    hex('flags', 19, 8, 'Flags', 'Who sends the message, and whether it is a response.'),
    hex('messageid', 20, 32, 'Message ID', 'Pairs requests with responses.'),
    uint('length_field', 24, 32, 'Length', 'The length of header and payloads in bytes.', {
      filter: 'isakmp.length',
    }),
  ],
  summary(out, view, start) {
    const name = exchangeNames[view.getUint8(start + EXCHANGE_TYPE)];
    if (name !== undefined) {
      out.text(name);
      return;
    }
    out.text('Exchange ');
    out.uint(view.getUint8(start + EXCHANGE_TYPE));
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'IKE header');
    // Clients of other protocols have this port, too: a DNS answer to it is none of ours, and nothing is wrong with it.
    if (!hasVersion(view, offset) || view.getUint32(offset + LENGTH) < HEADER) return STOP;
    return (HEADER << HEADER_SHIFT) | DATA;
  },
};

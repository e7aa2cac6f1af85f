/** The state of a header's checksum, as its protocol's own field reads it. */
import type { Field } from './protocol.ts';
import { protocols } from './registry.ts';

/** By protocol number: what reads the field `checksum.status`, a value of CHECKSUM; undefined if a protocol has none. */
export function checksumReaders(): readonly Field['read'][] {
  return protocols.map(({ fields }) => fields.find(({ key }) => key === 'checksum.status')?.read);
}

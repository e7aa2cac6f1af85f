import { expect, it } from 'vitest';
import { DECODE_AS_NAMES } from '../../src/decode/decode-as.ts';
import { protocols } from '../../src/decode/registry.ts';

it('the names that the command line knows are those that protocols attach by', () => {
  const attached = protocols.flatMap(({ attach }) => attach);
  const names = attached.flatMap((one) => (one.table === 'decode-as' ? [one.name] : []));
  expect(names.sort()).toEqual([...DECODE_AS_NAMES]);
});

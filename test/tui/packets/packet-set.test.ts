import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PacketSet } from '../../../src/tui/packets/packet-set.ts';

it('counts, finds and ranks as a sorted list does', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat({ max: 9_000 }), { maxLength: 400 }),
      fc.nat({ max: 10_000 }),
      (some, probe) => {
        const list = some.sort((a, b) => a - b);
        const set = new PacketSet();
        for (const packet of list) set.add(packet);
        expect(set.count).toBe(list.length);
        expect(Array.from(list, (_, n) => set.nth(n))).toEqual(list);
        expect(set.rank(probe)).toBe(list.filter((packet) => packet < probe).length);
        expect(set.has(probe)).toBe(list.includes(probe));
      },
    ),
    { seed: 1 },
  );
});

it('holds every packet of many', () => {
  const set = new PacketSet();
  for (let packet = 0; packet < 100_000; packet++) set.add(packet);
  for (const n of [0, 31, 32, 1023, 1024, 65_535, 99_999]) expect([set.nth(n), set.rank(n)]).toEqual([n, n]);
});

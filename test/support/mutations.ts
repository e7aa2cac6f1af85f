/** Packets that lie, made from packets that don't: the same ones for the same seed. */
import type { CapturedPacket } from './captures.ts';
import { viewOf } from './decoding.ts';

/** Numbers that repeat for a seed (mulberry32): in [0, below). */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** How many rounds of a seeded test: few in every run, many with `npm run test:long`, which is for changes to what they try. */
export function rounds(few: number, many: number): number {
  return process.env.TUNNELSCOPE_ROUNDS === 'many' ? many : few;
}

/** Values that lengths, versions and types like least. */
const BAD_VALUES = [0, 1, 3, 7, 8, 19, 20, 21, 40, 0x45, 0x4f, 0x60, 0x7f, 0x80, 0xff];

/**
 * A packet with up to four changes: a bit turned over, a byte or a length replaced, bytes cut off or put behind, and
 * the length on the wire told rightly or not.
 */
export function mutated(packet: CapturedPacket, random: (below: number) => number): CapturedPacket {
  let bytes = packet.bytes.slice();
  for (let change = random(5); change > 0 && bytes.length > 0; change--) {
    // Headers are at the front: most of the changes go there.
    const at = random(random(4) === 0 ? bytes.length : Math.min(bytes.length, 80));
    switch (random(5)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << random(8));
        break;
      case 1:
        bytes[at] = BAD_VALUES[random(BAD_VALUES.length)] as number;
        break;
      case 2:
        if (at + 2 <= bytes.length) {
          const view = viewOf(bytes);
          view.setUint16(at, view.getUint16(at) + random(17) - 8);
        }
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      default:
        bytes = Uint8Array.from([...bytes, ...new Uint8Array(random(9))]);
    }
  }
  const cut = random(3) === 0 ? random(60) : 0;
  return {
    number: packet.number,
    bytes,
    view: viewOf(bytes),
    originalLength: bytes.length + cut,
    linkType: random(40) === 0 ? random(300) : packet.linkType,
  };
}

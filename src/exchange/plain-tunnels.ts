/**
 * A cache in front of the table of tunnels, for packets in one tunnel between IPv4 addresses, which nearly all are: their
 * tunnel is five words, compared as they are read. What it does not hold, or is not plain, the table finds.
 */
import { randomFactors } from '../decode/hash.ts';
import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { NO_IDENTIFIER, PROTOCOL_MASK } from '../decode/protocol.ts';
import { erspan } from '../decode/protocols/erspan.ts';
import { udp } from '../decode/protocols/udp.ts';
import { protocolNumber, protocols } from '../decode/registry.ts';

const SLOT_BITS = 8;
/** Protocols, source, destination, port, identifier; then source port and number. */
const SLOT_WORDS = 8;

export interface PlainTunnels {
  /**
   * The number of the tunnel that carries `layer`, which has level 1; -1 where it is not here.
   *
   * @param last the layer
   */
  find(view: DataView, stack: LayerStack, last: number): number;
  /**
   * Keeps the number of the packet that `find` did not know.
   *
   * @param anyPort whether packets of the tunnel have different source ports
   */
  keep(id: number, anyPort: boolean): void;
}

export function createPlainTunnels(): PlainTunnels {
  const STRIDE = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const UDP = protocolNumber(udp);
  const SLOT = SLOT_WORDS;
  const HASH_SHIFT = 32 - SLOT_BITS;
  const isIpv4 = Uint8Array.from(protocols, ({ addresses }) => (addresses?.bytes === 4 ? 1 : 0));
  const addressOffset = Uint8Array.from(protocols, ({ addresses }) => addresses?.offset ?? 0);
  const identifiers = protocols.map(({ identifier }) => identifier?.read);
  const ERSPAN = protocolNumber(erspan);
  const NO_NUMBER = NO_IDENTIFIER;
  const NAMELESS = 1 << 27;
  const [FIRST, SECOND, THIRD, FOURTH, FIFTH] = randomFactors(5) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  const slots = new Int32Array(SLOT << SLOT_BITS);
  const UNKNOWN = -1;
  const PORT = 5;
  const NUMBER = 6;
  // No tunnel's protocols are all zero.
  const key = new Int32Array(PORT + 1);
  let slot = UNKNOWN;

  return {
    find(view, stack, last) {
      const { words } = stack;
      slot = UNKNOWN;
      let opening = last | 0;
      while (((words[(opening - 1) * STRIDE] >> 8) & 15) !== 0) opening = (opening - 1) | 0;
      const carrier = words[(opening - 1) * STRIDE] & PROTOCOL_BITS;
      let layer = (opening - 1) | 0;
      if (carrier === UDP) layer = (layer - 1) | 0;
      if (layer < 0) return UNKNOWN;
      const network = words[layer * STRIDE] & PROTOCOL_BITS;
      if (isIpv4[network] === 0) return UNKNOWN;
      const meta = words[opening * STRIDE];
      const protocol = meta & PROTOCOL_BITS;
      const addresses = words[layer * STRIDE + 1] + addressOffset[network];
      const source = view.getInt32(addresses);
      const destination = view.getInt32(addresses + 4);
      const ports = carrier === UDP ? view.getInt32(words[(opening - 1) * STRIDE + 1]) : 0;
      const port = ports & 0xffff;
      const read = identifiers[protocol];
      let identifier = 0;
      if (read !== undefined) {
        // Rare, and GRE's own key would not tell ERSPAN's sessions apart.
        if (opening < last && (words[(opening + 1) * STRIDE] & PROTOCOL_BITS) === ERSPAN) return UNKNOWN;
        identifier = read(view, words[opening * STRIDE + 1], stack, opening);
      }
      const how =
        protocol |
        (carrier << 8) |
        (network << 16) |
        (((meta >> 12) & 7) << 24) |
        (identifier === NO_NUMBER ? NAMELESS : 0);
      const hash =
        Math.imul(how, FIRST) +
        Math.imul(source, SECOND) +
        Math.imul(destination, THIRD) +
        Math.imul(port, FOURTH) +
        Math.imul(identifier, FIFTH);
      const at = ((hash | 0) >>> HASH_SHIFT) * SLOT;
      if (
        slots[at] === how &&
        slots[at + 1] === source &&
        slots[at + 2] === destination &&
        slots[at + 3] === port &&
        slots[at + 4] === (identifier | 0) &&
        (slots[at + PORT] === ports >>> 16 || slots[at + PORT] === UNKNOWN)
      ) {
        return slots[at + NUMBER];
      }
      slot = at;
      key[0] = how;
      key[1] = source;
      key[2] = destination;
      key[3] = port;
      key[4] = identifier;
      key[PORT] = ports >>> 16;
      return UNKNOWN;
    },
    keep(id, anyPort) {
      if (slot === UNKNOWN) return;
      for (let i = 0; i <= PORT; i++) slots[slot + i] = key[i];
      if (anyPort) slots[slot + PORT] = UNKNOWN;
      slots[slot + NUMBER] = id;
    },
  };
}

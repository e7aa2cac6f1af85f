/** Protocols that a filter may name, and that no packet has here: `!tls` lets all pass, `igmp` none. */
import { FOREIGN_NAMES } from './foreign-names.ts';
import { scoped } from './layer-selection.ts';

let names: ReadonlySet<string> | undefined;

/** The protocol that a name is of, where it is one that Wireshark decodes and we don't: "tls" of `tls` and of `tls.handshake.type`. */
export function foreignProtocol(name: string): string | undefined {
  names ??= new Set(FOREIGN_NAMES.trim().split(/\s+/));
  const { plain } = scoped(name);
  const dots = [...plain.matchAll(/\./g)].map(({ index }) => index);
  const found = [plain.length, ...dots.reverse()].find((end) => names?.has(plain.slice(0, end)));
  return found === undefined ? undefined : plain.slice(0, found);
}

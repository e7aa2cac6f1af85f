/** Whose addresses are: a pod's, a container's or a network namespace's, as the host knew when its capture began. */

export interface AddressName {
  /** Without prefix length, as the kernel writes it. */
  readonly address: string;
  /** `shop/web-0`, `web-1`: letters, digits and `._/-` for pods and containers; a namespace's own name may hold anything. */
  readonly name: string;
  /** Where the name is from, in words. */
  readonly knownBy: string;
}

/** By address. */
export type AddressNames = ReadonlyMap<string, AddressName>;

/**
 * Two ends by their names, with the address of one that has none.
 *
 * @returns undefined if neither has a name
 */
export function namedEnds(
  names: AddressNames | undefined,
  src: string,
  dst: string,
  arrow: string,
): string | undefined {
  const [from, to] = [names?.get(src), names?.get(dst)];
  if (from === undefined && to === undefined) return undefined;
  return `${from?.name ?? src} ${arrow} ${to?.name ?? dst}`;
}

/** The same, saying how they are known: `shop/web-0 → shop/db (by /var/log/pods)`. */
export function explainedEnds(names: AddressNames | undefined, src: string, dst: string): string | undefined {
  const ends = namedEnds(names, src, dst, '→');
  if (ends === undefined) return undefined;
  const sources = new Set([src, dst].flatMap((address) => names?.get(address)?.knownBy ?? []));
  return `${ends} (by ${[...sources].join(' and ')})`;
}

/** Of a capture's names those that stand in a report, as a member of it: none if names were not asked for. */
export function namesAmong(
  names: AddressNames | undefined,
  addresses: readonly string[],
): { readonly names?: readonly AddressName[] } {
  if (names === undefined) return {};
  return { names: [...new Set(addresses)].flatMap((address) => names.get(address) ?? []) };
}

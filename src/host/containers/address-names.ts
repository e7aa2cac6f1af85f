/** Names of addresses, and of captured interfaces, out of one look at the host. */
import { statSync } from 'node:fs';
import type { AddressName, AddressNames } from '../../packet/address-names.ts';
import { printable } from '../../text/printable.ts';
import { type InterfaceName, OWN_NAMESPACE } from '../namespace.ts';
import type { Survey, SurveyedNamespace } from '../survey.ts';

/** What every namespace has, or every link. */
const NO_ONES = /^(?:127\.|169\.254\.|::1$|fe80:)/;

/** Addresses of other network namespaces. What two of them have is nobody's. */
export function nameAddresses({ namespaces }: Survey): AddressNames {
  const found = new Map<string, AddressName | undefined>();
  for (const namespace of namespaces) {
    const whose = nameOf(namespace);
    const addresses = namespace.interfaces.flatMap(({ link }) =>
      link.addresses.map((one) => one.replace(/\/\d+$/, '')),
    );
    for (const address of new Set(addresses)) {
      if (NO_ONES.test(address)) continue;
      const isFirst = !found.has(address);
      found.set(address, isFirst && whose !== undefined ? { address, ...whose } : undefined);
    }
  }
  return new Map([...found].filter((pair): pair is [string, AddressName] => pair[1] !== undefined));
}

function nameOf({ name, boundName, named }: SurveyedNamespace): Omit<AddressName, 'address'> | undefined {
  if (name === undefined) return undefined;
  if (named !== undefined) return { name: named.name, knownBy: named.knownBy };
  // The namespace's own name last. A process's number is no name.
  return boundName === undefined
    ? undefined
    : { name: printable(boundName), knownBy: "its namespace's name" };
}

/** Whose an interface is, in words: `pod:shop/web-0 (by /var/log/pods)`. */
export function describeInterface({ namespace }: InterfaceName, { namespaces }: Survey): string | undefined {
  const inode = statSync(namespace?.path ?? OWN_NAMESPACE, { throwIfNoEntry: false })?.ino;
  const named = namespaces.find((one) => one.inode === inode)?.named;
  return named === undefined ? undefined : `${named.called} (by ${named.knownBy})`;
}

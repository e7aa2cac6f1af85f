/** Captures that come with the package, by name: `tunnelscope @socat`. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { similarTo } from '../text/similar.ts';
import { UsageError } from './errors.ts';
import { collect } from './flag-values.ts';

/** Each is in package.json's files. */
export const BUNDLED: ReadonlyMap<string, string> = new Map([
  ['@socat', 'fixtures/socat.pcap'],
  ['@vxlan', 'fixtures/vxlan.pcap'],
  ['@flannel', 'fixtures/flannel.pcap'],
  ['@ipip', 'fixtures/ipip.pcap'],
  // Nothing listens at the tunnel's other end.
  ['@half', 'fixtures/half.pcap'],
  // VXLAN that carries pings, and neither TCP nor DNS.
  ['@only-ping', 'fixtures/findings/only-ping-works.pcap'],
  // TCP whose large segments never arrive.
  ['@black-hole', 'fixtures/findings/tcp-black-hole.pcap'],
  ['@fragments', 'fixtures/vxlan-fragmented.pcap'],
  // The same pings at every interface on their way, for path.
  ['@points', 'fixtures/socat-points.pcapng'],
]);

/**
 * @param word of the command line
 * @returns the path of the capture that it names; any word that does not begin with @, or is a file, as it is
 * @throws {UsageError} if there is no such capture
 */
export function bundledPath(word: string): string {
  if (!word.startsWith('@') || existsSync(word)) return word;
  const path = BUNDLED.get(word);
  if (path === undefined) {
    const similar = similarTo(word, BUNDLED.keys());
    const advice =
      similar === undefined ? `bundled are ${[...BUNDLED.keys()].join(', ')}` : `did you mean ${similar}?`;
    throw new UsageError(`unknown capture "${word}"; ${advice}`);
  }
  // A bundle's chunks lie deeper than its entries, and dist/ has a package.json of its own: the first folder upwards that has it.
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, path)) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, path);
}

/** For a command's words. */
export function collectWords(word: string, previous?: string[]): string[] {
  return collect(bundledPath(word), previous);
}

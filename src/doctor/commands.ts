/** Commands as somebody would type them, in the namespace where they belong. Names are any bytes, and no shell may read anything into them. */
import { bytesOfName } from '../host/device-name.ts';
import type { Namespace } from './model.ts';

/** `ip -n h1 link set …` */
export function ip(namespace: Namespace, ...words: readonly (string | number)[]): string {
  return tool('ip', namespace, words);
}

/** `bridge -n h1 fdb append …` */
export function bridge(namespace: Namespace, ...words: readonly (string | number)[]): string {
  return tool('bridge', namespace, words);
}

function tool(name: string, namespace: Namespace, words: readonly (string | number)[]): string {
  const { name: where, pid } = namespace.facts;
  if (where === undefined || pid !== undefined) return run(namespace, name, ...words);
  return [name, '-n', where, ...words].map(shellWord).join(' ');
}

/** `ip netns exec h1 nft …` */
export function run(namespace: Namespace, ...words: readonly (string | number)[]): string {
  const { name, pid } = namespace.facts;
  const enter =
    pid !== undefined
      ? ['nsenter', '-t', pid, '-n']
      : name === undefined
        ? []
        : ['ip', 'netns', 'exec', name];
  return [...enter, ...words].map(shellWord).join(' ');
}

/** A word for bash: as it is where that says nothing to a shell, else quoted, in printable ASCII. */
export function shellWord(word: string | number): string {
  const text = String(word);
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (/^[ -~]+$/.test(text)) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const bytes = [...bytesOfName(text)].map((byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `$'${bytes.join('')}'`;
}

/** Commands as somebody would type them, in the namespace where they belong. Names are any bytes, and no shell may read anything into them. */
import { bytesOfName } from '../host/device-name.ts';
import type { Device, Namespace } from './model.ts';
import { familyOf } from './prefix.ts';

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

/** A setting of a device, or of all of a namespace: `sysctl -w net.ipv4.conf.flannel/1.rp_filter=2`. */
export function setting(
  where: Device | Namespace,
  family: 'ip' | 'ip6' | undefined,
  name: string,
  value: number,
): string {
  const isAll = 'facts' in where;
  // sysctl takes a dot for a slash, and the other way round.
  const of = isAll ? 'all' : where.name.replaceAll('.', '/');
  const version = family === 'ip6' ? 'ipv6' : 'ipv4';
  return run(isAll ? where : where.namespace, 'sysctl', '-w', `net.${version}.conf.${of}.${name}=${value}`);
}

/** Lets packets be passed on that come in by a device and are for such an address. Where others do, setting it for all changes nothing. */
export function forwardingOn(device: Device, to: string): string {
  const family = familyOf(to);
  const isOn = device.namespace.devices.some(({ settings }) =>
    family === 'ip6' ? settings.forwarding6 : settings.forwarding,
  );
  return setting(isOn ? device : device.namespace, family, 'forwarding', 1);
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

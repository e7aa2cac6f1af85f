/**
 * libpcap's filter language in Wireshark's words, for the expressions that people write about pings: a display filter sees what is inside
 * tunnels, and libpcap's (pcap-filter(7)) only the outermost headers.
 */

const PROTOCOLS: Readonly<Record<string, string>> = {
  arp: 'arp',
  icmp: 'icmp',
  icmp6: 'icmpv6',
  ip: 'ip',
  ip6: 'ipv6',
  tcp: 'tcp',
  udp: 'udp',
};
const CONNECTIVES: Readonly<Record<string, '&&' | '||'>> = { and: '&&', '&&': '&&', or: '||', '||': '||' };
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^[\da-f:]*:[\da-f:.]*$/i;

/**
 * The display filter that means the same at any level.
 *
 * @param expression of libpcap's language
 * @returns undefined if it uses more than protocols, hosts, networks and ports
 */
export function fromCaptureFilter(expression: string): string | undefined {
  const words = expression.match(/&&|\|\||[()!]|[^\s()!&|]+/g) ?? [];
  const whole = expressionAt(words, 0);
  return whole?.next === words.length ? whole.text : undefined;
}

/** In libpcap's language `and` and `or` bind alike, from the left; in Wireshark's `&&` binds tighter. */
function expressionAt(words: readonly string[], first: number): Part | undefined {
  let left = termAt(words, first);
  let lastConnective: string | undefined;
  while (left !== undefined) {
    const connective = own(CONNECTIVES, words[left.next] ?? '');
    if (connective === undefined) break;
    const right = termAt(words, left.next + 1);
    if (right === undefined) return undefined;
    const isLooser = connective === '&&' && lastConnective === '||';
    left = {
      text: `${isLooser ? `(${left.text})` : left.text} ${connective} ${right.text}`,
      next: right.next,
    };
    lastConnective = connective;
  }
  return left;
}

function termAt(words: readonly string[], at: number): Part | undefined {
  if (words[at] === 'not' || words[at] === '!') {
    const negated = termAt(words, at + 1);
    return negated && { text: `!${negated.text}`, next: negated.next };
  }
  if (words[at] !== '(') return primitiveAt(words, at);
  const inner = expressionAt(words, at + 1);
  if (inner === undefined || words[inner.next] !== ')') return undefined;
  return { text: `(${inner.text})`, next: inner.next + 1 };
}

/** A part of an expression, in the other language. */
interface Part {
  readonly text: string;
  /** The word after it. */
  readonly next: number;
}

/** One primitive: protocol, direction, type, value, of which most may be left out. */
function primitiveAt(words: readonly string[], first: number): Part | undefined {
  let at = first;
  const protocol = own(PROTOCOLS, words[at] ?? '');
  if (protocol !== undefined) at++;
  const direction = words[at] === 'src' || words[at] === 'dst' ? words[at++] : undefined;
  const type = ['host', 'net', 'port', 'portrange'].includes(words[at] ?? '') ? words[at++] : undefined;
  if (protocol !== undefined && direction === undefined && type === undefined) {
    return { text: protocol, next: at };
  }
  const value = words[at] ?? '';
  const text =
    type === 'port' || type === 'portrange'
      ? portText(protocol, direction, type, value)
      : addressText(protocol, direction, type, value);
  return text === undefined ? undefined : { text, next: at + 1 };
}

function portText(
  protocol: string | undefined,
  direction: string | undefined,
  type: string,
  value: string,
): string | undefined {
  const range = /^(\d{1,5})-(\d{1,5})$/.exec(value);
  const isRange = type === 'portrange';
  if (isRange ? range === null : !/^\d{1,5}$/.test(value)) return undefined;
  const compared = isRange ? ` in {${range?.[1]}..${range?.[2]}}` : ` == ${value}`;
  const carriers = protocol === undefined ? ['tcp', 'udp'] : [protocol];
  if (!carriers.every((carrier) => carrier === 'tcp' || carrier === 'udp')) return undefined;
  const each = carriers.map((carrier) => `${carrier}.${direction ?? ''}port${compared}`);
  return each.length === 1 ? each[0] : `(${each.join(' || ')})`;
}

function addressText(
  protocol: string | undefined,
  direction: string | undefined,
  type: string | undefined,
  value: string,
): string | undefined {
  if (protocol !== undefined && protocol !== 'ip' && protocol !== 'ipv6') return undefined;
  const [address = '', length, ...more] = value.split('/');
  const family = IPV4.test(address) ? 'ip' : IPV6.test(address) ? 'ipv6' : undefined;
  const isNetwork = length !== undefined && /^\d{1,3}$/.test(length) && more.length === 0;
  if (family === undefined || (type === 'net' ? !isNetwork : length !== undefined)) return undefined;
  if (protocol !== undefined && protocol !== family) return undefined;
  return `${family}.${direction ?? 'addr'} == ${value}`;
}

/** A word is any: "constructor" is none of them. */
function own(table: Readonly<Record<string, string>>, word: string): string | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

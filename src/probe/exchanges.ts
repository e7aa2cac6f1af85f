/** A TCP connection and a DNS query, by bash alone, which is on every host where somebody works. */

import { counted } from '../text/words.ts';

/** Seconds for an answer. A SYN is sent again after one. */
const PATIENCE = 3;
const DNS_PORT = 53;
const LABEL = /^[A-Za-z0-9_](?:[-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?$/;
const DNS_HEADER = 12;

export interface ExchangeOutcome {
  readonly answered: boolean;
  /** What is wrong, or what came, in words. */
  readonly words: string;
}

export function tcpWords(address: string, port: number): string[] {
  return ['timeout', String(PATIENCE), 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`];
}

export function readTcp({
  status,
  stderr,
}: {
  readonly status: number;
  readonly stderr: string;
}): ExchangeOutcome {
  if (status === 0) return { answered: true, words: 'connected' };
  if (status === 124) return { answered: false, words: `no answer within ${PATIENCE} s` };
  const [, reason = 'it failed'] = /connect: (.+)$/m.exec(stderr) ?? /: ([^:]+)$/m.exec(stderr.trim()) ?? [];
  return { answered: false, words: reason.toLowerCase() };
}

/** Whether a name can be asked for: letters, digits, `-` and `_` between dots. */
export function isDnsName(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.');
  return name.length <= 253 && labels.every((label) => LABEL.test(label));
}

/** A query for a name's IPv4 address (RFC 1035, section 4.1), with recursion desired. */
export function dnsQuery(name: string, id: number): Uint8Array {
  const labels = name.replace(/\.$/, '').split('.');
  return Uint8Array.from([
    ...[id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    ...labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]),
    ...[0, 0, 1, 0, 1],
  ]);
}

/** bash ends what it writes at each newline byte, which a label's length may be: dd makes one datagram of it. */
export function dnsWords(address: string, query: Uint8Array): string[] {
  const bytes = [...query].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  const script = [
    `exec 3<>/dev/udp/${address}/${DNS_PORT}`,
    `printf '${bytes}' | dd ibs=1 obs=512 2>/dev/null >&3`,
    'dd bs=4096 count=1 2>/dev/null <&3 | od -An -v -tx1',
  ];
  return ['timeout', String(PATIENCE), 'bash', '-c', script.join('; ')];
}

const RESPONSE_CODES = [
  'no error',
  'format error',
  'server failure',
  'no such name',
  'not implemented',
  'refused',
];

export function readDns(
  { status, stdout }: { readonly status: number; readonly stdout: string },
  id: number,
): ExchangeOutcome {
  const bytes = Buffer.from(stdout.replaceAll(/\s/g, ''), 'hex');
  if (bytes.length === 0) {
    const words = status === 124 ? `no answer within ${PATIENCE} s` : 'port unreachable';
    return { answered: false, words };
  }
  if (bytes.length < DNS_HEADER || bytes.readUInt16BE(0) !== id || (bytes.readUInt8(2) & 0x80) === 0) {
    return { answered: false, words: 'what came back is not an answer' };
  }
  const code = bytes.readUInt8(3) & 15;
  const words = `${RESPONSE_CODES[code] ?? `response code ${code}`}, ${counted(bytes.readUInt16BE(6), 'record')}`;
  return { answered: true, words };
}

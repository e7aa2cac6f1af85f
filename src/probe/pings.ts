/** Pings of one size: how `ping` (iputils) is told to send them, and what it tells of them. */

export interface PingRequest {
  readonly address: string;
  /** Bytes of the IP packet. */
  readonly size: number;
  /** Don't Fragment. */
  readonly df: boolean;
  readonly count: number;
  /** Seconds to wait for an answer. */
  readonly wait: number;
  /** ICMP identifier. */
  readonly ident: number;
}

export interface PingOutcome extends Pick<PingRequest, 'size' | 'df' | 'ident'> {
  readonly sent: number;
  readonly answered: number;
  /** The MTU that was told with a refusal. */
  readonly toldMtu?: number;
  /** Who told it: a router's address; absent where this end's own kernel did. */
  readonly toldBy?: string;
  /** Another error, in ping's words. */
  readonly error?: string;
}

/** Seconds between pings: what everybody may send. */
export const INTERVAL = 0.2;
const IPV4_HEADERS = 28;
const IPV6_HEADERS = 48;

/** Bytes of headers around a ping's data: IP and ICMP. */
export function headersOf(address: string): number {
  return address.includes(':') ? IPV6_HEADERS : IPV4_HEADERS;
}

export function pingWords({ address, size, df, count, wait, ident }: PingRequest): string[] {
  return [
    ...['ping', '-n', '-c', String(count), '-i', String(INTERVAL), '-W', String(wait), '-e', String(ident)],
    ...['-M', df ? 'do' : 'dont', '-s', String(size - headersOf(address)), address],
  ];
}

export function readPing(
  { size, df, ident, count }: PingRequest,
  { status, stdout, stderr }: { readonly status: number; readonly stdout: string; readonly stderr: string },
): PingOutcome {
  const [, sent = '0', answered = '0'] =
    /(\d+) packets transmitted, (\d+)(?: packets)? received/.exec(stdout) ?? [];
  const base = { size, df, ident, sent: Math.min(Number(sent), count), answered: Number(answered) };
  const text = `${stdout}\n${stderr}`;
  const told = /^From (\S+).*?(?:Frag needed.*?mtu = (\d+)|Packet too big.*?mtu[=: ]+(\d+))/im.exec(text);
  if (told !== null) return { ...base, toldMtu: Number(told[2] ?? told[3]), toldBy: told[1] as string };
  const local = /message too long,? mtu[=: ]+(\d+)/i.exec(text);
  if (local !== null) return { ...base, toldMtu: Number(local[1]) };
  const error = /^From (\S+) icmp_seq=\d+ (.+)$/m.exec(text) ?? /^ping: (.+)$/m.exec(text);
  if (error !== null && base.answered === 0) {
    const [, first = '', second] = error;
    return { ...base, error: second === undefined ? first : `${first}: ${second}` };
  }
  return status > 1 ? { ...base, error: text.trim().split('\n').at(-1) ?? '' } : base;
}

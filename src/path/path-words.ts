/** The path view's facts in words: what goes a way, where it was lost and why, and what it all came to. */
import { counted } from '../text/words.ts';
import { FOLLOWED, type Followed } from './followed.ts';
import type { PathLoss, PathPing, PathView, PathWay } from './path-view.ts';

/** What goes there and back, what is counted, and by which number rows are told apart. */
export const WORDS = {
  icmp: { request: 'request', reply: 'reply', one: 'ping', many: 'pings', label: 'seq' },
  tcp: { request: 'SYN', reply: 'answer', one: 'connection', many: 'connections', label: 'port' },
  dns: { request: 'query', reply: 'answer', one: 'query', many: 'queries', label: 'id' },
} as const;

/** What is said of a reply that no ICMP error explains. */
const UNDELIVERED = {
  refused: 'an ICMP error says that it was not delivered',
  damaged: 'its ICMP checksum or that of an IPv4 header is wrong, so receivers drop it',
  'not back': undefined,
} as const;
/** The same of a connection's or a query's. */
const UNDELIVERED_BESIDE_PINGS = {
  refused: 'the other end refuses the connection (RST)',
  damaged: 'its TCP or UDP checksum is wrong, so its receiver drops it',
  'not back': undefined,
} as const;

/** Where a ping that was not answered was seen last, and why, as far as is known; empty for one that was answered. */
export function lossText(
  { ways, points, errors, drops }: Pick<PathView, 'ways' | 'points' | 'errors' | 'drops'>,
  ping: PathPing,
): string {
  if (ping.lastSeen === null) return '';
  const { direction, point } = ping.lastSeen;
  const error = ping.error === null ? undefined : errors[ping.error];
  const where =
    error === undefined
      ? ''
      : ` (packet ${error.packet}${error.point === null ? '' : ` at ${points[error.point]?.name}`})`;
  const protocol = ways[ping.way]?.protocol ?? 'icmp';
  const undelivered = protocol === 'icmp' ? UNDELIVERED : UNDELIVERED_BESIDE_PINGS;
  const known = error?.message ?? (ping.undelivered === null ? undefined : undelivered[ping.undelivered]);
  const drop = typeof ping.drop === 'number' ? drops?.[ping.drop] : undefined;
  const cause = typeof drop?.because === 'number' ? drops?.[drop.because] : undefined;
  const dropped = [drop, cause].map((one) => (one === undefined ? '' : `; ${one.message}`)).join('');
  const why = known === undefined ? dropped : `; ${known}${where}${dropped}`;
  const { endedAfter } = ping;
  const later =
    endedAfter === undefined || endedAfter < 0.0005 ? 'then' : `${endedAfter.toFixed(3)} ms later`;
  const end = endedAfter === undefined ? '' : `; the capture ended ${later}: it may have been under way`;
  return `${WORDS[protocol][direction]} last seen at ${points[point]?.name}${why}${end}`;
}

/** A way in words, with the one identifier where its pings have one: `172.16.0.2 → 172.16.1.2 id 18023: 4 pings, 4 answered`. */
export function wayName(
  { protocol, port, src, dst, pings, answered }: PathWay,
  rows: readonly PathPing[],
): string {
  const { one, many } = WORDS[protocol];
  const idents = new Set(rows.map(({ ident }) => ident));
  const ident = idents.size === 1 ? ` id ${[...idents][0]}` : '';
  const what = protocol === 'icmp' ? ident : ` ${protocol} ${port}`;
  return `${src} → ${dst}${what}: ${counted(pings, one, many)}, ${answered} answered`;
}

/** By what one of a way's rows is told from the others. */
export function labelOf(protocol: Followed, { ident, seq, srcport }: PathPing, isOneIdent: boolean): string {
  if (protocol === 'tcp') return String(srcport);
  if (protocol === 'dns') return String(ident);
  return isOneIdent ? String(seq) : `${ident}/${seq}`;
}

/** The last line: whether all was answered, and where the others were seen last. @param of what was followed */
export function conclusion(view: PathView, of: readonly Followed[] = ['icmp']): string {
  const { pings, points, repliesAlone, ways, furtherLost } = view;
  const at = counted(points.length, 'point');
  const alone = repliesAlone === 0 ? '' : `; ${counted(repliesAlone, 'reply', 'replies')} without a request`;
  const protocols = FOLLOWED.filter((protocol) => ways.some((way) => way.protocol === protocol));
  if (pings === 0) {
    const sought = of.map((protocol) => WORDS[protocol].one);
    return `FAIL  no ${sought.join(' and no ')} seen at ${at}${alone}`;
  }
  const answered = protocols.length > 1 ? answeredEach(view, protocols) : answeredAll(view, protocols[0]);
  if (view.verdict === 'pass') return `PASS  ${answered} answered, at ${at}${alone}`;
  const losses = [
    ...ways.flatMap(({ protocol, lost }) =>
      lost.map((loss) => ({ ...loss, what: WORDS[protocol][loss.direction] })),
    ),
    ...furtherLost.map((loss) => ({ ...loss, what: WORDS.icmp[loss.direction] })),
  ];
  const together = new Map<string, PathLoss & { readonly what: string }>();
  for (const loss of losses) {
    const key = `${loss.what} ${loss.lastSeen}`;
    together.set(key, { ...loss, count: loss.count + (together.get(key)?.count ?? 0) });
  }
  const places = [...together.values()].sort((a, b) => b.count - a.count);
  const said = places
    .slice(0, 4)
    .map(
      ({ what, lastSeen, count }) =>
        `${counted(count, what, plural(what))} last seen at ${points[lastSeen]?.name}`,
    );
  if (places.length > said.length) said.push('others elsewhere');
  return `FAIL  ${answered} answered: ${said.join(', ')}${alone}`;
}

const plural = (word: string): string => (word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`);

/** "4 of 4 pings" */
function answeredAll(
  { pings, answered }: Pick<PathWay, 'pings' | 'answered'>,
  protocol: Followed = 'icmp',
): string {
  const { one, many } = WORDS[protocol];
  return `${answered} of ${counted(pings, one, many)}`;
}

/** The same of each kind. What went between further addresses than are told apart is of no kind that is known. */
function answeredEach({ ways, pings, answered }: PathView, protocols: readonly Followed[]): string {
  const said: string[] = [];
  let left = { pings, answered };
  for (const protocol of protocols) {
    const own = ways.filter((way) => way.protocol === protocol);
    const sum = {
      pings: own.reduce((total, way) => total + way.pings, 0),
      answered: own.reduce((total, way) => total + way.answered, 0),
    };
    left = { pings: left.pings - sum.pings, answered: left.answered - sum.answered };
    if (sum.pings > 0) said.push(answeredAll(sum, protocol));
  }
  if (left.pings > 0) said.push(`${left.answered} of ${left.pings} others`);
  return said.join(', ');
}

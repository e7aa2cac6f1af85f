/** What a probe found out, and what is to be said of it. */
import type { Problem } from '../doctor/problem.ts';
import type { PathPing, PathView, PathWay } from '../path/path-view.ts';
import { lossText } from '../path/path-words.ts';
import type { ExchangeOutcome } from './exchanges.ts';
import { headersOf, type PingOutcome } from './pings.ts';

/** What was tried, and where it was looked at. */
export interface Evidence {
  /** The ends, as they were named. */
  readonly from: string;
  readonly to: string;
  /** The address that everything was sent to. */
  readonly address: string;
  /** Pings of one size each, in their order; the first ones are small. */
  readonly pings: readonly PingOutcome[];
  /** Bytes of the largest IP packet that the sender's device takes, which was the largest with DF that was tried. */
  readonly limit: number;
  /** Bytes of the largest that passed with DF; undefined where none did, or its end was not found. */
  readonly largest: number | undefined;
  /** MTUs of the points where devices tell them. */
  readonly mtus: ReadonlyMap<string, number>;
  readonly tcp?: ({ readonly port: number } & ExchangeOutcome) | undefined;
  readonly dns?: ({ readonly name: string } & ExchangeOutcome) | undefined;
  readonly path: PathView;
  /** What doctor's checks say of this host's namespaces on the way. */
  readonly problems: readonly Problem[];
}

/** One thing that was expected of the way. */
export interface ProbeCheck {
  readonly name: 'pings' | 'size' | 'fragments' | 'tcp' | 'dns';
  readonly met: boolean;
  readonly expected: string;
  readonly received: string;
  /** Where it ends and why, as far as was seen. */
  readonly why?: string;
}

type Found = Omit<Evidence, 'mtus'>;

export interface ProbeResult extends Found {
  readonly verdict: 'pass' | 'fail';
  /** The least MTU of the devices that packets passed without their tunnel's headers; undefined where it is not known. */
  readonly promised: number | undefined;
  readonly checks: readonly ProbeCheck[];
  /** One line: what passes, up to which size, where it ends, why. */
  readonly conclusion: string;
}

export function judge({ mtus, ...evidence }: Evidence): ProbeResult {
  const { path, address, pings, largest, limit } = evidence;
  const way = path.ways.findIndex(({ protocol, dst }) => protocol === 'icmp' && dst === address);
  const rowOf = ({ ident }: PingOutcome) =>
    path.rows.find((row) => row.way === way && row.ident === ident && !row.answered) ??
    path.rows.find((row) => row.way === way && row.ident === ident);
  const whyOf = (ping: PingOutcome) => reasonOf(path, rowOf(ping), ping);
  const promised = promisedMtu(evidence, way, mtus);
  const checks: ProbeCheck[] = [smallCheck(evidence, whyOf)];
  const passes = checks[0]?.met === true;
  if (passes) {
    checks.push(sizeCheck({ largest, limit, pings, address }, promised, whyOf));
    checks.push(...fragmentChecks(pings, whyOf));
  }
  checks.push(...exchangeChecks(evidence, passes));
  return {
    verdict: checks.every(({ met }) => met) ? 'pass' : 'fail',
    conclusion: conclude(checks, evidence),
    ...evidence,
    promised,
    checks,
  };
}

/** Without a header of a tunnel's around them, packets need the device's whole MTU. */
function promisedMtu(
  { path, pings }: Pick<Evidence, 'path' | 'pings'>,
  way: number,
  mtus: ReadonlyMap<string, number>,
): number | undefined {
  const first = path.rows.find((row) => row.way === way && row.ident === pings[0]?.ident && row.answered);
  const inside = [...(first?.request ?? []), ...(first?.reply ?? [])].flatMap(({ point, tunnels }) => {
    const mtu = mtus.get(path.points[point]?.name ?? '');
    return tunnels === 0 && mtu !== undefined ? [mtu] : [];
  });
  return inside.length === 0 ? undefined : Math.min(...inside);
}

type Why = (ping: PingOutcome) => string | undefined;

function smallCheck({ pings }: Found, whyOf: Why): ProbeCheck {
  const [small] = pings as readonly [PingOutcome];
  const { sent, answered, size } = small;
  const met = answered > 0 && answered === sent;
  return {
    name: 'pings',
    met,
    expected: `small pings (${size} bytes) answered`,
    received: `${answered} of ${sent} answered`,
    ...(!met && reason(whyOf(small))),
  };
}

function sizeCheck(
  { largest, limit, pings, address }: Pick<Evidence, 'largest' | 'limit' | 'pings' | 'address'>,
  promised: number | undefined,
  whyOf: Why,
): ProbeCheck {
  const wanted = Math.min(promised ?? limit, limit);
  const failed = pings.filter(({ df, answered, size }) => df && answered === 0 && size <= limit);
  // What nobody told of is lost without a word; the smallest of it is where that begins.
  // Only what passes by itself is a true word.
  const told = failed.find(({ toldMtu }) => toldMtu !== undefined && toldMtu <= (largest ?? 0));
  const silent = failed.toSorted((a, b) => a.size - b.size).find(({ toldMtu }) => toldMtu === undefined);
  const isRefusal = failed.length > 0 && told !== undefined;
  // Of devices elsewhere it is not known what they promise: who refuses and says why is believed.
  const isEnough = largest !== undefined && (largest >= wanted || (promised === undefined && isRefusal));
  const met = isEnough && (failed.length === 0 || isRefusal);
  const first = silent ?? told;
  const size = largest === undefined ? 'its end was not found' : sizeText(largest, address);
  const behind =
    failed.length === 0
      ? ''
      : isRefusal
        ? `; larger ones are refused with MTU ${told?.toldMtu}`
        : '; larger ones are lost, and nobody says so';
  return {
    name: 'size',
    met,
    expected: `up to ${sizeText(wanted, address)} with DF, or larger ones refused with an MTU`,
    received: `${size}${behind}`,
    ...(first !== undefined && reason(whyOf(first))),
  };
}

function fragmentChecks(pings: readonly PingOutcome[], whyOf: Why): ProbeCheck[] {
  const whole = pings.slice(1).filter(({ df }) => !df);
  if (whole.length === 0) return [];
  const lost = whole.find(({ answered }) => answered === 0);
  const sizes = whole.map(({ size }) => size).join(', ');
  return [
    {
      name: 'fragments',
      met: lost === undefined,
      expected: `without DF, ${sizes} bytes answered`,
      received: lost === undefined ? 'all answered' : `${lost.size} bytes not answered`,
      ...(lost !== undefined && reason(whyOf(lost))),
    },
  ];
}

function exchangeChecks({ tcp, dns, path, address }: Found, pingsPass: boolean): ProbeCheck[] {
  const checks: ProbeCheck[] = [];
  for (const [name, outcome, what] of [
    ['tcp', tcp, tcp === undefined ? '' : `a connection to TCP port ${tcp.port}`],
    ['dns', dns, dns === undefined ? '' : `an answer for ${dns.name}`],
  ] as const) {
    if (outcome === undefined) continue;
    const way = path.ways.findIndex((one) => one.protocol === name && one.dst === address);
    const row = path.rows.find((one) => one.way === way && !one.answered);
    const lost = row === undefined ? '' : lossText(path, row);
    const only = pingsPass && lost !== '' ? `, while pings pass` : '';
    checks.push({
      name,
      met: outcome.answered,
      expected: what,
      received: outcome.words,
      ...(!outcome.answered && lost !== '' && { why: `${lost}${only}` }),
    });
  }
  return checks;
}

function reason(why: string | undefined): { readonly why?: string } {
  return why === undefined || why === '' ? {} : { why };
}

function reasonOf(path: PathView, row: PathPing | undefined, ping: PingOutcome): string | undefined {
  const { toldMtu, toldBy, error } = ping;
  const loss = row === undefined ? '' : lossText(path, row);
  const told =
    toldMtu === undefined
      ? error
      : toldBy === undefined
        ? `the sender's own kernel refuses it: it knows of an MTU of ${toldMtu}`
        : `${toldBy} says that it takes ${toldMtu}`;
  if (loss === '') return told ?? (row === undefined ? 'it was seen at none of the points' : undefined);
  return loss.includes(';') || told === undefined ? loss : `${loss}; ${told}`;
}

/** `1450 bytes (ping -s 1422)`. */
export function sizeText(size: number, address: string): string {
  return `${size} bytes (ping -s ${size - headersOf(address)})`;
}

function conclude(checks: readonly ProbeCheck[], { largest, address, problems }: Found): string {
  const failed = checks.find(({ met }) => !met);
  const size = largest === undefined ? undefined : `pings pass up to ${sizeText(largest, address)} with DF`;
  const cause = problems.find(({ severity }) => severity === 'error');
  if (failed === undefined) {
    const refused = checks.find(({ name }) => name === 'size');
    const behind = refused?.received.includes(';') === true ? refused.received.replace(/^[^;]*/, '') : '';
    const others = checks.filter(({ name }) => name === 'tcp' || name === 'dns');
    return `${size}${behind}${others.map(({ name, received }) => `; ${name}: ${received}`).join('')}`;
  }
  const what =
    failed.name === 'pings'
      ? 'nothing passes'
      : failed.name === 'size'
        ? `${size === undefined ? '' : `${size}; `}expected ${failed.expected}`
        : `${size === undefined ? '' : `${size}; `}${failed.name}: ${failed.received}`;
  const why = failed.why === undefined ? '' : `: ${failed.why}`;
  const where =
    cause === undefined
      ? ''
      : `; doctor: ${cause.namespace}${cause.device === undefined ? '' : ` ${cause.device}`}: ${cause.seen}`;
  return `${what}${why}${where}`;
}

/** A path with few rows: its first answered ping, and the first lost one of each way, since sizes differ and the way does not. */
export function shortPath(path: PathView, address: string): PathView {
  const ways = new Map<PathWay, number>(path.ways.map((way, i) => [way, i]));
  const ours = path.ways.filter(({ dst }) => dst === address);
  const rows = ours.flatMap((way) => {
    const all = path.rows.filter((row) => row.way === ways.get(way));
    return [all.find(({ answered }) => answered), all.find(({ answered }) => !answered)].flatMap((row) =>
      row === undefined ? [] : [{ ...row, way: ours.indexOf(way) }],
    );
  });
  return { ...path, ways: ours, rows };
}

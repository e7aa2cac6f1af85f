/** Sends what a probe sends, captures it at all points between, and prints what came of it. */
import { isatty } from 'node:tty';
import { createDecoder } from '../../../decode/decoder.ts';
import { examine } from '../../../doctor/examine.ts';
import type { Problem } from '../../../doctor/problem.ts';
import { readFacts } from '../../../host/facts/read-facts.ts';
import { type Survey, type SurveyedNamespace, surveyNamespaces } from '../../../host/survey.ts';
import type { Run } from '../../../lab/network/command-shell.ts';
import { CaptureError } from '../../../packet/source.ts';
import { FOLLOWED } from '../../../path/followed.ts';
import { createPathTracker } from '../../../path/path-tracker.ts';
import { droppedAt } from '../../../path/trace-path.ts';
import { dnsQuery, dnsWords, isDnsName, readDns, readTcp, tcpWords } from '../../../probe/exchanges.ts';
import { INTERVAL, type PingOutcome, pingWords, readPing } from '../../../probe/pings.ts';
import { formatProbe, formatProbeJunit, sentText } from '../../../probe/probe-report.ts';
import { type Evidence, judge, type ProbeResult } from '../../../probe/probe-result.ts';
import { findLargest } from '../../../probe/size-search.ts';
import { addressesIn, type WayPoint, wayPoints } from '../../../probe/way-points.ts';
import { asciiJson, escapeControls } from '../../../text/printable.ts';
import { EXIT, errorText, UsageError } from '../../errors.ts';
import { openSource } from '../../open-source.ts';
import { readPackets } from '../../read-packets.ts';
import { writeText } from '../../standard-output.ts';
import { hearKernel } from '../../why.ts';
import { writeDocument } from '../../write-document.ts';
import { type EndShell, lookAtHost, shellIn, shellOn } from './end-shell.ts';
import { chooseAddress, type End, EXPECTED, type HostEnd, type NamespaceEnd, parseEnd } from './ends.ts';

export interface ProbeOptions {
  at?: string[];
  address?: string;
  tcp?: number;
  dns?: string;
  /** Seconds. */
  wait?: number;
  format?: 'text' | 'json';
  json?: boolean;
  junit?: string;
  user?: string;
}

/** Bytes of IP packets: ping's own size, and what every link takes of IPv4 (RFC 791) and IPv6 (RFC 8200). */
const SMALL = { 4: 84, 6: 104 } as const;
const SMALL_COUNT = 3;
/** Pings of each other size: one may be lost by chance. */
const COUNT = 2;
const MOST_SIZES = 20;
/** Without DF, one size that the sender itself has to cut. */
const BEYOND = 500;
/** Seconds beyond those for an answer that a program at FROM has to end. */
const LATE = 15;
/** Milliseconds for the last packets to come from the kernel. */
const SETTLE = 300;

export async function probe(fromName: string, toName: string, options: ProbeOptions): Promise<number> {
  try {
    const result = await carryOut(fromName, toName, options);
    if (options.junit !== undefined) writeDocument(options.junit, formatProbeJunit(result));
    const width = isatty(1) ? (process.stdout.columns ?? 80) : 80;
    const isJson = options.json === true || options.format === 'json';
    writeText(isJson ? `${asciiJson(result)}\n` : formatProbe(result, width));
    return result.verdict === 'pass' ? EXIT.done : EXIT.notMet;
  } catch (error) {
    if (options.junit !== undefined) tryJunit(options.junit, `${fromName} to ${toName}`, error);
    throw error;
  }
}

function tryJunit(path: string, name: string, failure: unknown): void {
  try {
    writeDocument(path, formatProbeJunit({ name, error: errorText(failure) }));
  } catch {
    // That the report can't be written either does not matter beside the failure, which is told on standard error.
  }
}

async function carryOut(fromName: string, toName: string, options: ProbeOptions): Promise<ProbeResult> {
  const { at = [], tcp, dns, user } = options;
  if (dns !== undefined && !isDnsName(dns)) {
    throw new UsageError(
      `--dns "${dns}" is not a name to ask for; expected letters, digits and - between dots`,
    );
  }
  let surveyed: Survey | undefined;
  const survey = () => (surveyed ??= surveyNamespaces());
  const [from, to] = [parseEnd(fromName, survey), parseEnd(toName, survey)];
  if (from.kind === 'address') {
    throw new UsageError(`nothing can be sent from ${from.name}, which is only an address; ${EXPECTED}`);
  }
  const inodes = [from, to].flatMap((end) => (end.kind === 'namespace' ? [end.surveyed.inode] : []));
  const points = inodes.length === 0 ? [] : wayPoints(survey(), inodes);
  const hosts = [from, to].flatMap((end) => (end.kind === 'host' ? pointsOf(end) : []));
  const names = [...new Set([...points.map(({ name }) => name), ...hosts, ...at])];
  const shells: EndShell[] = [];
  const open = (start: () => EndShell) => {
    const shell = start();
    shells.push(shell);
    return shell;
  };
  try {
    let shell = from.kind === 'host' ? open(() => shellOn(from)) : undefined;
    const sender = from.kind === 'host' ? (await lookAtHost(from, shell as EndShell)).mtu : undefined;
    const limit = sender ?? senderMtu((from as NamespaceEnd).surveyed);
    const address = chooseAddress(to, await addressesOf(to, open), options.address);
    tellPlan({ from: fromName, to: toName, address, limit, points: names.length, options });
    let problems: readonly Problem[] = [];
    return await hearKernel({ why: points.length > 0, interface: names }, async (hearing) => {
      const input = { interface: names, silent: true, ...(user !== undefined && { user }) };
      const source = await openSource(input, [], () => {
        hearing.beside?.();
        if (from.kind === 'namespace') shell = open(() => shellIn(from, user));
        problems = points.length === 0 ? [] : problemsOnTheWay(points);
      });
      const decoder = createDecoder();
      const { interfaces } = source;
      const asked = { icmp: true, tcp: tcp !== undefined, dns: dns !== undefined };
      const of = FOLLOWED.filter((what) => asked[what]);
      const tracker = createPathTracker({ decoder, interfaces, of });
      const reading = readPackets(source, { silent: true }, tracker.batch);
      const aborted = new AbortController();
      const mtus = new Map(points.map(({ name, mtu }) => [name, mtu]));
      let sent: Pick<Evidence, 'pings' | 'largest' | 'tcp' | 'dns'>;
      try {
        const { run } = shell as EndShell;
        const sending = send(run, address, limit, [...mtus.values()], options, aborted.signal);
        // A signal ends reading, or a fault does.
        void reading.then(
          () => aborted.abort(),
          () => aborted.abort(),
        );
        sent = await sending;
        await new Promise((resolve) => setTimeout(resolve, SETTLE));
      } finally {
        source.stop();
        await reading;
      }
      const path = tracker.view(droppedAt(source), source.timesAreArrival, await hearing.end());
      console.error(`tunnelscope: sent ${sentText(sent.pings)}`);
      return judge({ from: fromName, to: toName, address, limit, mtus, path, problems, ...sent });
    });
  } finally {
    await Promise.all(shells.map((one) => one.end()));
  }
}

/** All devices of a host, and those of the namespace there. */
function pointsOf({ point, netns }: HostEnd): string[] {
  const here = point.text;
  return netns === undefined ? [here] : [here, here.replace(/^(ssh:\/\/[^/]+)\/.*$/s, '$1/any')];
}

async function addressesOf(end: End, open: (start: () => EndShell) => EndShell): Promise<readonly string[]> {
  if (end.kind === 'address') return [end.address];
  if (end.kind === 'namespace') return addressesIn(end.surveyed);
  const { addresses } = await lookAtHost(
    end,
    open(() => shellOn(end)),
  );
  return addresses;
}

/** Of a sender with several devices, the largest: the kernel says itself where another one's is less. */
function senderMtu({ interfaces }: SurveyedNamespace): number {
  const mtus = interfaces.flatMap(({ link }) => (link.isUp && !link.isLoopback ? [link.mtu] : []));
  if (mtus.length === 0) {
    throw new CaptureError('FROM has no interface that is up besides lo: nothing can be sent from there');
  }
  return Math.max(...mtus);
}

/** Doctor's, of the namespaces that the points are in. It sends nothing. */
function problemsOnTheWay(points: readonly WayPoint[]): readonly Problem[] {
  const wanted = new Set(points.map(({ namespace }) => namespace));
  return examine([readFacts((name) => wanted.has(name))]).problems;
}

interface Plan {
  readonly from: string;
  readonly to: string;
  readonly address: string;
  readonly limit: number;
  readonly points: number;
  readonly options: ProbeOptions;
}

function tellPlan({ from, to, address, limit, points, options }: Plan): void {
  const { tcp, dns } = options;
  const most = SMALL_COUNT + COUNT * (MOST_SIZES + 2);
  const others = [
    ...(tcp === undefined ? [] : [`a connection to TCP port ${tcp}`]),
    ...(dns === undefined ? [] : [`a DNS query for ${dns}`]),
  ];
  const besides = others.length === 0 ? '' : `, ${others.join(', ')}`;
  console.error(
    escapeControls(
      `tunnelscope: ${from} to ${to}, seen at ${points} points: at most ${most} pings of ${smallSize(address)} to ${limit + BEYOND} bytes${besides}, ${1 / INTERVAL} a second, to ${address} alone`,
    ),
  );
}

function smallSize(address: string): number {
  return SMALL[address.includes(':') ? 6 : 4];
}

async function send(
  run: Run,
  address: string,
  limit: number,
  mtus: readonly number[],
  { tcp, dns, wait = 1 }: ProbeOptions,
  signal: AbortSignal,
): Promise<Pick<Evidence, 'pings' | 'largest' | 'tcp' | 'dns'>> {
  const pings: PingOutcome[] = [];
  const first = Math.floor(Math.random() * 0x8000);
  const tell = async (words: readonly string[]) => {
    const late = AbortSignal.timeout((wait + LATE) * 1000);
    const result = await run(words, AbortSignal.any([signal, late]));
    // What was cut short says nothing of the way.
    if (signal.aborted) throw new CaptureError('the probe was ended before it had its answers');
    if (late.aborted || result.status === -1) {
      const how = late.aborted ? `has not ended within ${wait + LATE} s` : 'was ended, or the connection was';
      const said = result.stderr.trim().split('\n').at(-1);
      throw new CaptureError(
        escapeControls(`${words[0]} at FROM ${how}${said === undefined || said === '' ? '' : `: ${said}`}`),
      );
    }
    return result;
  };
  const ping = async (size: number, df: boolean, count = COUNT): Promise<PingOutcome> => {
    const request = { address, size, df, count, wait, ident: first + pings.length };
    const result = await tell(pingWords(request));
    if (/^ping: (?:invalid|unrecognized|illegal) option|BusyBox/m.test(result.stderr)) {
      throw new CaptureError(
        'ping there is not iputils’ of 2021 or later, which probe needs; install iputils-ping',
      );
    }
    if (result.status === 127) throw new CaptureError('ping is not installed there; install iputils-ping');
    const outcome = readPing(request, result);
    pings.push(outcome);
    return outcome;
  };
  const small = smallSize(address);
  const { answered } = await ping(small, false, SMALL_COUNT);
  let largest: number | undefined;
  if (answered > 0) {
    largest = await findLargest({
      from: small,
      to: limit,
      likely: mtus,
      most: MOST_SIZES,
      attempt: async (size) => {
        const tried = await ping(size, true);
        return { size, passed: tried.answered > 0, toldMtu: tried.toldMtu };
      },
    });
    if (largest !== undefined && largest < limit) await ping(largest + 1, false);
    await ping(limit + BEYOND, false);
  }
  const id = first;
  const connected = tcp === undefined ? undefined : readTcp(await tell(tcpWords(address, tcp)));
  const asked = dns === undefined ? undefined : readDns(await tell(dnsWords(address, dnsQuery(dns, id))), id);
  return {
    pings,
    largest,
    tcp: tcp === undefined || connected === undefined ? undefined : { port: tcp, ...connected },
    dns: dns === undefined || asked === undefined ? undefined : { name: dns, ...asked },
  };
}

/**
 * Matchers for `expect.extend` of vitest, Jest and compatible frameworks:
 *
 * ```ts
 * import { matchers } from 'tunnelscope/matchers';
 * expect.extend(matchers);
 * ```
 *
 * vitest needs only `import 'tunnelscope/vitest'`.
 */

import { existsSync } from 'node:fs';
import { openCaptureFile } from '../../capture/file/open-capture.ts';
import { createDecoder } from '../../decode/decoder.ts';
import { sideBySide } from '../../explain/side-by-side.ts';
import type { PacketRecord } from '../../output/printer.ts';
import { compareCapture } from '../../snapshot/compare-capture.ts';
import { writeSnapshot } from '../../snapshot/write-snapshot.ts';
import { requireKeys } from '../../text/similar.ts';
import { demandShapes, receivedText, requireDemands } from '../../verdict/demands-schema.ts';
import type { ExchangeDemands } from '../../verdict/exchange-demands.ts';
import { exchangeShapes, requireExchangeDemands } from '../../verdict/exchange-demands-schema.ts';
import { judgeExchanges } from '../../verdict/exchange-expectation.ts';
import {
  type Demand,
  type Expectation,
  type JudgedPings,
  outcome,
  type VerdictExpectation,
} from '../../verdict/expectation.ts';
import {
  ANY_LAYERS,
  createFieldCheck,
  createPresenceCheck,
  type FieldDemand,
  layerNames,
  matchesLayers,
  requireLayerName,
} from '../../verdict/packet-expectation.ts';
import type { PingDemands } from '../../verdict/ping-demands.ts';
import { judgePings } from '../../verdict/ping-expectation.ts';
import { formatReport } from '../../verdict/report.ts';
import { pingsOf, type Verdict } from '../../verdict/verdict.ts';
import { verifyCapture } from '../../verdict/verify.ts';
import type { DecodeOptions } from '../packet-objects.ts';
import { openCapture } from '../sources.ts';
import { type PacketLike, recordOf } from './received-packet.ts';
import { countSnapshot, type MatcherContext, writesOf } from './snapshot-rules.ts';

export type { Verdict } from '../../verdict/verdict.ts';
export type { DecodeOptions, Packet } from '../packet-objects.ts';
export type { MatcherContext, PacketLike };

/** Demands on pings. Without `min` and `maxLoss`, every request has to be answered. */
export interface AnsweredPings extends Omit<PingDemands, 'minAnswered'> {
  /** At least this many requests are answered. */
  readonly min?: number;
}

/** What is demanded of connections, queries or flows. Without `min` and `maxLoss`, all must be answered. */
export interface AnsweredExchanges extends Omit<ExchangeDemands, 'minAnswered'> {
  /** At least this many are answered. */
  readonly min?: number;
}

/** How to compare a capture with a snapshot. */
export interface CaptureSnapshotOptions {
  /** Filter names of fields to ignore, besides those that the snapshot ignores. */
  readonly mask?: readonly string[];
}

/** What may follow a field's name: its value, and how to decode. */
export type FieldArguments =
  | [value: string | number | boolean, options?: DecodeOptions]
  | [options?: DecodeOptions];

/** A promise if something has to be read, such as a capture's path: `await` it. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is a method's return type, by way of a name
type WhenRead<T> = T extends string ? Promise<void> : void;

/** The matchers as methods of `expect(value)`; `T` is the value's type. */
export interface TunnelscopeMatchers<T = unknown> {
  /**
   * The packet has these layers, outermost first; `...` matches any number of them:
   * `expect(packet).toHaveLayers(['...', 'vxlan', 'eth', 'ip', 'icmp', '...'])`.
   *
   * @param layers Wireshark's names
   * @param options how to decode
   */
  toHaveLayers(layers: readonly string[], options?: DecodeOptions): void;
  /**
   * A field of the packet has the value, as in a display filter: `expect(packet).toHaveField('ip.src#2', '172.16.0.2')`. If the field
   * occurs several times, one match is enough. Without a value: the packet has the field, `expect(packet).toHaveField('vxlan.vni')`.
   *
   * @param name a filter name, also with `#2`, `outer.` and `inner.`
   * @param expected its value, if one is expected, and how to decode
   */
  toHaveField(name: string, ...expected: FieldArguments): void;
  /**
   * The pings of a capture, by its path, or of a verdict, are answered and go the way given:
   * `await expect('ping.pcap').toHaveAnsweredPings({ tunnel: 'vxlan', vni: 42, min: 4 })`.
   *
   * @param demands default: every request is answered
   */
  toHaveAnsweredPings(demands?: AnsweredPings): WhenRead<T>;
  /**
   * The TCP connections, DNS queries or UDP flows of a capture, by its path, or of a verdict, are answered and go the way given:
   * `await expect('web.pcap').toHaveAnsweredExchanges({ proto: 'tcp', port: 443, tunnel: 'vxlan', min: 3 })`.
   *
   * @param demands which ones, and what is expected of them; default: all are answered
   */
  toHaveAnsweredExchanges(demands: AnsweredExchanges): WhenRead<T>;
  /**
   * The capture, by its path, is what `tunnelscope snapshot -o FILE` wrote:
   * `await expect('ping.pcap').toMatchCaptureSnapshot('ping.txt')`. In vitest and Jest the first run writes the file and `-u`
   * rewrites it, as with their own snapshots; in CI a missing file is an error.
   *
   * @param file the snapshot's path
   * @param options what else to ignore
   */
  toMatchCaptureSnapshot(file: string, options?: CaptureSnapshotOptions): Promise<void>;
}

/** What a matcher answers, in vitest and in Jest. */
export interface MatcherResult {
  /** Whether the value is as expected. */
  readonly pass: boolean;
  /** What a failure says; with `.not`, of one that passed. */
  readonly message: () => string;
}

function packetText({ view, stack, number }: PacketRecord): string {
  const name = number > 0 ? `packet ${number}` : 'the packet';
  return `${name}, ${stack.originalLength} bytes:\n\n${sideBySide(view, stack)}`;
}

function toHaveLayers(received: unknown, layers: readonly string[], options?: DecodeOptions): MatcherResult {
  if (!Array.isArray(layers) || layers.every((name) => name === ANY_LAYERS)) {
    throw new RangeError(
      `toHaveLayers: received ${receivedText(layers)}; expected a list of layers, at least one besides ..., such as ['eth', 'ip', '...']`,
    );
  }
  for (const name of layers) requireLayerName(name);
  const record = recordOf('toHaveLayers', received, options);
  const there = layerNames(record);
  const pass = matchesLayers(layers, there);
  return {
    pass,
    message: () =>
      `expected ${pass ? 'other layers than' : 'the layers'} ${layers.join(' / ')}\nreceived ${there.join(' / ')}\n\n${packetText(record)}`,
  };
}

/** Jest and vitest hand on as many arguments as there were: one that is undefined is a value that was meant to be there. */
function toHaveField(received: unknown, name: string, ...rest: FieldArguments): MatcherResult {
  const [first, second] = rest;
  const isPresence = rest.length === 0 || (typeof first === 'object' && first !== null);
  if (!isPresence && !['string', 'number', 'boolean'].includes(typeof first)) {
    throw new RangeError(
      `toHaveField: received ${receivedText(first)} for the value of ${name}; expected a text, a number, true or false, or none at all`,
    );
  }
  const check = isPresence ? createPresenceCheck(name) : createFieldCheck(name, first as FieldDemand);
  const options = isPresence ? (first as DecodeOptions | undefined) : second;
  const record = recordOf('toHaveField', received, options);
  const { met, expected, received: there } = check(record);
  return {
    pass: met,
    message: () => `expected ${met ? 'not ' : ''}${expected}\nreceived ${there}\n\n${packetText(record)}`,
  };
}

const demandName = <Key extends string>(key: Key) => (key === 'minAnswered' ? 'min' : key);

/** Demands by the matcher's names: only `min` is another than in the library. */
function asDemands<Demands>(
  matcher: string,
  answered: { readonly min?: number | undefined },
  names: readonly string[],
  require: (whose: string, demands: unknown, nameOf: (key: string) => string) => Demands,
): Demands {
  requireKeys(matcher, answered, names.map(demandName));
  const { min, ...demands } = answered;
  return require(matcher, { ...demands, minAnswered: min }, demandName);
}

/** What a matcher of this kind is: what judges the pings, or what went beside them. */
interface Answers {
  readonly matcher: string;
  readonly name: 'pings' | 'exchanges';
  readonly judge: (judged: JudgedPings) => Demand[];
}

function toHaveAnsweredPings(
  received: unknown,
  answered: AnsweredPings = {},
): MatcherResult | Promise<MatcherResult> {
  const matcher = 'toHaveAnsweredPings';
  const demands = asDemands(matcher, answered, Object.keys(demandShapes), requireDemands);
  return judgeAnswers(received, { matcher, name: 'pings', judge: (pings) => judgePings(demands, pings) });
}

function toHaveAnsweredExchanges(
  received: unknown,
  answered: AnsweredExchanges,
): MatcherResult | Promise<MatcherResult> {
  const matcher = 'toHaveAnsweredExchanges';
  if (typeof answered !== 'object' || answered === null) {
    throw new RangeError(
      `${matcher}: received ${receivedText(answered)}; expected what is demanded, as { proto: 'tcp', port: 443 }`,
    );
  }
  const demands = asDemands(matcher, answered, Object.keys(exchangeShapes), requireExchangeDemands);
  return judgeAnswers(received, {
    matcher,
    name: 'exchanges',
    judge: (judged) => judgeExchanges(demands, judged),
  });
}

function judgeAnswers(received: unknown, answers: Answers): MatcherResult | Promise<MatcherResult> {
  if (typeof received === 'string') return answersOfFile(received, answers);
  const judged = typeof received === 'object' && received !== null ? pingsOf(received as Verdict) : undefined;
  if (judged === undefined) {
    throw new TypeError(
      `${answers.matcher}: expected the path of a capture file, or a verdict as verifyCapture() made it`,
    );
  }
  return answersResult(outcome(answers.name, answers.judge(judged)), received as Verdict, '');
}

async function answersOfFile(path: string, { matcher, name, judge }: Answers): Promise<MatcherResult> {
  const about = name === 'exchanges' ? { about: name } : {};
  const expectations: Expectation[] = [{ ...about, judge: (judged) => outcome(name, judge(judged)) }];
  const verdict = await verifyCapture(await openCaptureFile(path), { expectations });
  const [judged] = verdict.expectations as [VerdictExpectation];
  const first = judged.met ? undefined : judged.packets[0];
  return answersResult(judged, verdict, first === undefined ? '' : await packetOf(matcher, path, first));
}

async function packetOf(matcher: string, path: string, number: number): Promise<string> {
  for await (const packet of openCapture(path)) {
    if (packet.number === number) return `\n\n${packetText(recordOf(matcher, packet))}`;
  }
  return '';
}

function answersResult(judged: VerdictExpectation, verdict: Verdict, packet: string): MatcherResult {
  const { met, expected, received } = judged;
  return {
    pass: met,
    message: () =>
      `expected ${met ? 'not ' : ''}${expected}\nreceived ${received}${packet}\n\n${formatReport(verdict, { isEvidence: true }).trimEnd()}`,
  };
}

async function toMatchCaptureSnapshot(
  this: MatcherContext | undefined,
  received: unknown,
  file: string,
  options: CaptureSnapshotOptions = {},
): Promise<MatcherResult> {
  if (typeof received !== 'string')
    throw new TypeError('toMatchCaptureSnapshot: expected the path of a capture file');
  if (typeof file !== 'string') {
    throw new TypeError(
      `toMatchCaptureSnapshot: received ${receivedText(file)}; expected the path of a snapshot`,
    );
  }
  requireKeys('toMatchCaptureSnapshot', options, ['mask']);
  const { mask = [] } = options;
  const context = this ?? {};
  const writes = writesOf(context);
  const written: MatcherResult = { pass: true, message: () => `${file} was written` };
  if (writes !== 'none' && !existsSync(file)) {
    await writeSnapshot(received, file, mask, createDecoder());
    countSnapshot(context, 'added');
    return written;
  }
  const differences = await compareCapture(received, file, mask, createDecoder());
  const { lines, isCut } = differences;
  const pass = lines.length === 0;
  if (!pass && writes === 'all') {
    await writeSnapshot(received, file, [...new Set([...differences.mask, ...mask])], createDecoder());
    countSnapshot(context, 'updated');
    return written;
  }
  countSnapshot(context, pass ? 'matched' : 'unmatched');
  const update = context.snapshotState === undefined ? '' : 'the test runner’s -u, or ';
  return {
    pass,
    message: () =>
      pass
        ? `expected ${received} to differ from ${file}`
        : `${received} differs from ${file}:\n\n${lines.join('\n')}${isCut ? '\n…' : ''}\n\n${update}tunnelscope snapshot -r ${received} --check ${file} --update rewrites it`,
  };
}

/** For `expect.extend(matchers)`. */
export const matchers = {
  toHaveLayers,
  toHaveField,
  toHaveAnsweredPings,
  toHaveAnsweredExchanges,
  toMatchCaptureSnapshot,
};

/** A specification file, `verify --spec pings.yaml`: read, checked, and turned into expectations. */

import { parseCheckedYaml } from '../text/checked-yaml.ts';
import { judgeExchanges } from './exchange-expectation.ts';
import { type Expectation, type ExpectationPlace, outcome } from './expectation.ts';
import {
  createFieldCheck,
  type JudgingObserver,
  observeCount,
  observePacket,
  type PacketObserver,
  requireLayerName,
} from './packet-expectation.ts';
import { judgePings, noFindings } from './ping-expectation.ts';
import { type Check, specificationSchema } from './specification-schema.ts';

export interface CompiledSpecification {
  /** One for each check, in the file's order. */
  readonly expectations: readonly Expectation[];
  readonly timeoutMilliseconds: number | undefined;
  /** To be shown every packet in turn, decoded; undefined if no check is about packets. */
  readonly packet: PacketObserver | undefined;
}

/**
 * @param text YAML, of which JSON is a part
 * @param name of the file, for messages
 * @param isFile whether the expectations say where in the file they are
 * @throws {CheckedYamlError}
 */
export function compileSpecification(text: string, name: string, isFile = true): CompiledSpecification {
  const { value, fail, lineOf } = parseCheckedYaml(text, name, specificationSchema, keysAt);
  const { checks, timeout } = value;

  /** Compiles one value; an error names it. */
  function compiled<T>(path: readonly PropertyKey[], compile: () => T): T {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return fail(path, error.message);
    }
  }

  function observersOf(
    { packet, layers, fields, assert }: Check,
    at: readonly PropertyKey[],
  ): JudgingObserver[] {
    const own: JudgingObserver[] = [];
    if (packet !== undefined) {
      const checks = Object.entries(fields ?? {}).map(([field, value]) =>
        compiled([...at, 'fields', field], () => createFieldCheck(field, value)),
      );
      for (const [place, layer] of (layers ?? []).entries())
        compiled([...at, 'layers', place], () => requireLayerName(layer));
      own.push(compiled([...at, 'packet'], () => observePacket({ packet, layers, fields: checks })));
    }
    if (assert !== undefined) own.push(compiled([...at, 'assert'], () => observeCount(assert)));
    return own;
  }

  const observers: JudgingObserver[] = [];
  const expectations = checks.map((check, i) => {
    const own = observersOf(check, ['checks', i]);
    observers.push(...own);
    return expectationOf(check, own, isFile ? { file: name, line: lineOf(['checks', i]) } : undefined);
  });
  return {
    expectations,
    timeoutMilliseconds: timeout,
    packet:
      observers.length === 0
        ? undefined
        : {
            tracked: observers.flatMap(({ tracked }) => tracked),
            packet(record) {
              for (const observer of observers) observer.packet(record);
            },
          },
  };
}

function expectationOf(
  check: Check,
  observers: readonly JudgingObserver[],
  place: ExpectationPlace | undefined,
): Expectation {
  const { name, pings, exchanges } = check;
  const severity = check['no-findings'];
  const demands = pings && {
    ...pings,
    minAnswered: pings['min-answered'],
    maxLoss: pings['max-loss'],
    maxRtt: pings['max-rtt'],
  };
  const exchangeDemands = exchanges && {
    ...exchanges,
    tunnelPort: exchanges['tunnel-port'],
    minAnswered: exchanges['min-answered'],
    maxLoss: exchanges['max-loss'],
    maxTime: exchanges['max-time'],
  };
  const about = pings !== undefined ? undefined : exchanges !== undefined ? 'exchanges' : 'other';
  return {
    ...(about !== undefined && { about }),
    judge: (judged) => ({
      ...outcome(name, [
        ...(demands === undefined ? [] : judgePings(demands, judged)),
        ...(exchangeDemands === undefined ? [] : judgeExchanges(exchangeDemands, judged)),
        ...observers.flatMap((observer) => observer.demands()),
        ...(severity === undefined ? [] : [noFindings(severity, judged)]),
      ]),
      ...(place !== undefined && { place }),
    }),
  };
}

/** The keys that may stand at a path: of the whole, of a check, of its pings or exchanges. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const { checks } = specificationSchema.shape;
  const check = checks.element.shape;
  const known =
    path.at(-1) === 'pings'
      ? check.pings.unwrap().shape
      : path.at(-1) === 'exchanges'
        ? check.exchanges.unwrap().shape
        : path.length > 0
          ? check
          : specificationSchema.shape;
  return Object.keys(known).filter((name) => name !== '$schema');
}

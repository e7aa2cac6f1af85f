/** A specification file, `verify --spec pings.yaml`: read, checked, and made into expectations. */
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { PacketRecord } from '../output/printer.ts';
import { similarTo } from '../output/similar.ts';
import { type Expectation, outcome } from './expectation.ts';
import {
  createFieldCheck,
  observeCount,
  observePacket,
  type PacketObserver,
  requireLayerName,
} from './packet-expectation.ts';
import { judgePings, noFindings } from './ping-expectation.ts';
import { type Check, specificationSchema } from './specification-schema.ts';

/** A specification that can't be used: one line with the file, the line in it, what was received and what was expected. */
export class SpecificationError extends RangeError {
  override readonly name = 'SpecificationError';
}

export interface CompiledSpecification {
  /** One for each check, in the file's order. */
  readonly expectations: readonly Expectation[];
  readonly timeoutMilliseconds: number | undefined;
  /** To be shown every packet in turn, decoded; undefined where no check is about packets. */
  readonly packet: ((record: PacketRecord) => void) | undefined;
}

/**
 * @param text YAML, of which JSON is a part
 * @param name of the file, for messages
 * @throws {SpecificationError}
 */
export function compileSpecification(text: string, name: string): CompiledSpecification {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const fail = (offset: number, message: string): never => {
    const { line } = lineCounter.linePos(offset);
    throw new SpecificationError(`${name}:${Math.max(line, 1)}: ${message.replaceAll('\n', ' ')}`);
  };
  const [fault] = document.errors;
  if (fault !== undefined) fail(fault.pos[0], `not YAML: ${fault.message}`);

  /** Where the value at a path stands, or the nearest around it that is there. */
  function offsetOf(path: readonly PropertyKey[]): number {
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] };
      if (node?.range !== undefined) return node.range[0];
    }
    return 0;
  }

  function offsetOfKey(path: readonly PropertyKey[], key: string): number {
    const map = document.getIn(path, true);
    const pair = isMap(map)
      ? map.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    return isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : offsetOf(path);
  }

  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // Aliases that stand for more than a file of checks can need.
    fail(0, (error as Error).message);
  }
  const parsed = specificationSchema.safeParse(value);
  if (!parsed.success) {
    const { issues } = parsed.error;
    // A key that is misspelt is missing under its own name too: the first says what to do.
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
    if (issue === undefined) throw parsed.error;
    if (issue.code === 'unrecognized_keys') {
      const [key = ''] = issue.keys;
      fail(offsetOfKey(issue.path, key), unknownKey(key, issue.path));
    }
    const where = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    fail(offsetOf(issue.path), where + issue.message.replace(/^Invalid \w+: /, ''));
  }
  const { checks, timeout } = parsed.data as NonNullable<typeof parsed.data>;

  /** What is compiled out of one value, which is named where that fails. */
  function compiled<T>(path: readonly PropertyKey[], compile: () => T): T {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return fail(offsetOf(path), error.message);
    }
  }

  function observersOf(
    { packet, layers, fields, assert }: Check,
    at: readonly PropertyKey[],
  ): PacketObserver[] {
    const own: PacketObserver[] = [];
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

  const observers: PacketObserver[] = [];
  const expectations = checks.map((check, i) => {
    const own = observersOf(check, ['checks', i]);
    observers.push(...own);
    return expectationOf(check, own);
  });
  return {
    expectations,
    timeoutMilliseconds: timeout,
    packet:
      observers.length === 0
        ? undefined
        : (record) => {
            for (const observer of observers) observer.packet(record);
          },
  };
}

function expectationOf(check: Check, observers: readonly PacketObserver[]): Expectation {
  const { name, pings } = check;
  const severity = check['no-findings'];
  const demands = pings && {
    ...pings,
    minAnswered: pings['min-answered'],
    maxLoss: pings['max-loss'],
    maxRtt: pings['max-rtt'],
  };
  return {
    judge: (judged) =>
      outcome(name, [
        ...(demands === undefined ? [] : judgePings(demands, judged)),
        ...observers.flatMap((observer) => observer.demands()),
        ...(severity === undefined ? [] : [noFindings(severity, judged)]),
      ]),
  };
}

/** The keys that may stand at a path: of the whole, of a check, of its pings. */
function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const { checks } = specificationSchema.shape;
  const check = checks.element.shape;
  const known = Object.keys(
    path.at(-1) === 'pings'
      ? check.pings.unwrap().shape
      : path.length > 0
        ? check
        : specificationSchema.shape,
  ).filter((name) => name !== '$schema');
  const similar = similarTo(key, known);
  return `unknown key "${key}"; ${similar === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${similar}?`}`;
}

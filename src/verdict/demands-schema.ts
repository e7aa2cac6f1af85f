/** What may be demanded of pings: the one description that checks flags, specification files, the library and the matchers. */
import { isIP } from 'node:net';
import * as z from 'zod';
import type { IdentifierName } from '../decode/protocol.ts';
import { type TunnelKind, tunnelKinds } from '../decode/tunnel.ts';
import { similarTo, unknownKey } from '../text/similar.ts';
import { parseAddress } from './amounts.ts';
import type { PingDemands } from './ping-demands.ts';

const LONGEST_SHOWN = 60;

/** What was received, for a message of one line. */
export function receivedText(value: unknown): string {
  if (typeof value === 'number' || value === undefined || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/** For zod: an error that says what was received and what was expected. */
export function expecting(expected: string) {
  return {
    error: ({ code, input }: { readonly code?: string | undefined; readonly input?: unknown }) =>
      code === 'unrecognized_keys'
        ? undefined
        : input === undefined
          ? `missing; expected ${expected}`
          : `received ${receivedText(input)}; expected ${expected}`,
  };
}

export function wholeNumber(least: number, most: number | undefined, what: string) {
  const range =
    most === undefined ? `a whole number of at least ${least}` : `a whole number from ${least} to ${most}`;
  const error = expecting(`${what}, ${range}`);
  const number = z.int(error).min(least, error);
  return most === undefined ? number : number.max(most, error);
}

const NO_TUNNEL = 'none';
const kinds = [...tunnelKinds.map(({ name }) => name), NO_TUNNEL];

const kind = z.enum(kinds, {
  error: ({ input }) => {
    const similar = typeof input === 'string' ? similarTo(input, kinds) : undefined;
    const advice = similar === undefined ? '' : `; did you mean ${similar}?`;
    return `received ${receivedText(input)}; expected a kind of tunnel (${kinds.join(', ')})${advice}`;
  },
});

const ADDRESS = expecting('an address or a network, such as 172.16.0.2 or 172.16.0.0/16');
const address = z.string(ADDRESS).refine((text) => parseAddress(text) !== undefined, ADDRESS);
const pair = z
  .tuple([address, address], expecting('a source and a destination, such as [172.16.0.2, 172.16.1.2]'))
  .refine(([src, dst]) => versionOf(src) === versionOf(dst), expecting('two addresses of one IP version'));

function versionOf(network: string): number {
  return isIP(network.replace(/\/.*$/, ''));
}

const PERCENT = expecting('percent, a number from 0 to 100');
const TIME = expecting('milliseconds, a number above 0');

/** The demands one by one, by their names in the library. */
export const demandShapes = {
  tunnel: kind
    .optional()
    .describe('Kind of tunnel that all these pings go through, in both directions; none for no tunnel.'),
  vni: wholeNumber(0, 0xffffff, 'a VNI').optional().describe("The tunnel's VNI."),
  key: wholeNumber(0, 0xffffffff, 'a GRE key').optional().describe("GRE's key, in both directions."),
  session: wholeNumber(0, 0xffffffff, 'a session')
    .optional()
    .describe("ERSPAN's or L2TP's session, in the direction of the requests."),
  teid: wholeNumber(0, 0xffffffff, 'a TEID')
    .optional()
    .describe("GTP-U's tunnel endpoint identifier, in the direction of the requests."),
  port: wholeNumber(0, 0xffff, 'a UDP port').optional().describe("The tunnel's UDP destination port."),
  outer: pair
    .optional()
    .describe("The tunnel's source and destination in the direction of the requests: addresses or networks."),
  inner: pair
    .optional()
    .describe(
      "Which pings this is about, by the requests' source and destination: addresses or networks. Default: all pings.",
    ),
  minAnswered: wholeNumber(1, undefined, 'a number of pings')
    .optional()
    .describe('At least this many requests are answered.'),
  maxLoss: z.number(PERCENT).min(0, PERCENT).max(100, PERCENT).optional(),
  maxRtt: z.number(TIME).positive(TIME).optional(),
};

const demandsSchema = z.strictObject(
  demandShapes,
  expecting('what is demanded of the pings, as in { tunnel: "vxlan", vni: 42 }'),
);

const IDENTIFIERS = ['vni', 'key', 'session', 'teid'] as const satisfies readonly IdentifierName[];

/** Demands that contradict each other: the one to blame, and why. Undefined if there are none. */
export function contradiction({
  tunnel,
  vni,
  key: greKey,
  session,
  teid,
  port,
  outer,
}: PingDemands): { readonly key: keyof PingDemands; readonly message: string } | undefined {
  const given = { vni, key: greKey, session, teid, port, outer };
  const named = IDENTIFIERS.filter((name) => given[name] !== undefined);
  const [first, second] = named;
  if (first !== undefined && second !== undefined) {
    return { key: second, message: `no tunnel has both ${first} and ${second}; expected one of them` };
  }
  if (tunnel === undefined) return undefined;
  const known = tunnelKinds.find(({ name }) => name === tunnel);
  for (const key of [...IDENTIFIERS, 'port', 'outer'] as const) {
    if (given[key] === undefined) continue;
    if (known === undefined) {
      return {
        key,
        message: `tunnel ${NO_TUNNEL} can't have one; expected it without ${[...IDENTIFIERS, 'port'].join(', ')} and outer`,
      };
    }
    const has = (one: TunnelKind) =>
      key === 'outer' || (key === 'port' ? one.isInUdp : one.identifier === key);
    if (!has(known)) {
      const others = tunnelKinds.filter(has);
      return {
        key,
        message: `tunnel ${tunnel} has none; expected it without ${key}, or another tunnel: ${others.map(({ name }) => name).join(', ')}`,
      };
    }
  }
  return undefined;
}

/**
 * What a schema lets pass.
 *
 * @param against tells what contradicts what in demands that it lets pass
 * @param whose name of the demands, for messages: `expectPings`; empty if their own names say enough
 * @param keys the demands that there are
 * @param nameOf a demand's name there
 * @throws {RangeError} if they are not understood, can't be met, or contradict each other: one line
 */
export function requireBy<T>(
  schema: z.ZodType<T>,
  against: (demands: T) => { readonly key: keyof T; readonly message: string } | undefined,
  whose: string,
  demands: unknown,
  keys: readonly (keyof T)[],
  nameOf: (key: keyof T) => string,
): T {
  const parsed = schema.safeParse(demands);
  const fail = (message: string): never => {
    throw new RangeError(whose === '' ? message : `${whose}: ${message}`);
  };
  if (!parsed.success) {
    const { issues } = parsed.error;
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
    if (issue?.code === 'unrecognized_keys') return fail(unknownKey(issue.keys[0] ?? '', keys.map(nameOf)));
    const [key, ...rest] = issue?.path ?? [];
    const where = key === undefined ? [] : [nameOf(key as keyof T), ...rest.map(String)];
    return fail(`${where.length === 0 ? '' : `${where.join('.')}: `}${issue?.message}`);
  }
  const found = against(parsed.data);
  return found === undefined ? parsed.data : fail(`${nameOf(found.key)}: ${found.message}`);
}

/** {@link requireBy} for pings. */
export function requireDemands(
  whose: string,
  demands: unknown,
  nameOf: (key: keyof PingDemands) => string = (key) => key,
): PingDemands {
  const keys = Object.keys(demandShapes) as (keyof PingDemands)[];
  return requireBy<PingDemands>(demandsSchema, contradiction, whose, demands, keys, nameOf);
}

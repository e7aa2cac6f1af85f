/** What may be demanded of connections, queries and flows: one schema, by which flags, specification files and the library check. */
import * as z from 'zod';
import { KINDS } from '../exchange/exchange-counts.ts';
import { contradiction, demandShapes, expecting, requireBy, wholeNumber } from './demands-schema.ts';
import type { ExchangeDemands } from './exchange-demands.ts';

const PROTO = expecting('tcp, dns or udp');

/** The demands one by one, by their names in the library. */
export const exchangeShapes = {
  proto: z
    .enum(KINDS as ['tcp', 'dns', 'udp'], PROTO)
    .describe('TCP connections, DNS queries over UDP, or other UDP flows.'),
  port: wholeNumber(0, 0xffff, 'a port')
    .optional()
    .describe('Which ones this is about, by the port that is asked. Default: all.'),
  tunnel: demandShapes.tunnel.describe(
    'Kind of tunnel that all of them go through, in both directions; none for no tunnel.',
  ),
  vni: demandShapes.vni,
  key: demandShapes.key,
  session: demandShapes.session.describe("ERSPAN's or L2TP's session, in the direction of whoever asks."),
  teid: demandShapes.teid.describe("GTP-U's tunnel endpoint identifier, in the direction of whoever asks."),
  tunnelPort: demandShapes.port,
  outer: demandShapes.outer.describe(
    "The tunnel's source and destination in the direction of whoever asks: addresses or networks.",
  ),
  inner: demandShapes.inner.describe(
    'Which ones this is about, by who asks and who is asked: addresses or networks. Default: all.',
  ),
  minAnswered: demandShapes.minAnswered.describe('At least this many are answered.'),
  maxLoss: demandShapes.maxLoss,
  maxTime: demandShapes.maxRtt,
};

const schema = z.strictObject(
  exchangeShapes,
  expecting('what is demanded of connections, queries or flows, as in { proto: "tcp", port: 443 }'),
);

/** Demands that contradict each other: the one to blame, and why. Undefined if there are none. */
export function exchangeContradiction({
  tunnel,
  vni,
  key: greKey,
  session,
  teid,
  tunnelPort,
  outer,
}: ExchangeDemands) {
  const against = contradiction({ tunnel, vni, key: greKey, session, teid, port: tunnelPort, outer });
  if (against === undefined) return undefined;
  const key = against.key === 'port' ? 'tunnelPort' : (against.key as keyof ExchangeDemands);
  return { key, message: against.message };
}

/**
 * @param whose name of the demands, for messages: `expectExchanges`; empty if their own names say enough
 * @param nameOf a demand's name there
 * @throws {RangeError} if they are not understood, can't be met, or contradict each other: one line
 */
export function requireExchangeDemands(
  whose: string,
  demands: unknown,
  nameOf: (key: keyof ExchangeDemands) => string = (key) => key,
): ExchangeDemands {
  const keys = Object.keys(exchangeShapes) as (keyof ExchangeDemands)[];
  return requireBy(schema, exchangeContradiction, whose, demands, keys, nameOf);
}

/** What a specification may hold: the one schema that it is checked against, and that editors complete from. */
import * as z from 'zod';
import { DURATION, PERCENT, parseDuration, parsePercent } from './amounts.ts';
import { contradiction, demandShapes, expecting, receivedText } from './demands-schema.ts';
import { exchangeContradiction, exchangeShapes } from './exchange-demands-schema.ts';
import { ANY_LAYERS } from './packet-expectation.ts';
import { SEVERITIES } from './ping-expectation.ts';

const DURATION_EXPECTED = expecting('a duration above 0, such as 5ms, 0.5s or 250us');
const duration = z
  .string(DURATION_EXPECTED)
  .regex(DURATION, DURATION_EXPECTED)
  .refine((text) => parseDuration(text) !== 0, DURATION_EXPECTED)
  .transform((text) => parseDuration(text) as number);

const PERCENT_EXPECTED = expecting('a share from 0% to 100%, such as 2.5%');
const percent = z
  .string(PERCENT_EXPECTED)
  .regex(PERCENT, PERCENT_EXPECTED)
  .refine((text) => parsePercent(text) !== undefined, PERCENT_EXPECTED)
  .transform((text) => parsePercent(text) as number);

const pings = z
  .strictObject(
    {
      tunnel: demandShapes.tunnel,
      vni: demandShapes.vni,
      key: demandShapes.key,
      session: demandShapes.session,
      teid: demandShapes.teid,
      port: demandShapes.port,
      outer: demandShapes.outer,
      inner: demandShapes.inner,
      'min-answered': demandShapes.minAnswered,
      'max-loss': percent
        .optional()
        .describe(
          'At most this share of the requests is unanswered (default: 0%, unless min-answered is given).',
        ),
      'max-rtt': duration.optional().describe('No reply takes longer: 5ms, 0.5s, 250us.'),
    },
    expecting('demands, such as tunnel: vxlan'),
  )
  .superRefine((value, context) => {
    const against = contradiction(value);
    if (against !== undefined) {
      context.addIssue({ code: 'custom', path: [against.key], message: against.message });
    }
  });

const exchanges = z
  .strictObject(
    {
      proto: exchangeShapes.proto,
      port: exchangeShapes.port,
      tunnel: exchangeShapes.tunnel,
      vni: exchangeShapes.vni,
      key: exchangeShapes.key,
      session: exchangeShapes.session,
      teid: exchangeShapes.teid,
      'tunnel-port': exchangeShapes.tunnelPort,
      outer: exchangeShapes.outer,
      inner: exchangeShapes.inner,
      'min-answered': exchangeShapes.minAnswered,
      'max-loss': percent
        .optional()
        .describe(
          'At most this share is unanswered, refused or hanging (default: 0%, unless min-answered is given).',
        ),
      'max-time': duration.optional().describe('No handshake and no answer takes longer: 5ms, 0.5s, 250us.'),
    },
    expecting('demands, such as proto: tcp'),
  )
  .superRefine((value, context) => {
    const against = exchangeContradiction({ ...value, tunnelPort: value['tunnel-port'] });
    if (against !== undefined) {
      const key = against.key === 'tunnelPort' ? 'tunnel-port' : against.key;
      context.addIssue({ code: 'custom', path: [key], message: against.message });
    }
  });

/** Text that reports show in one line; white space around it comes from YAML's folding of lines. */
const line = (expected: string) => {
  const error = expecting(expected);
  return (
    z
      .string(error)
      .trim()
      .min(1, error)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/, error)
  );
};

const field = z.union([z.string(), z.number(), z.boolean()], expecting('a number, a text, or true or false'));
const fields = expecting('at least one field and its value, such as vxlan.vni: 42');
const layers = expecting('at least one layer besides ..., such as [eth, ip, ...]');

const PACKET = expecting('a packet number from 1 on, or a display filter such as icmp.type == 8');

const check = z
  .strictObject(
    {
      name: line('a name of one line, to show in reports').describe(
        'What is checked, in your words: reports show it.',
      ),
      pings: pings.optional().describe('Which way pings go, how many are answered, and how fast.'),
      exchanges: exchanges
        .optional()
        .describe(
          'Which way TCP connections, DNS queries or UDP flows go, how many are answered, and how fast.',
        ),
      packet: z
        .union([z.int(PACKET).min(1, PACKET), z.string(PACKET).trim().min(1, PACKET)], PACKET)
        .optional()
        .describe(
          "A packet's number, or a display filter, for the first packet that matches. Needs layers or fields.",
        ),
      layers: z
        .array(z.string(expecting("a layer's name, such as vxlan")), layers)
        .min(1, layers)
        .refine((names) => names.some((name) => name !== ANY_LAYERS), layers)
        .optional()
        .describe('The layers of that packet in order, outermost first; ... matches any number of them.'),
      fields: z
        .record(z.string(), field, fields)
        .refine((value) => Object.keys(value).length > 0, fields)
        .optional()
        .describe("Values of that packet's fields, by filter name: ip.src#2: 172.16.0.2, vxlan.vni: 42."),
      assert: z
        .string(expecting('a count such as count(icmp.type == 8) == 4'))
        .optional()
        .describe(
          'How many packets match a display filter: count(icmp.type == 8) == 4, also with !=, <, <=, > and >=.',
        ),
      'no-findings': z
        .enum(SEVERITIES, expecting(`one of ${SEVERITIES.join(', ')}`))
        .optional()
        .describe('error: no finding of severity error; warning: no finding of severity error or warning.'),
    },
    expecting('a check, with a name and what to check'),
  )
  .superRefine((value, context) => {
    const isAboutPacket = value.layers !== undefined || value.fields !== undefined;
    if (value.packet === undefined && isAboutPacket) {
      context.addIssue({
        code: 'custom',
        message: 'layers or fields without packet; expected packet with them, a number or a display filter',
      });
    } else if (value.packet !== undefined && !isAboutPacket) {
      context.addIssue({
        code: 'custom',
        path: ['packet'],
        message: 'packet alone checks nothing; expected layers or fields with it',
      });
    } else if (
      !isAboutPacket &&
      value.pings === undefined &&
      value.exchanges === undefined &&
      value.assert === undefined &&
      value['no-findings'] === undefined
    ) {
      context.addIssue({
        code: 'custom',
        message: 'nothing is checked; expected pings, exchanges, packet, assert or no-findings',
      });
    }
  })
  // The same for editors.
  .meta({
    dependencies: { layers: ['packet'], fields: ['packet'], packet: { anyOf: required('layers', 'fields') } },
    anyOf: required('pings', 'exchanges', 'packet', 'assert', 'no-findings'),
  });

function required(...keys: readonly string[]) {
  return keys.map((key) => ({ required: [key] }));
}

const checks = expecting('a list of checks, at least one, such as [{ name: all answered, pings: {} }]');

/** In one file: each takes memory, and time for every packet. */
const MOST_CHECKS = 10_000;

export const specificationSchema = z.strictObject(
  {
    $schema: z.string().optional().describe('Where this schema is, for editors.'),
    timeout: duration
      .optional()
      .describe('A reply that takes longer does not count: 1s, 500ms. The flag --timeout overrides it.'),
    checks: z
      .array(check, checks)
      .min(1, checks)
      .max(MOST_CHECKS, `more than ${MOST_CHECKS} checks; expected fewer in one file`)
      .superRefine((list, context) => {
        const places = new Map<string, number>();
        for (const [place, { name }] of list.entries()) {
          const first = places.get(name);
          if (first === undefined) places.set(name, place);
          else {
            context.addIssue({
              code: 'custom',
              path: [place, 'name'],
              message: `${receivedText(name)} is also the name of check ${first + 1}; expected a different name for each check`,
            });
          }
        }
      })
      .describe('The checks; reports list each under its own name.'),
  },
  expecting('a map with the key checks, such as { checks: [{ name: all answered, pings: {} }] }'),
);

export type Specification = z.infer<typeof specificationSchema>;
export type Check = Specification['checks'][number];

/** The published JSON Schema of a specification file. */
export function jsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(specificationSchema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  });
  return {
    $schema,
    title: 'Expectations on a capture of tunneled pings, for tunnelscope verify --spec',
    ...rest,
  };
}

/** What a specification may hold: the one description that it is checked against, and that editors complete from. */
import * as z from 'zod';
import { DURATION, PERCENT, parseAddress, parseDuration, parsePercent } from './amounts.ts';

const DURATION_EXPECTED = 'expected a duration such as 5ms, 0.5s or 250us';
const duration = z
  .string({ error: DURATION_EXPECTED })
  .regex(DURATION, DURATION_EXPECTED)
  .transform((text) => parseDuration(text) as number);

const PERCENT_EXPECTED = 'expected a share such as 0% or 2.5%';
const percent = z
  .string({ error: PERCENT_EXPECTED })
  .regex(PERCENT, PERCENT_EXPECTED)
  .refine((text) => parsePercent(text) !== undefined, 'expected 100% at most')
  .transform((text) => parsePercent(text) as number);

const ADDRESS_EXPECTED = 'expected an address or a network, such as 172.16.0.2 or 172.16.0.0/16';
const address = z
  .string({ error: ADDRESS_EXPECTED })
  .refine((text) => parseAddress(text) !== undefined, ADDRESS_EXPECTED);
const pair = z.tuple([address, address], {
  error: 'expected a source and a destination, such as [172.16.0.2, 172.16.1.2]',
});

const pings = z.strictObject({
  tunnel: z
    .string()
    .optional()
    .describe(
      'Kind of the tunnel that all these pings go through, there and back: vxlan, geneve, gre, ipip, tunpi, raw, eth, …; none for no tunnel.',
    ),
  vni: z.int().min(0).max(0xffffff).optional().describe("The tunnel's VNI."),
  port: z.int().min(0).max(65535).optional().describe("The tunnel's UDP destination port."),
  outer: pair
    .optional()
    .describe("The tunnel's source and destination as the requests go: addresses or networks."),
  inner: pair
    .optional()
    .describe(
      "Which pings this is about, by the requests' source and destination: addresses or networks. All pings where not given.",
    ),
  'min-answered': z.int().min(1).optional().describe('So many requests at least are answered.'),
  'max-loss': percent
    .optional()
    .describe(
      'At most this share of the requests is not answered: 0% where neither this nor min-answered is given.',
    ),
  'max-rtt': duration.optional().describe('No answer takes longer: 5ms, 0.5s, 250us.'),
});

const field = z.union([z.string(), z.number(), z.boolean()], {
  error: 'expected a number, a text, or true or false',
});

const check = z
  .strictObject({
    name: z.string().min(1).describe('What is checked, in your words: reports show it.'),
    pings: pings.optional().describe('Which way pings go, and how many are answered how fast.'),
    packet: z
      .union([z.int().min(1), z.string().min(1)], {
        error: 'expected a packet number, or a display filter such as icmp.type == 8',
      })
      .optional()
      .describe(
        "A packet's number, or a display filter: the first packet that matches. With layers or fields.",
      ),
    layers: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('The layers of that packet in order, outermost first; ... stands for any number of them.'),
    fields: z
      .record(z.string(), field)
      .optional()
      .describe("Values of that packet's fields, by filter name: ip.src#2: 172.16.0.2, vxlan.vni: 42."),
    assert: z
      .string()
      .optional()
      .describe(
        'How many packets match a display filter: count(icmp.type == 8) == 4, also with !=, <, <=, > and >=.',
      ),
    'no-findings': z
      .enum(['error', 'warning'])
      .optional()
      .describe('No finding that is an error; or warning: none that is an error or a warning.'),
  })
  .superRefine((value, context) => {
    const isAboutPacket = value.layers !== undefined || value.fields !== undefined;
    if (value.packet === undefined && isAboutPacket) {
      context.addIssue({
        code: 'custom',
        message: 'layers or fields without packet; expected packet beside them, a number or a display filter',
      });
    } else if (value.packet !== undefined && !isAboutPacket) {
      context.addIssue({
        code: 'custom',
        path: ['packet'],
        message: 'packet alone checks nothing; expected layers or fields beside it',
      });
    } else if (
      !isAboutPacket &&
      value.pings === undefined &&
      value.assert === undefined &&
      value['no-findings'] === undefined
    ) {
      context.addIssue({
        code: 'custom',
        message: 'nothing is checked; expected pings, packet, assert or no-findings',
      });
    }
  });

export const specificationSchema = z.strictObject({
  $schema: z.string().optional().describe('Where this schema is, for editors.'),
  timeout: duration
    .optional()
    .describe('A reply that takes longer does not count: 1s, 500ms. The flag --timeout goes before it.'),
  checks: z.array(check).min(1).describe('Each is met or not met under its own name.'),
});

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

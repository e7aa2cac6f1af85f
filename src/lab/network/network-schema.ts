/** What a network's file may hold: the one description that it is checked against. */
import { split } from 'shlex';
import * as z from 'zod';

const NODE_NAME = /^[a-z][a-z0-9-]{0,15}$/;
/** Of a network, and of a lab. */
export const LAB_NAME = /^[a-z][a-z0-9-]{0,31}$/;

export const nodeName = z
  .string()
  .regex(NODE_NAME, 'expected a name of small letters, digits and -, such as h1 or h1-ns1');

/** One thing, several, or null for none. */
export function oneOrMore<T extends z.ZodType>(one: T, least = 1) {
  const list = (value: unknown) => (Array.isArray(value) ? value : value === null ? [] : [value]);
  return z.preprocess(list, z.array(one).min(least));
}

/** A command's words, as a shell would split them; no shell runs them. */
export const words = z.string().transform((text, context) => {
  try {
    const found = split(text.trim());
    if (found.length > 0) return found as readonly string[];
    context.addIssue({ code: 'custom', message: 'expected a command' });
  } catch (error) {
    const reason = (error as Error).message;
    context.addIssue({ code: 'custom', message: `not the words of a command: ${reason}` });
  }
  return z.NEVER;
});

const condition = z.strictObject({
  kernel: z.string().regex(/^[a-z0-9]+$/, 'expected a kind of device, such as ipip'),
});

/**
 * What is done, and why. `run` is run to its end; `start` is left running, under the step's id, until `stop` of that id; `until`
 * is asked again and again until it prints something.
 */
export const stepSchema = z
  .strictObject({
    id: nodeName.optional(),
    on: nodeName.optional(),
    run: oneOrMore(words).optional(),
    start: words.optional(),
    until: words.optional(),
    stop: oneOrMore(nodeName).optional(),
    if: condition.optional(),
    unless: condition.optional(),
    /** Programs, besides the network's, that are needed where this step is done. */
    requires: z.array(z.string()).optional(),
    why: z.string().min(1),
  })
  .superRefine((step, context) => {
    const { run, start, stop } = step;
    if ([run, start, stop].filter((one) => one !== undefined).length !== 1) {
      context.addIssue({ code: 'custom', message: 'expected one of run, start and stop' });
    }
    if (start !== undefined && (step.on === undefined || step.id === undefined)) {
      context.addIssue({
        code: 'custom',
        message: 'start without on or id: what is left running belongs to a node, and has a name',
      });
    }
  });

const pointPattern = /^([a-z][a-z0-9-]*) ([^\s/:]{1,15})$/;
/** A node's device: `h1 eth0`. */
export const point = z
  .string()
  .regex(pointPattern, 'expected a node and its device, such as h1 eth0')
  .transform((text) => {
    const [, node, device] = pointPattern.exec(text) as unknown as [string, string, string];
    return { node, device };
  });

const pingSchema = z.strictObject({
  from: nodeName,
  to: nodeName,
  options: words.optional(),
  arrives: z.boolean(),
  /** What `verify` finds in it, at `at`: a warning or less where the ping arrives. */
  finding: z.string().optional(),
  at: point.optional(),
});

/** A TCP connection to a port of the ping's target, or a DNS query for a name to a server there. */
const exchangeSchema = z
  .strictObject({
    tcp: z.int().min(1).max(65535).optional(),
    dns: z
      .string()
      .regex(/^[a-z0-9.-]{1,253}$/, 'expected a name such as lab.test')
      .optional(),
    arrives: z.boolean(),
    finding: z.string().optional(),
  })
  .refine(({ tcp, dns }) => (tcp === undefined) !== (dns === undefined), 'expected one of tcp and dns');

const nodeSchema = z.strictObject({
  kind: z.enum(['host', 'router', 'container']),
  host: nodeName.optional(),
  address: z.ipv4().optional(),
});

export const networkSchema = z.strictObject({
  name: z.string().regex(LAB_NAME, 'expected a name of small letters, digits and -, such as socat'),
  title: z.string().min(1),
  about: z.string().min(1),
  extends: z.string().optional(),
  requires: z.array(z.string()).optional(),
  kernel: z.array(condition.shape.kernel).optional(),
  nodes: z.record(nodeName, nodeSchema).optional(),
  steps: z.array(stepSchema).optional(),
  /** null leaves the step out. */
  replace: z.record(z.string(), oneOrMore(stepSchema, 0)).optional(),
  ping: pingSchema.optional(),
  exchange: exchangeSchema.optional(),
  mend: z.array(stepSchema).optional(),
  path: z.array(point).optional(),
});

export type NetworkFile = z.infer<typeof networkSchema>;
/** Words stand for themselves, but for `{h1}`, which is the name of that node's namespace, `{files}`: the lab's own folder, and `{lab}`: its name. */
export type Step = Readonly<z.infer<typeof stepSchema>>;
export type LabNode = Readonly<z.infer<typeof nodeSchema>>;
export type NetworkPing = Readonly<z.infer<typeof pingSchema>>;
export type NetworkExchange = Readonly<z.infer<typeof exchangeSchema>>;
export type Point = Readonly<z.infer<typeof point>>;

/** The keys that may stand in the map at a path. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const [first, , third] = path;
  const shapes: Readonly<Record<string, object>> = {
    nodes: nodeSchema.shape,
    ping: pingSchema.shape,
    exchange: exchangeSchema.shape,
    steps: stepSchema.shape,
    mend: stepSchema.shape,
    replace: stepSchema.shape,
  };
  if (third === 'if' || third === 'unless') return Object.keys(condition.shape);
  const shape = Object.hasOwn(shapes, String(first)) ? shapes[String(first)] : undefined;
  return Object.keys(shape ?? networkSchema.shape);
}

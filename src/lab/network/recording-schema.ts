/** What a file of recordings may hold. */
import * as z from 'zod';
import { nodeName, oneOrMore, point, stepSchema, words } from './network-schema.ts';

const pingSchema = z.strictObject({
  /** Default: h1-ns1. */
  from: nodeName.optional(),
  /** 172.16.1.2 where not given. */
  to: z.union([z.ipv4(), z.ipv6()]).optional(),
  options: words,
});

const changeSchema = z.strictObject({ change: oneOrMore(stepSchema) });

const recordingSchema = z.strictObject({
  network: z.string(),
  /** What is changed in it, and why. */
  change: oneOrMore(stepSchema, 0).optional(),
  /** A ping before, so that nobody has to ask by ARP any more; false if there shall be none. */
  warm: z.union([pingSchema, z.literal(false)]).optional(),
  captures: z.array(z.strictObject({ file: z.string(), at: point, options: words.optional() })).min(1),
  /** One after the other, with changes between; default: four of h1-ns1. */
  pings: oneOrMore(z.union([pingSchema, changeSchema])).optional(),
});

export const recordingsSchema = z.strictObject({ recordings: z.array(recordingSchema).min(1) });
export type Recording = z.infer<typeof recordingSchema>;
export type RecordingPing = z.infer<typeof pingSchema>;

export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const shapes: Readonly<Record<string, object>> = {
    change: stepSchema.shape,
    pings: pingSchema.shape,
    warm: pingSchema.shape,
    captures: recordingSchema.shape.captures.element.shape,
  };
  if (path.length === 0) return Object.keys(recordingsSchema.shape);
  return Object.keys(shapes[String(path[2])] ?? recordingSchema.shape);
}

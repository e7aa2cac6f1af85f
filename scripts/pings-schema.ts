import { jsonSchema } from '../src/verdict/specification-schema.ts';

/** schema/pings.schema.json: what editors complete and check specifications by. */
export function pingsSchema(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

/** What an event of the kernel's tracing looks like in memory, as its `format` file says (Documentation/trace/events.rst). */

export interface EventField {
  /** Bytes from the event's start. */
  readonly offset: number;
  readonly size: number;
}

export interface EventFormat {
  /** The number that its records begin with. */
  readonly id: number;
  readonly fields: ReadonlyMap<string, EventField>;
  /** Names of numbers, by their number, as the last field's are printed. */
  readonly symbols: ReadonlyMap<number, string>;
}

export function parseEventFormat(text: string): EventFormat {
  const fields = new Map<string, EventField>();
  for (const [, declaration = '', offset, size] of text.matchAll(
    /^\s*field:\s*([^;]+);\s*offset:(\d+);\s*size:(\d+);/gm,
  )) {
    const name = /(\w+)(?:\[[^\]]*\])?$/.exec(declaration.trim())?.[1] ?? '';
    fields.set(name, { offset: Number(offset), size: Number(size) });
  }
  const symbols = new Map<number, string>();
  for (const [, number, name = ''] of text.matchAll(/\{ (\d+), "(\w+)" \}/g))
    symbols.set(Number(number), name);
  return { id: Number(/^ID: (\d+)$/m.exec(text)?.[1]), fields, symbols };
}

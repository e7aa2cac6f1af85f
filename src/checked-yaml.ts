/** YAML that people write, checked against a schema: what is wrong is said with the line that it stands in. */
import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { ZodType } from 'zod';
import { unknownKey } from './output/similar.ts';

/** A file that can't be used: one line with its name, the line in it, what was received and what was expected. */
export class CheckedYamlError extends RangeError {
  override readonly name: string = 'CheckedYamlError';
}

export interface CheckedYaml<T> {
  readonly value: T;
  /** The line, from 1, in which the value at a path begins. */
  lineOf(path: readonly PropertyKey[]): number;
  /** Says that the value at a path is wrong. @throws {CheckedYamlError} */
  fail(path: readonly PropertyKey[], message: string): never;
}

/**
 * @param text YAML, of which JSON is a part
 * @param name of the file, for messages
 * @param keysAt the keys that may stand in the map at a path
 * @throws {CheckedYamlError} where the text is no YAML, or not what the schema asks for
 */
export function parseCheckedYaml<T>(
  text: string,
  name: string,
  schema: ZodType<T>,
  keysAt: (path: readonly PropertyKey[]) => readonly string[],
): CheckedYaml<T> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const lineAt = (offset: number): number => Math.max(lineCounter.linePos(offset).line, 1);
  const failAt = (offset: number, message: string): never => {
    throw new CheckedYamlError(`${name}:${lineAt(offset)}: ${message.replaceAll('\n', ' ')}`);
  };
  const [fault] = document.errors;
  if (fault?.code === 'MULTIPLE_DOCS')
    failAt(fault.pos[0], 'a second document begins here; expected one in a file');
  if (fault !== undefined) failAt(fault.pos[0], `not YAML: ${fault.message}`);
  visit(document, {
    Alias(_key, alias, path) {
      const node = alias.resolve(document);
      if (node === undefined || !path.includes(node)) return;
      failAt(
        alias.range?.[0] ?? 0,
        `*${alias.source} stands inside what it stands for; expected an alias of something else`,
      );
    },
  });

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
    // Aliases that stand for more than such a file can need.
    failAt(0, (error as Error).message);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const { issues } = parsed.error;
    // A key that is misspelt is missing under its own name too: the first says what to do.
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
    if (issue === undefined) throw parsed.error;
    if (issue.code === 'unrecognized_keys') {
      const [key = ''] = issue.keys;
      failAt(offsetOfKey(issue.path, key), unknownKey(key, keysAt(issue.path)));
    }
    const where = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    failAt(offsetOf(issue.path), where + issue.message.replace(/^Invalid \w+: /, ''));
  }
  return {
    value: parsed.data as T,
    lineOf: (path) => lineAt(offsetOf(path)),
    fail: (path, message) => failAt(offsetOf(path), message),
  };
}

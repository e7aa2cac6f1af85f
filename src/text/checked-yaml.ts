/** YAML that people write, checked against a schema: errors name the line. */
import { closeSync, openSync, readSync } from 'node:fs';
import { isCollection, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { ZodType } from 'zod';
import { unknownKey } from './similar.ts';

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

/** Bytes: files that people write are thousands of times smaller. */
const MOST_BYTES = 1 << 20;
/** Lists and maps inside each other. */
const MOST_LEVELS = 64;
const TOO_DEEP = `more than ${MOST_LEVELS} lists and maps nested in each other; expected fewer`;

/**
 * The text of a file that is to be parsed, which may be a device or a pipe without end.
 *
 * @param file a path, or a descriptor
 * @throws {CheckedYamlError} if it is longer than such a file can be
 * @throws {Error} the system's, if it can't be read
 */
export function readYamlText(file: string | number, name: string): string {
  const descriptor = typeof file === 'number' ? file : openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (let read = 1; read > 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, MOST_BYTES + 1 - length, null);
    if (length > MOST_BYTES)
      throw new CheckedYamlError(`${name}: longer than 1 MiB; expected a shorter file`);
    return bytes.toString('utf8', 0, length);
  } finally {
    if (typeof file === 'string') closeSync(descriptor);
  }
}

/**
 * @param text YAML, of which JSON is a part
 * @param name of the file, for messages
 * @param keysAt the keys that may stand in the map at a path
 * @throws {CheckedYamlError} if the text is not YAML, or not what the schema asks for
 */
export function parseCheckedYaml<T>(
  text: string,
  name: string,
  schema: ZodType<T>,
  keysAt: (path: readonly PropertyKey[]) => readonly string[],
): CheckedYaml<T> {
  if (text.length > MOST_BYTES)
    throw new CheckedYamlError(`${name}: longer than 1 MiB; expected a shorter file`);
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const lineAt = (offset: number): number => Math.max(lineCounter.linePos(offset).line, 1);
  const failAt = (offset: number, message: string): never => {
    throw new CheckedYamlError(`${name}:${lineAt(offset)}: ${message.replaceAll('\n', ' ')}`);
  };
  const [fault] = document.errors;
  if (fault?.code === 'MULTIPLE_DOCS')
    failAt(fault.pos[0], 'a second document begins here; expected one document per file');
  // The parser calls itself for each level, and says so when the stack is exhausted.
  if (fault?.code === 'RESOURCE_EXHAUSTION') failAt(0, TOO_DEEP);
  if (fault !== undefined) failAt(fault.pos[0], `not YAML: ${fault.message}`);
  visit(document, {
    Collection(_key, node, path) {
      // A pair is a step of the path too.
      if (path.filter(isCollection).length < MOST_LEVELS) return;
      failAt(node.range?.[0] ?? 0, TOO_DEEP);
    },
    Alias(_key, alias, path) {
      const node = alias.resolve(document);
      if (node === undefined || !path.includes(node)) return;
      failAt(
        alias.range?.[0] ?? 0,
        `the alias *${alias.source} is inside what it refers to; expected an alias of something else`,
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
  const result = schema.safeParse(value);
  if (!result.success) {
    const { issues } = result.error;
    // A key that is misspelt is missing under its own name too: the first says what to do.
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
    if (issue === undefined) throw result.error;
    if (issue.code === 'unrecognized_keys') {
      const [key = ''] = issue.keys;
      failAt(offsetOfKey(issue.path, key), unknownKey(key, keysAt(issue.path)));
    }
    const where = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    failAt(offsetOf(issue.path), where + issue.message.replace(/^Invalid \w+: /, ''));
  }
  return {
    value: result.data as T,
    lineOf: (path) => lineAt(offsetOf(path)),
    fail: (path, message) => failAt(offsetOf(path), message),
  };
}

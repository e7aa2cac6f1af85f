/** The user's keys, colours and habits, out of a file. */
import * as z from 'zod';
import { CheckedYamlError, parseCheckedYaml, readYamlText } from '../../text/checked-yaml.ts';
import { isKey, KEYS_THERE_ARE } from '../keys/key-names.ts';
import { ALWAYS_QUITS, COMMANDS, type Command, canShareKey } from '../keys/keymap.ts';
import { columnFault } from '../state/column-names.ts';
import { TIME_COLUMNS } from '../state/state.ts';
import { COLOR_MEANINGS, COLOR_NAMES, isColor } from '../terminal/theme.ts';
import { configPath } from './config-path.ts';

const COLOR_EXPECTED = `expected a colour: ${COLOR_NAMES.join(', ')}, 0 to 255, or as #1b6fc2`;
const color = z.union([z.string(), z.number()], COLOR_EXPECTED).refine(isColor, COLOR_EXPECTED);

const KEYS_EXPECTED = 'expected keys in a list, such as [n, ctrl+n, pageDown]';
const key = z.string({ error: KEYS_EXPECTED }).refine(isKey, {
  error: ({ input }) => `${JSON.stringify(input)} is not a key; expected ${KEYS_THERE_ARE}`,
});
const keys = z.array(key, { error: KEYS_EXPECTED });
const keysOfCommands = z
  .strictObject(Object.fromEntries(COMMANDS.map((command) => [command, keys.optional()])))
  .superRefine((own, context) => {
    const fail = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (own.quit?.length === 0) fail(['quit'], 'no key is left to quit with; expected at least one');
    const before: [command: Command, key: string][] = [];
    for (const [command, given = []] of Object.entries(own) as [Command, string[] | undefined][]) {
      for (const name of given) {
        if (name === ALWAYS_QUITS && command !== 'quit')
          fail([command], `${ALWAYS_QUITS} always quits; choose another key`);
        const [other] = before.find(([had, its]) => its === name && !canShareKey(had, command)) ?? [];
        if (other !== undefined)
          fail([command], `${JSON.stringify(name)} is also a key of ${other}; use it for one of them`);
      }
      before.push(...given.map((name): [Command, string] => [command, name]));
    }
  });

const COLUMNS_EXPECTED = 'expected names of fields in a list, such as [ip.ttl#2, vxlan.vni]';
const column = z.string(COLUMNS_EXPECTED).refine((name) => columnFault(name) === undefined, {
  error: ({ input }) => columnFault(`${input}`),
});

const configSchema = z.strictObject({
  keys: keysOfCommands.optional(),
  theme: z
    .strictObject(Object.fromEntries(COLOR_MEANINGS.map((meaning) => [meaning, color.optional()])))
    .optional(),
  mouse: z.boolean().optional(),
  screenReader: z.boolean().optional(),
  times: z.enum(TIME_COLUMNS).optional(),
  columns: z.array(column, COLUMNS_EXPECTED).optional(),
});

export type Config = z.infer<typeof configSchema>;

export interface ReadConfig {
  readonly config: Config;
  /** What is wrong with the file, in one line; undefined if nothing is, or there is none. The defaults hold then. */
  readonly fault: string | undefined;
}

/** @param environment of which XDG_CONFIG_HOME and HOME count */
export function readConfig(environment: NodeJS.ProcessEnv): ReadConfig {
  const path = configPath(environment);
  let text: string;
  try {
    text = readYamlText(path, path);
  } catch (error) {
    if (error instanceof CheckedYamlError)
      return { config: {}, fault: `${error.message}; using the defaults` };
    const { code } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    return {
      config: {},
      fault: isMissing ? undefined : `${path}: can't be read (${code}); using the defaults`,
    };
  }
  if (text.trim() === '') return { config: {}, fault: undefined };
  try {
    return { config: parseCheckedYaml(text, path, configSchema, keysAt).value, fault: undefined };
  } catch (error) {
    if (!(error instanceof CheckedYamlError)) throw error;
    return { config: {}, fault: `${error.message}; using the defaults` };
  }
}

function keysAt([first]: readonly PropertyKey[]): readonly string[] {
  if (first === 'keys') return COMMANDS;
  return first === 'theme' ? COLOR_MEANINGS : Object.keys(configSchema.shape);
}

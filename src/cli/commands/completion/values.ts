/** What flags and arguments may be: choices, files, and what is on this machine. What tells it is loaded where it is asked for. */
import type { Argument, Option } from 'commander';
import { BUNDLED } from '../../bundled.ts';

/** Words, each with what it is, and whether files may stand there too. */
export interface Values {
  readonly values: Iterable<readonly [value: string, description: string]>;
  readonly files: boolean;
}

/** The line that asks the shell for files. */
export const FILES = ':files';

type Source = (last: string) => Promise<Values['values']>;

const plain = (words: readonly string[]) => words.map((word) => [word, ''] as const);

async function interfaces(): Promise<Values['values']> {
  const { findGroups } = await import('../interfaces/show-interfaces.ts');
  return (await findGroups()).groups.flatMap(({ entries }) =>
    entries.map(({ json, remarks }) => [String(json.interface), remarks.join('  ')] as const),
  );
}

async function fields(last: string): Promise<Values['values']> {
  const [{ namesBeginning }, { fieldIndex }] = await Promise.all([
    import('../../../display-filter/vocabulary.ts'),
    import('../../../decode/field-index.ts'),
  ]);
  return namesBeginning(last).map((name) => [name, fieldIndex.get(name)?.[0]?.field.label ?? '']);
}

async function labs(): Promise<Values['values']> {
  return plain((await import('../../../lab/network/journal.ts')).journalNames());
}

async function networks(): Promise<Values['values']> {
  const { loadNetwork, networkNames } = await import('../../../lab/network/network.ts');
  return networkNames().map((name) => [name, loadNetwork(name).title] as const);
}

async function lessons(): Promise<Values['values']> {
  const { lessonNames, lessonTitle } = await import('../../../lab/lesson/lesson.ts');
  return lessonNames().map((name) => [name, lessonTitle(name)] as const);
}

async function languages(): Promise<Values['values']> {
  return plain((await import('../../../lab/lesson/lesson.ts')).languages());
}

/** By a flag's long form. */
const OF_FLAGS: Readonly<Record<string, Source>> = {
  '--interface': interfaces,
  '--at': interfaces,
  '--display-filter': fields,
  '--field': fields,
  '--mask': fields,
  '--lab': labs,
  '--language': languages,
  '--times': async () => plain(['a', 'ad', 'd', 'dd', 'e', 'r', 'u', 'ud']),
  '--of': async () => plain((await import('../../../path/followed.ts')).FOLLOWED),
  '--autostop': async () => plain(['duration:', 'packets:']),
  '--ring-buffer': async () => plain(['filesize:', 'duration:', 'packets:', 'files:']),
};

/** By a command's name and its argument's. */
const OF_ARGUMENTS: Readonly<Record<string, Source>> = {
  'up network': networks,
  'watch network': networks,
  'lesson name': lessons,
  'down name': labs,
};

/** Arguments that name files: captures, and networks of one's own. */
const FILE_ARGUMENTS: readonly string[] = ['filter', 'network', 'folder'];

/** @param last what there is of the value */
export async function flagValues({ long, flags, argChoices }: Option, last: string): Promise<Values> {
  if (argChoices !== undefined) return { values: plain(argChoices), files: false };
  const source = OF_FLAGS[long ?? ''];
  if (source !== undefined) return { values: await source(last), files: false };
  const values = long === '--read' && last.startsWith('@') ? plain([...BUNDLED.keys()]) : [];
  return { values, files: /<(file|folder)/.test(flags) };
}

/** @param last what there is of it */
export async function argumentValues(command: string, argument: Argument, last: string): Promise<Values> {
  const { argChoices } = argument;
  if (argChoices !== undefined) return { values: plain(argChoices), files: false };
  const source = OF_ARGUMENTS[`${command} ${argument.name()}`];
  const values = source === undefined ? [] : await source(last);
  const bundled = argument.name() === 'filter' && last.startsWith('@') ? plain([...BUNDLED.keys()]) : [];
  return { values: [...values, ...bundled], files: FILE_ARGUMENTS.includes(argument.name()) };
}

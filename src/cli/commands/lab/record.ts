import { join } from 'node:path';
import type { Command } from 'commander';
import { escapeControls } from '../../../text/printable.ts';
import type { Done } from '../../command-line.ts';
import { interruptible } from '../../signals.ts';
import { writeText } from '../../standard-output.ts';

export function addRecord(program: Command, done: Done): void {
  program
    .command('record')
    .description('for developers: record the captures of fixtures/ and of the lessons again')
    .argument('<folder>', 'where to write them')
    .action(async (folder: string) => {
      const { loadRecordings, record } = await import('../../../lab/network/record.ts');
      const onFile = (file: string) => writeText(`${escapeControls(file)}\n`);
      await interruptible((signal) => record(loadRecordings(), folder, { signal, onFile }));
      const { recordLessons } = await import('./lesson/record-lessons.ts');
      done(await recordLessons(undefined, join(folder, 'lessons')));
    });
}

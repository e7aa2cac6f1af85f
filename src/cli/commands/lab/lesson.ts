import type { Command } from 'commander';
import type { Done } from '../../command-line.ts';
import type { LessonOptions } from './lesson/take-lesson.ts';

export function addLesson(program: Command, done: Done): void {
  program
    .command('lesson')
    .description('a guided lesson: a network, questions, packets, things to do; without a name the list')
    .argument('[name]', 'the lesson’s')
    .option('--offline', 'with recorded packets: without root, on any system')
    .option('--language <code>', 'of the texts, where they are translated: en; as LANG says, where not given')
    .option('--as <name>', 'name its lab so')
    .option('--record <folder>', 'for authors: take it by itself, and record what --offline needs')
    .action(async (name: string | undefined, options: LessonOptions) => {
      const { lesson } = await import('./lesson/take-lesson.ts');
      done(await lesson(name, options));
    });
}

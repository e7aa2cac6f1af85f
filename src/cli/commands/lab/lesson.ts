import type { Command } from 'commander';
import type { Done } from '../../command-line.ts';
import { withNewLab } from './lab-options.ts';
import type { LessonOptions } from './lesson/take-lesson.ts';

export function addLesson(program: Command, done: Done): void {
  withNewLab(program.command('lesson'), 'name its lab')
    .description('take a guided lesson: a network, questions, packets, things to do')
    .argument('[name]', 'the lesson’s name, or fault to have one drawn; without one, lists the lessons')
    .option('--offline', 'use recorded packets: no root needed, on any system')
    .option(
      '--language <code>',
      'language of the texts: en, zh-CN (default: as LC_ALL, LC_MESSAGES or LANG says)',
    )
    .option('--resume', 'go on where you left it')
    .option(
      '--seed <text>',
      'draw the order of the choices, and with “fault” as the lesson the fault: the same everywhere',
    )
    .option('--result <file>', 'write what you did as JSON, for lab results')
    .option('--key <key>', 'seal it with the key that your teacher gave you with the seed')
    .option('--html [file]', 'write the recorded lesson as a self-contained web page (default: NAME.html)')
    .option('--html-all <folder>', 'write all recorded lessons as pages, in every language, with an index')
    .option('--record <folder>', 'for authors: take the lesson unattended, and record what --offline needs')
    .action(async (name: string | undefined, options: LessonOptions) => {
      const { lesson } = await import('./lesson/take-lesson.ts');
      done(await lesson(name, options));
    });
}

import { type Command, Option } from 'commander';
import type { Done } from '../../command-line.ts';
import type { ResultsOptions } from './results/class-results.ts';

export function addResults(program: Command, done: Done): void {
  program
    .command('results')
    .description('what learners did, from the files that lab lesson --result wrote')
    .argument('[file...]', 'the files')
    .option('--class <passphrase>', 'the class’s passphrase, to check seals with')
    .option('--keys <seed...>', 'print each learner’s key for --class: one seed for each')
    .addOption(new Option('-T <format>', 'output').choices(['table', 'csv', 'json']).default('table'))
    .action(async (files: string[], options: ResultsOptions) => {
      const { classResults } = await import('./results/class-results.ts');
      done(await classResults(files, options));
    });
}

import { type Command, Option } from 'commander';
import type { Lab } from '../../../lab/network/labs.ts';
import type { Done } from '../../command-line.ts';
import { parseNumber } from '../../flag-values.ts';
import { type LabFlags, labOf, withLab } from './lab-options.ts';

interface StatusFlags extends LabFlags {
  format?: 'text' | 'json';
  width?: number;
  svg?: string;
}

export function addStatus(program: Command, done: Done): void {
  withLab(program.command('status'))
    .description('draw the lab: what is up, tunnels, processes; exit code 1 if something is missing')
    .addOption(new Option('-T, --format <format>', '(default: text)').choices(['text', 'json']))
    .option('--width <columns>', 'width of the drawing', parseNumber('--width', 40, 1000))
    .option('--svg <file>', 'write a picture of its nodes, devices and tunnels; - is standard output')
    .action(async (flags: StatusFlags) => {
      const lab = await labOf(flags);
      if (flags.svg !== undefined) await drawLab(lab, flags.svg);
      const { showStatus } = await import('./status/show-status.ts');
      done(await showStatus(lab, flags.format ?? 'text', flags.width));
    });
}

async function drawLab({ namespaces }: Lab, svg: string): Promise<void> {
  const { surveyNamespaces } = await import('../../../host/survey.ts');
  const { writeTopology } = await import('../interfaces/draw-topology.ts');
  const survey = surveyNamespaces();
  const inodes = new Set(namespaces.map(({ inode }) => inode));
  const own = survey.namespaces.filter(({ inode }) => inodes.has(inode));
  await writeTopology({ ...survey, namespaces: own }, { svg });
}

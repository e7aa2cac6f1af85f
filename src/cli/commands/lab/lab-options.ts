/** What several of the lab's commands take: the lab that they are about, and the time between pings. */
import { type Command, Option } from 'commander';
import type { Lab } from '../../../lab/network/labs.ts';
import { UsageError } from '../../errors.ts';

export interface LabFlags {
  lab?: string;
}

export function withLab(command: Command): Command {
  return command.option('--lab <name>', 'the lab (default: the only one)');
}

/** For a command that makes a lab: `--lab`, and `--as`, its name of old. @param description of the flag */
export function withNewLab(command: Command, description: string): Command {
  return command
    .option('--lab <name>', description)
    .addOption(new Option('--as <name>').hideHelp())
    .on('option:as', (name: string) => command.setOptionValue('lab', name));
}

/** The lab that is meant. Whatever is done with one needs root. */
export async function labOf({ lab }: LabFlags): Promise<Lab> {
  const [{ findLab }, { requireRoot }] = await Promise.all([
    import('../../../lab/network/labs.ts'),
    import('../../../lab/network/machine.ts'),
  ]);
  requireRoot();
  return findLab(lab);
}

/** Seconds between two pings, as ping takes them: not less than it sends to anybody but root. */
export function parseInterval(text: string): number {
  const seconds = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds >= 0.002 && seconds <= 3600)) {
    throw new UsageError(
      `-i "${text}" is not understood; expected seconds between pings, from 0.002 to 3600`,
    );
  }
  return seconds;
}

import type { Command } from 'commander';
import type { Network } from '../../../lab/network/network.ts';
import type { Done } from '../../command-line.ts';
import { EXIT } from '../../errors.ts';
import { interruptible } from '../../signals.ts';
import { writeText } from '../../standard-output.ts';
import { openKeys } from './keys.ts';
import { withNewLab } from './lab-options.ts';

interface UpFlags {
  lab?: string;
  step?: boolean;
  dryRun?: boolean;
  quiet?: boolean;
}

export function addUp(program: Command, done: Done): void {
  withNewLab(program.command('up'), 'name the lab (default: the network’s name); labs can run side by side')
    .description('bring a network up, step by step, with each command and why')
    .argument('<network>', 'a network’s name (see: list), or a file: ./my-network.yaml')
    .option('--step', 'wait for a key before each step; q stops and takes everything down')
    .option('--dry-run', 'print a shell script that does the same without tunnelscope')
    .option('-q, --quiet', 'don’t print the steps')
    .action(async (name: string, flags: UpFlags) => {
      await up(name, flags);
      done(EXIT.done);
    });
}

/** @param nameOrPath of a network */
export async function up(
  nameOrPath: string,
  { lab: labName, quiet, step: isStepped, dryRun }: UpFlags,
): Promise<void> {
  const { loadNetwork, requireLabName } = await import('../../../lab/network/network.ts');
  const network = loadNetwork(nameOrPath);
  const name = requireLabName(labName ?? network.name);
  if (dryRun === true) {
    const { networkScript } = await import('../../../lab/network/script.ts');
    writeText(networkScript(network, name));
    return;
  }
  const { bringUp } = await import('../../../lab/network/up.ts');
  const { stepText } = await import('./step-text.ts');
  await interruptible(async (signal, stop) => {
    const keys = isStepped === true ? openKeys(stop) : undefined;
    try {
      const lab = await bringUp(network, {
        name,
        signal,
        onStep: async (step, number, count) => {
          if (quiet !== true) writeText(stepText(step, { name, processes: [] }, number, count));
          if (keys === undefined) return;
          const key = await keys.next();
          if (key === 'q' || key === undefined) stop();
        },
        onTakeDown: () => console.error('tunnelscope: taking down what was made'),
      });
      const { journalNames } = await import('../../../lab/network/journal.ts');
      writeText(upText(network, lab.name, journalNames().length === 1));
    } finally {
      keys?.close();
    }
  });
}

function upText(network: Network, lab: string, isOnly: boolean): string {
  const flag = isOnly ? '' : ` --lab ${lab}`;
  const { ping, exchange } = network;
  if (exchange?.arrives === false) {
    const tried = exchange.tcp === undefined ? `--dns ${exchange.dns}` : `--tcp ${exchange.tcp}`;
    return `lab ${lab} is up; its ping arrives, and this does not, on purpose: sudo tunnelscope lab ping ${tried}${flag}\n`;
  }
  const what = ping.arrives ? 'its ping arrives' : 'its ping does not arrive, on purpose: find out why';
  return `lab ${lab} is up; ${what}: sudo tunnelscope lab ping${flag}\n`;
}

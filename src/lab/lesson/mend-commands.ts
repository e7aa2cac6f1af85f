/** What repairs a network, as lines to type. */
import type { Network, Step } from '../network/network.ts';
import { shellLine } from '../network/step-commands.ts';
import type { NodeCommand } from './lesson.ts';

/** A network's repair as lines to type in its nodes. */
export function mendCommands({ mend }: Network): NodeCommand[] {
  return mend.flatMap((step: Step) => {
    const { on = '', run = [], start } = step;
    const lines = run.map((words) => shellLine(words));
    if (start !== undefined) lines.push(`${shellLine(start)} &`);
    return lines.map((command) => ({ on, command }));
  });
}

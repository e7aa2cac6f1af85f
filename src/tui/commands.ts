/** Commands that need packets, and not the state alone: all others are the reducer's. */
import type { CommandTable } from './context.ts';
import { detailCommands } from './detail/detail-commands.ts';
import { listCommands } from './list/list-commands.ts';

export const commands: CommandTable = {
  ...listCommands,
  ...detailCommands,
  announce: (context) => context.announce(),
};

/** Commands about what is selected: copying it, and filtering by it. */
import type { CommandContext, CommandTable } from '../context.ts';
import { type Copied, clipboardSequence, copyText } from './copy.ts';
import { connectionFilter, filterBy, selectedName } from './filter-by.ts';

export const detailCommands: CommandTable = {
  copyValue: (context) => copy(context, 'value'),
  copyHex: (context) => copy(context, 'hex'),
  copyJson: (context) => copy(context, 'json'),
  copyFilter: (context) => copy(context, 'filter'),
  filterByThis: (context) => narrow(context, filterBy(context), 'nothing is selected to filter by'),
  connection: (context) =>
    narrow(
      context,
      connectionFilter(context.outline()),
      'this packet is of no TCP connection and of no UDP flow',
    ),
  column: (context) => context.dispatch({ type: 'ask', kind: 'column', text: selectedName(context) ?? '' }),
};

function copy(context: CommandContext, what: Copied): void {
  const text = copyText(context, what);
  if (text === undefined) {
    context.say('nothing is selected to copy');
    return;
  }
  const sequence = clipboardSequence(text);
  if (sequence === undefined) {
    context.say(
      `${text.length} characters are too many for the terminal’s clipboard: w writes packets to a file`,
    );
    return;
  }
  context.toTerminal(sequence);
  context.say(`copied, if the terminal allows it: ${text}`);
}

function narrow(context: CommandContext, text: string | undefined, otherwise: string): void {
  if (text === undefined) {
    context.say(otherwise);
    return;
  }
  const fault = context.filterBy(text);
  if (fault !== undefined) context.say(fault);
}

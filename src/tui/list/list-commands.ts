/** Commands that look for a packet: the next ping, problem or mark, and a ping's other half. */
import type { CommandContext, CommandTable } from '../context.ts';
import { partnerOf } from './fate.ts';
import { kindOf } from './packet-kind.ts';
import { MOST_ROWS, rowFrom, searchAgain } from './search.ts';

export const listCommands: CommandTable = {
  nextPing: (context) => find(context, 1, 'ping'),
  previousPing: (context) => find(context, -1, 'ping'),
  nextProblem: (context) => find(context, 1, 'problem'),
  previousProblem: (context) => find(context, -1, 'problem'),
  searchOn: (context) => searchAgain(context, 1),
  searchBack: (context) => searchAgain(context, -1),
  partner: toPartner,
  mark,
  nextMark: toNextMark,
};

function find(context: CommandContext, step: 1 | -1, wanted: 'ping' | 'problem'): void {
  const isWanted = (row: number): boolean => {
    const number = context.packetOf(row);
    const isAgain = wanted === 'problem' && context.store.sentAgain.has(number);
    if (isAgain || (wanted === 'problem' && context.isLost(number))) return true;
    const packet = context.reader.read(number);
    if (packet === undefined) return false;
    const { stack } = context.reader;
    const kind = kindOf(packet.view, stack);
    return wanted === 'problem'
      ? kind === 'problem' || stack.issueCount > 0
      : kind === 'request' || kind === 'reply';
  };
  const row = rowFrom(context, step, isWanted);
  const what = wanted === 'problem' ? wanted : 'ping, SYN or query';
  if (row === undefined) context.say(`no ${what} ${step === 1 ? 'after' : 'before'} this packet`);
  else context.dispatch({ type: 'select', index: row });
}

/** From a reply to its request, and from a request to the reply that answers it. */
function toPartner(context: CommandContext): void {
  const packet = context.selectedPacket;
  if (packet === undefined) return;
  const partner = partnerOf(context.store, packet, MOST_ROWS);
  context.say(
    partner === undefined ? 'no matching request or answer is known here' : (context.goTo(partner) ?? ''),
  );
}

function mark(context: CommandContext): void {
  const packet = context.selectedPacket;
  if (packet !== undefined) context.dispatch({ type: 'mark', packet });
}

function toNextMark(context: CommandContext): void {
  const marks = [...context.state.marks].sort((a, b) => a - b);
  const here = context.selectedPacket ?? -1;
  const next = marks.find((packet) => packet > here) ?? marks[0];
  if (next === undefined) context.say('no packet is marked: m marks one');
  else context.say(context.goTo(next) ?? '');
}

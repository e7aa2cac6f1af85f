/** Commands that look for a packet: the next ping, problem or mark, a ping's other half, a filter by what is selected. */
import { type Copied, clipboardSequence, copyText } from '../detail/copy.ts';
import { filterBy } from '../detail/filter-by.ts';
import type { Command } from '../keys/keymap.ts';
import type { Session } from '../session.ts';
import { partnerOf } from './fate.ts';
import { kindOf } from './list-rows.ts';
import { searchAgain } from './search.ts';

/** Rows that are looked through for one key at most: about a tenth of a second. */
const MOST_ROWS = 200_000;

/** Carries out a command that needs packets and not the state alone. Returns whether it is one. */
export function carryOut(session: Session, command: Command): boolean {
  switch (command) {
    case 'nextPing':
      find(session, 1, 'ping');
      return true;
    case 'previousPing':
      find(session, -1, 'ping');
      return true;
    case 'nextProblem':
      find(session, 1, 'problem');
      return true;
    case 'previousProblem':
      find(session, -1, 'problem');
      return true;
    case 'searchOn':
    case 'searchBack':
      searchAgain(session, command === 'searchOn' ? 1 : -1);
      return true;
    case 'mark': {
      const packet = session.selectedPacket;
      if (packet !== undefined) session.dispatch({ type: 'mark', packet });
      return true;
    }
    case 'partner':
      toPartner(session);
      return true;
    case 'nextMark':
      toNextMark(session);
      return true;
    case 'copyValue':
    case 'copyHex':
    case 'copyJson':
    case 'copyFilter':
      copy(session, COPIED[command]);
      return true;
    case 'announce':
      session.announce();
      return true;
    case 'filterByThis':
      filterByThis(session);
      return true;
    default:
      return false;
  }
}

function find(session: Session, step: 1 | -1, wanted: 'ping' | 'problem'): void {
  const isWanted = (row: number): boolean => {
    const number = session.packetOf(row);
    if (wanted === 'problem' && session.isLost(number)) return true;
    const packet = session.reader.read(number);
    if (packet === undefined) return false;
    const { stack } = session.reader;
    const kind = kindOf(packet.view, stack);
    return wanted === 'problem'
      ? kind === 'problem' || stack.issueCount > 0
      : kind === 'request' || kind === 'reply';
  };
  const row = rowFrom(session, step, isWanted);
  if (row === undefined) session.say(`no ${wanted} ${step === 1 ? 'behind' : 'before'} this packet`);
  else session.dispatch({ type: 'select', index: row });
}

/** The nearest row past the selected one that is wanted. */
export function rowFrom(
  session: Session,
  step: 1 | -1,
  isWanted: (row: number) => boolean,
): number | undefined {
  const { selected, first, count } = session.state;
  for (let i = 1, row = selected + step; i <= MOST_ROWS && row >= first && row < count; i++, row += step) {
    if (isWanted(row)) return row;
  }
  return undefined;
}

/** From a reply to its request, and from a request to the reply that answers it. */
function toPartner(session: Session): void {
  const { store } = session;
  const packet = session.selectedPacket;
  if (packet === undefined) return;
  const partner = partnerOf(store, packet, MOST_ROWS);
  session.say(
    partner === undefined ? 'no other half of a ping is known here' : (session.goTo(partner) ?? ''),
  );
}

function toNextMark(session: Session): void {
  const marks = [...session.state.marks].sort((a, b) => a - b);
  const here = session.selectedPacket ?? -1;
  const next = marks.find((packet) => packet > here) ?? marks[0];
  if (next === undefined) session.say('no packet is marked: m marks one');
  else session.say(session.goTo(next) ?? '');
}

const COPIED = { copyValue: 'value', copyHex: 'hex', copyJson: 'json', copyFilter: 'filter' } as const;

function copy(session: Session, what: Copied): void {
  const text = copyText(session, what);
  if (text === undefined) {
    session.say('nothing is selected to copy');
    return;
  }
  const sequence = clipboardSequence(text);
  if (sequence === undefined) {
    session.say(`${text.length} characters are more than terminals take: w writes packets to a file`);
    return;
  }
  session.toTerminal(sequence);
  session.say(`copied, where the terminal allows it: ${text}`);
}

function filterByThis(session: Session): void {
  const text = filterBy(session);
  if (text === undefined) {
    session.say('nothing is selected to filter by');
    return;
  }
  const fault = session.narrow(text);
  if (fault === undefined) session.dispatch({ type: 'filter', text });
  else session.say(fault);
}

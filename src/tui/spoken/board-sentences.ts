/** The boards as sentences. */
import { protocols } from '../../decode/registry.ts';
import { tunnelsLine } from '../../exchange/tunnel-words.ts';
import { counted, milliseconds, packetsText } from '../../text/words.ts';
import { askedText } from '../../verdict/exchange-rows.ts';
import { conclusion } from '../../verdict/report.ts';
import { conversationWords } from '../boards/conversations-view.ts';
import { waitingWords } from '../boards/pings-view.ts';
import type { ViewName } from '../keys/view-names.ts';
import { grouped } from '../terminal/numbers.ts';
import type { SpokenContext } from './context.ts';

/** A board: what it says as a whole, and of each of its rows. */
interface SpokenBoard {
  opening(context: SpokenContext): string;
  row(context: SpokenContext, row: number): string;
}

const pings: SpokenBoard = {
  opening(context) {
    const judgement = context.boards.pings();
    const { verdict } = judgement;
    const { paths, exchanges = [], findings } = verdict;
    const beside =
      exchanges.length === 0 ? '' : `${counted(exchanges.length, 'row')} of connections and queries, `;
    const said = waitingWords(context, judgement) ?? conclusion(verdict);
    return `Pings: ${said}. ${counted(paths.length, 'path')}, ${beside}${counted(findings.length, 'finding')}: Up and Down go through them, Enter shows their packets.`;
  },
  row(context, row) {
    const { paths, exchanges = [], findings } = context.boards.pings().verdict;
    const path = paths[row];
    if (path !== undefined) {
      const { inner, ident, tunnels, requests, answered, unanswered, duplicates, rtt } = path;
      const times =
        rtt === null
          ? 'no round trip'
          : `round trip ${milliseconds(rtt.min)} to ${milliseconds(rtt.max)} ms, ${milliseconds(rtt.average)} on average`;
      return `Path ${row + 1}: ${inner.src} to ${inner.dst}, id ${ident}, ${tunnelsLine(tunnels)}: ${grouped(requests)} sent, ${grouped(answered)} answered, ${grouped(unanswered)} lost, ${grouped(duplicates)} duplicates, ${times}.`;
    }
    const exchange = exchanges[row - paths.length];
    if (exchange !== undefined) {
      const { inner, tunnels, begun, answered, refused, unanswered, sentAgain } = exchange;
      return `${askedText(exchange)}: ${inner.src} to ${inner.dst}, ${tunnelsLine(tunnels)}: ${grouped(begun)} begun, ${grouped(answered)} answered, ${grouped(refused)} refused, ${grouped(unanswered)} unanswered, ${grouped(sentAgain)} sent again.`;
    }
    const finding = findings[row - paths.length - exchanges.length];
    if (finding === undefined) return '';
    const { severity, code, packets, message } = finding;
    return `${severity}: ${message}. ${code}${packetsText(packets)}.`;
  },
};

const protocolTree: SpokenBoard = {
  opening: () => 'Protocol hierarchy: Up and Down go through them, Enter shows their packets.',
  row({ boards: { tree } }, row) {
    const rows = tree.rows();
    const here = rows[row];
    if (here === undefined) return 'more protocol stacks, not listed separately';
    const outside = rows.slice(0, row).findLast(({ depth }) => depth < here.depth);
    const name = (number: number) => protocols[number]?.short ?? '';
    const within = outside === undefined ? '' : ` in ${name(outside.protocol)}`;
    const packets = tree.packets[here.node] ?? 0;
    const share = ((packets / tree.total.packets) * 100).toFixed(1);
    return `${name(here.protocol)}${within}, depth ${here.depth + 1}: ${grouped(packets)} packets, ${share} %, ${grouped(tree.bytes[here.node] ?? 0)} bytes.`;
  },
};

const conversations: SpokenBoard = {
  opening: ({ state }) =>
    `Conversations by ${state.sortedBy}: Up and Down go through them, Enter shows their packets.`,
  row: (context, row) => conversationWords(context, row),
};

/** The boards that have sentences of their own; other views are read out row by row. */
export const spokenBoards: Readonly<Partial<Record<ViewName, SpokenBoard>>> = {
  pings,
  protocols: protocolTree,
  conversations,
};

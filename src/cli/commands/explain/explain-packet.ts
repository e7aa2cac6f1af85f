/** One packet, layer by layer: as text, a page or a picture. */

import { basename } from 'node:path';
import { createDecoder } from '../../../decode/decoder.ts';
import { dateText } from '../../../decode/format.ts';
import { LayerStack } from '../../../decode/layer-stack.ts';
import { createReassembler } from '../../../decode/reassembly.ts';
import { createLesson, type Lesson } from '../../../explain/lesson.ts';
import { LEAST_COLUMNS, lessonText, PAPER_COLUMNS } from '../../../explain/text.ts';
import { PacketRecord } from '../../../output/printer.ts';
import { inAscii, isUnicodeLocale } from '../../../text/ascii.ts';
import { escapeControls } from '../../../text/printable.ts';
import { nonePassed } from '../../capture-filter.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { lookAhead } from '../../first-pass.ts';
import { inputFiles, requireNamedInput, resolveInput } from '../../input.ts';
import { requireInputKept, requireOwnPlaces } from '../../input-kept.ts';
import type { InputOptions } from '../../input-options.ts';
import { isTerminal } from '../../is-terminal.ts';
import { openDisplayFilter, openSource } from '../../open-source.ts';
import { readPackets } from '../../read-packets.ts';
import { writeText } from '../../standard-output.ts';
import { writeDocument } from '../../write-document.ts';

export interface ExplainOptions extends InputOptions {
  /** The packet's, from 1; default: the first that passes the filters. */
  number?: number;
  /** Files to write a page and a picture to. */
  html?: string;
  svg?: string;
  /** Columns of the text. */
  width?: number;
  /** The path's, against which a tunnel's cost is told. */
  mtu?: number;
}

interface Explained {
  readonly lesson: Lesson;
  readonly heading: string;
}

export async function explain(options: ExplainOptions, words: readonly string[]): Promise<number> {
  const { html, svg, width } = options;
  requireNamedInput('explain', options, words);
  requireOwnPlaces({ '--html': html, '--svg': svg });
  for (const [flag, path] of [
    ['--html', html],
    ['--svg', svg],
  ] as const)
    requireInputKept(flag, path, inputFiles(options, words));
  // Loaded before root is given up.
  const page = html === undefined ? undefined : await import('../../../explain/html.ts');
  const picture = svg === undefined ? undefined : await import('../../../explain/svg.ts');
  const found = await findPacket(options, words);
  const { lesson, heading } = found;
  if (html !== undefined && page !== undefined) writeDocument(html, page.lessonHtml(lesson, heading));
  if (svg !== undefined && picture !== undefined) writeDocument(svg, picture.lessonSvg(lesson, heading));
  if (html === undefined && svg === undefined) {
    const columns = width ?? (isTerminal(1) ? process.stdout.columns : PAPER_COLUMNS);
    const text = lessonText(found.lesson, found.heading, Math.max(LEAST_COLUMNS, columns));
    writeText(isUnicodeLocale(process.env) ? text : inAscii(text));
  }
  return EXIT.done;
}

/** The packet with the number that `-n` gives; without, the first that the filters let pass. */
async function findPacket(options: ExplainOptions, words: readonly string[]): Promise<Explained> {
  const { number, displayFilter, mtu } = options;
  const filter = await openDisplayFilter(options);
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const reassembler = createReassembler(decoder);
  const stack = new LayerStack();
  const source = await openSource(options, words);
  const tracking = await lookAhead([options], words, filter?.tracked ?? [], decoder);
  const record = new PacketRecord(stack, source.interfaces, tracking);
  const name = escapeControls(source.isLive ? source.name : basename(source.name));
  let found: Explained | undefined;
  await readPackets(
    source,
    number === undefined ? options : { ...options, count: number },
    (batch, count) => {
      for (let i = 0; i < count && found === undefined; i++) {
        record.advance(batch, i);
        const { linkType } = source.interfaces[batch.interfaceIndex[i]];
        decoder.decode(
          batch.view,
          batch.start[i],
          batch.capturedLength[i],
          batch.originalLength[i],
          linkType,
          stack,
        );
        if (stack.fragment >= 0) record.reassemble(reassembler);
        const isWanted = number === undefined ? filter?.matches(record) !== false : record.number === number;
        if (!isWanted) continue;
        const time = dateText(record.seconds, record.nanoseconds);
        const heading = `Packet ${record.number} of ${name}, ${batch.originalLength[i]} bytes, ${time}`;
        found = { lesson: createLesson(record.view, stack, mtu), heading };
        source.stop();
      }
    },
  );
  if (found !== undefined) return found;
  const why = nonePassed(source, resolveInput(options, words).filter);
  if (why !== undefined) throw new UsageError(`${name}: ${why}`);
  if (number !== undefined) {
    throw new UsageError(
      `-n ${number}: ${name} has ${record.number} packets${words.length > 0 ? ' that match the filter' : ''}; expected a number from 1 to ${record.number}`,
    );
  }
  const reason =
    displayFilter === undefined ? 'it holds no packets' : `no packet matches -Y ${displayFilter}`;
  throw new UsageError(`${name}: ${escapeControls(reason)}; there is nothing to explain`);
}

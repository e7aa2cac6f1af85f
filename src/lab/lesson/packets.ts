/** What a lesson shows of captured packets, and asks of them. Captures are files here, just written or recorded. */
import { openCaptureFile } from '../../capture/file/open-capture.ts';
import { createDecoder } from '../../decode/decoder.ts';
import { LayerStack } from '../../decode/layer-stack.ts';
import { createReassembler } from '../../decode/reassembly.ts';
import { compileDisplayFilter } from '../../display-filter/display-filter.ts';
import { boxRows } from '../../explain/boxes.ts';
import { createLesson } from '../../explain/lesson.ts';
import { tunnelText } from '../../explain/text.ts';
import { ByteWriter } from '../../output/byte-writer.ts';
import { createLinePrinter } from '../../output/line.ts';
import { PacketRecord } from '../../output/printer.ts';
import type { PacketSource } from '../../packet/source.ts';
import { formatPathReport } from '../../path/path-report.ts';
import { tracePath } from '../../path/trace-path.ts';
import { formatReport } from '../../verdict/report.ts';
import type { Verdict } from '../../verdict/verdict.ts';
import { verifyCapture } from '../../verdict/verify.ts';
import type { CheckResult } from './events.ts';
import type { Check, Question, StepOf } from './lesson.ts';

/** The narrowest that pictures and tables are made for. */
const LEAST_COLUMNS = 60;

/** Opens a file for `use`, and closes it afterwards. */
async function using<T>(path: string, use: (source: PacketSource) => Promise<T>): Promise<T> {
  const source = await openCaptureFile(path);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

/** @param visit is shown each packet, decoded, until it returns true */
function eachPacket(path: string, visit: (record: PacketRecord) => boolean): Promise<void> {
  return using(path, async (source) => {
    const decoder = createDecoder();
    const reassembler = createReassembler(decoder);
    const stack = new LayerStack();
    const record = new PacketRecord(stack, source.interfaces);
    for (;;) {
      const batch = await source.next();
      if (batch === undefined) return;
      for (let i = 0; i < batch.count; i++) {
        record.advance(batch, i);
        const { linkType } = source.interfaces[batch.interfaceIndex[i]];
        const [start, captured, original] = [
          batch.start[i],
          batch.capturedLength[i],
          batch.originalLength[i],
        ];
        decoder.decode(batch.view, start, captured, original, linkType, stack);
        if (stack.fragment >= 0) record.reassemble(reassembler);
        if (visit(record)) return;
      }
    }
  });
}

/** How many packets match a display filter. @throws {RangeError} if it is not understood */
export async function countMatches(path: string, expression: string): Promise<number> {
  const filter = compileDisplayFilter(expression);
  let count = 0;
  await eachPacket(path, (record) => {
    if (filter.matches(record)) count++;
    return false;
  });
  return count;
}

export function verdictOn(path: string): Promise<Verdict> {
  return using(path, (source) => verifyCapture(source));
}

/** @param columns of the terminal */
export async function drawView(path: string, step: StepOf<'show'>, columns: number): Promise<string> {
  const width = Math.max(LEAST_COLUMNS, columns);
  switch (step.as) {
    case 'path':
      return using(path, async (source) => formatPathReport(await tracePath(source), { width }));
    case 'verdict':
      return formatReport(await verdictOn(path), { width });
    case 'lines':
      return packetLines(path, step.packet);
    case 'boxes':
    case 'sides':
      return drawPacket(path, step, width);
  }
}

/** In front of a line: its number and time. */
const LINE_HEAD = /^\s*\d+\s+\S+\s+/;

/**
 * Lines as in a pipe, but narrower: without columns, numbers and times, which only long lists need. Where there are several points,
 * each line says where it was seen.
 */
async function packetLines(path: string, expression: string | undefined): Promise<string> {
  const filter = compileDisplayFilter(expression ?? 'frame');
  const printer = createLinePrinter();
  const out = new ByteWriter();
  const lines: string[] = [];
  await eachPacket(path, (record) => {
    if (!filter.matches(record)) return false;
    printer.packet(out, record);
    const line = out.toString().trimEnd().replace(LINE_HEAD, '').replaceAll(/ {3,}/g, '  ');
    out.clear();
    lines.push(record.interfaces.length > 1 ? `${record.interfaceName}  ${line}` : line);
    return false;
  });
  return lines.join('\n');
}

/** The first packet that matches, as boxes or with outer beside inner. */
async function drawPacket(
  path: string,
  { as, packet, peeled }: StepOf<'show'>,
  width: number,
): Promise<string> {
  const filter = compileDisplayFilter(packet ?? 'frame');
  let drawn = '';
  await eachPacket(path, (record) => {
    if (!filter.matches(record)) return false;
    const { steps, tunnels } = createLesson(record.view, record.stack);
    drawn =
      as === 'boxes'
        ? boxRows(steps, width, peeled).join('\n')
        : tunnels.map((tunnel) => tunnelText(tunnel, width)).join('\n\n');
    return true;
  });
  return drawn;
}

/** What may replace `{answer}` in a display filter: a number, an address, quoted text. A field's name would always equal itself. */
const ANSWER = /^(?:0x[\da-f]+|[\d.]+|[\da-f.]*:[\da-f:.]*|"[^"\\]*")$/;

/**
 * Whether an answer is right: by the packets where the question says how they prove it, else as it is stated.
 *
 * @param path of the question's capture; undefined if it has none
 * @param answer a choice's number from 1, or a value
 */
export async function isRight(
  path: string | undefined,
  question: Question,
  answer: string,
): Promise<boolean> {
  const { choices } = question;
  if (choices !== undefined) {
    const chosen = choices[Number(answer) - 1];
    if (chosen === undefined) return false;
    const { seen, finding, right = false } = chosen;
    if (path === undefined) return right;
    if (finding !== undefined) return (await verdictOn(path)).findings.some(({ code }) => code === finding);
    return seen === undefined ? right : (await countMatches(path, seen)) > 0;
  }
  const value = normalized(answer);
  const { seen, count } = question;
  if (path === undefined || (seen ?? count) === undefined) return value === normalized(question.value ?? '');
  if (count !== undefined) return value === String(await countMatches(path, count));
  if (!ANSWER.test(value)) return false;
  try {
    return (await countMatches(path, (seen ?? '').replaceAll('{answer}', value))) > 0;
  } catch (error) {
    // No value that the field could have.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** "50 bytes" is taken as 50; capital and small letters are the same. */
function normalized(answer: string): string {
  const [first = ''] = answer.trim().toLowerCase().split(/\s+/);
  return first;
}

/** Whether a ping did what a task's check asks for. */
export async function judgeCheck(path: string, check: Check, columns: number): Promise<CheckResult> {
  const verdict = await verdictOn(path);
  const report = formatReport(verdict, { width: Math.max(LEAST_COLUMNS, columns) });
  const { without, seen } = check;
  if (without !== undefined && verdict.findings.some(({ code }) => code === without)) {
    return { isMet: false, report, stays: 'finding' };
  }
  if (verdict.verdict !== 'pass') {
    return { isMet: false, report, ...((await isBareBack(path, check)) && { stays: 'way-back' }) };
  }
  if (seen !== undefined && (await countMatches(path, seen)) === 0) {
    return { isMet: false, report, stays: 'seen' };
  }
  return { isMet: true, report };
}

/** Whether requests pass one of the points in a tunnel, and the replies to them without. */
async function isBareBack(path: string, { at }: Check): Promise<boolean> {
  for (const point of at) {
    const here = `frame.interface_name == "${point.replace(' ', ':')}"`;
    const requests = await countMatches(path, `${here} && inner.icmp.type == 8`);
    if (requests > 0 && (await countMatches(path, `${here} && icmp.type == 0 && !inner.icmp`)) > 0)
      return true;
  }
  return false;
}

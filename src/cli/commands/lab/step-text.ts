/** A step of bringing a network up or mending it, as it is printed: its number, why, and the lines that a person would type. */
import wrapAnsi from 'wrap-ansi';
import type { Lab } from '../../../lab/network/labs.ts';
import type { Step } from '../../../lab/network/network.ts';
import { stepLines } from '../../../lab/network/step-commands.ts';
import { escapeControls } from '../../../text/printable.ts';

const LINE_WIDTH = 100;

export function stepText(
  step: Step,
  lab: Pick<Lab, 'name' | 'processes'>,
  number: number,
  count: number,
): string {
  const width = Math.min(process.stdout.columns ?? LINE_WIDTH, LINE_WIDTH);
  const place = `${String(number).padStart(String(count).length)}/${count}  `;
  const indent = ' '.repeat(place.length);
  const why = wrapAnsi(step.why.trim(), width - place.length).split('\n');
  const lines = why.map((line, i) => (i === 0 ? place : indent) + line);
  for (const line of stepLines(lab.name, step, lab.processes)) lines.push(`${indent}$ ${line}`);
  return lines.map((line) => `${escapeControls(line)}\n`).join('');
}

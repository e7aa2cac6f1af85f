/** A packet in a few lines, a column for each tunnel level: for messages about it. */
import type { LayerStack } from '../decode/layer-stack.ts';
import { createOutline, type Outline } from '../output/outline.ts';
import { compareLevels } from './comparison.ts';

const GAP = ' | ';

/** Outer and inner headers side by side, and below them what both have and each says of it. */
export function sideBySide(view: DataView, stack: LayerStack): string {
  const outline = createOutline(view, stack);
  const { layers, marks, deepestLevel } = outline;
  const columns = Array.from({ length: deepestLevel + 1 }, (_, level) => [
    headingOf(outline, level),
    ...layers
      .filter((layer) => layer.level === level)
      .map(({ title: { label, value } }) => (value === '' ? label : `${label}  ${value}`)),
  ]);
  const lines = tableLines(columns);
  for (let level = 0; level < deepestLevel; level++) {
    const compared = compareLevels(outline, level);
    if (compared.length === 0) continue;
    const values = (side: 'outer' | 'inner') => compared.map((one) => one[side]?.value ?? '-');
    lines.push(
      '',
      ...tableLines([
        ['', ...compared.map(({ label }) => label)],
        [levelName(level, deepestLevel), ...values('outer')],
        [levelName(level + 1, deepestLevel), ...values('inner')],
      ]),
    );
  }
  if (marks !== '') lines.push('', marks);
  return lines.join('\n');
}

function levelName(level: number, deepest: number): string {
  if (level === 0) return 'outer';
  return level === deepest ? 'inner' : `level ${level}`;
}

function headingOf({ levels, deepestLevel }: Outline, level: number): string {
  if (deepestLevel === 0) return 'no tunnel';
  const { tunnel = '', recognised = '' } = levels[level] ?? {};
  const how = recognised === '' ? '' : ` (${recognised})`;
  return `${levelName(level, deepestLevel)}${tunnel === '' ? '' : `: ${tunnel}${how}`}`;
}

/** Columns of cells as lines, each column as wide as its widest cell. */
function tableLines(columns: readonly (readonly string[])[]): string[] {
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const height = Math.max(...columns.map((cells) => cells.length));
  return Array.from({ length: height }, (_, row) =>
    columns
      .map((cells, i) => (cells[row] ?? '').padEnd(widths[i] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

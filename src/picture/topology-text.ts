/** A topology as text for other programs: Mermaid's flowchart, and Graphviz' DOT. */
import { plainMermaid } from './mermaid.ts';
import type { Device, Topology } from './topology.ts';

/** Mermaid, `flowchart LR` (mermaid.js.org). */
export function topologyMermaid({ boxes, edges }: Topology): string {
  const names = numbered(boxes.flatMap(({ devices }) => devices));
  const out = ['flowchart LR'];
  for (const [i, { title, devices }] of boxes.entries()) {
    out.push(`  subgraph s${i}["${plainMermaid(title)}"]`);
    for (const device of devices) {
      const lines = [device.name, device.what, ...device.addresses].map(plainMermaid);
      out.push(`    ${names.get(device.id)}["${lines.join('<br>')}"]`);
    }
    out.push('  end');
  }
  for (const { from, to, kind, label } of edges) {
    const line = kind === 'pair' ? '---' : `-. "${plainMermaid(label)}" .-`;
    out.push(`  ${names.get(from)} ${line} ${names.get(to)}`);
  }
  return `${out.join('\n')}\n`;
}

/** Graphviz (graphviz.org/doc/info/lang.html). */
export function topologyDot({ boxes, edges }: Topology): string {
  const names = numbered(boxes.flatMap(({ devices }) => devices));
  const out = ['graph topology {', '  rankdir=LR;', '  node [shape=box, fontname="monospace"];'];
  for (const [i, { title, devices }] of boxes.entries()) {
    out.push(`  subgraph cluster_${i} {`, `    label=${quoted([title])};`);
    for (const device of devices) {
      out.push(
        `    ${names.get(device.id)} [label=${quoted([device.name, device.what, ...device.addresses])}];`,
      );
    }
    out.push('  }');
  }
  for (const { from, to, kind, label } of edges) {
    const style = kind === 'pair' ? '' : ` [style=dashed, label=${quoted([label])}]`;
    out.push(`  ${names.get(from)} -- ${names.get(to)}${style};`);
  }
  return `${[...out, '}'].join('\n')}\n`;
}

function numbered(devices: readonly Device[]): Map<string, string> {
  return new Map(devices.map(({ id }, i) => [id, `d${i}`]));
}

/** Lines of a label. In a quoted string, \ and " alone are special, and HTML entities are read in labels. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line
      .replace(/\p{Cc}/gu, '?')
      .replace(/&/g, '&amp;')
      .replace(/[\\"]/g, (sign) => `\\${sign}`),
  );
  return `"${escaped.join('\\n')}"`;
}

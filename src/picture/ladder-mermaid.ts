/** A ladder as a Mermaid sequence diagram (mermaid.js.org, syntax of `sequenceDiagram`), for pull requests and wikis. */

import type { Arrow, Ladder, LadderPing, Lifeline } from './ladder.ts';
import { plainMermaid } from './mermaid.ts';

/** One diagram for each way. */
export function ladderMermaid({ title, lines, pings, left }: Ladder): string {
  const out = ['sequenceDiagram', `  accTitle: ${plainMermaid(title)}`];
  for (const group of groups(lines)) {
    // Without a colour, a host's name such as "tan" would be taken as one.
    if (group.host !== '') out.push(`  box transparent ${plainMermaid(group.host)}`);
    for (const line of group.lines)
      out.push(`  participant p${line} as ${plainMermaid(lines[line]?.name ?? '')}`);
    if (group.host !== '') out.push('  end');
  }
  const last = lines.length - 1;
  const all = last <= 0 ? 'p0' : `p0,p${last}`;
  for (const ping of pings) {
    out.push(`  Note over ${all}: ${plainMermaid(`ping ${ping.label}: ${ping.total}`)}`);
    out.push(...arrowLines(ping.request, ping, 'request'), ...arrowLines(ping.reply, ping, 'reply'));
  }
  if (left > 0) out.push(`  Note over ${all}: and ${left} more, not drawn`);
  return `${out.join('\n')}\n`;
}

/** Neighbours of one host. A host's box may be there once only, so later neighbours of the same host stand without. */
function groups(lines: readonly Lifeline[]): { host: string; lines: number[] }[] {
  const found: { host: string; lines: number[] }[] = [];
  const done = new Set<string>();
  let before: string | undefined;
  for (const [i, { host }] of lines.entries()) {
    if (before === host && found.length > 0) found.at(-1)?.lines.push(i);
    else {
      found.push({ host: done.has(host) ? '' : host, lines: [i] });
      done.add(host);
    }
    before = host;
  }
  return found;
}

function arrowLines(
  { stops, envelopes, isLost, isOpen }: Arrow,
  { reason }: LadderPing,
  what: string,
): string[] {
  const out: string[] = [];
  for (const [i, { line, elapsed, ttl, count }] of stops.entries()) {
    const opening = envelopes.find(({ from }) => from === i);
    const closing = envelopes.find(({ to }) => to === i - 1);
    if (i > 0) {
      const words = [what, elapsed, ttl === '' ? '' : `TTL ${ttl}`, count > 1 ? `×${count}` : ''];
      const inside = envelopes.some(({ from, to }) => from <= i - 1 && to >= i);
      const said = words.filter((word) => word !== '').join(', ');
      out.push(`  p${stops[i - 1]?.line}${inside ? '->>' : '-->>'}p${line}: ${plainMermaid(said)}`);
    }
    if (closing !== undefined) out.push(`  Note over p${line}: envelope off`);
    if (opening !== undefined)
      out.push(`  Note over p${line}: ${plainMermaid(`envelope on: ${opening.words}`)}`);
  }
  const last = stops.at(-1);
  if (isLost && last !== undefined) {
    const words = isOpen ? `no answer yet: ${reason}` : `lost: ${reason}`;
    out.push(`  p${last.line}-${isOpen ? '-' : ''}xp${last.line}: ${plainMermaid(words)}`);
  }
  return out;
}

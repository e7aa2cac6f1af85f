/** Fragments that are missing, cut, or contradict each other: fragments, overlapping-fragments. */
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

export function fragments({ fragments: { incomplete, overlapping, cut } }: Evidence): Finding[] {
  const found: Finding[] = [];
  if (incomplete.count > 0) {
    found.push(
      finding(
        'fragments',
        `${counted(incomplete.count, 'fragmented packet is', 'fragmented packets are')} incomplete; an echo request still counts from its first fragment, but a reply does not: look for loss and for firewalls that drop fragments, or lower the inner MTU so that nothing is fragmented`,
        incomplete.packets,
      ),
    );
  }
  if (cut.count > 0) {
    found.push(
      finding(
        'fragments',
        `${counted(cut.count, 'fragment')} cut short by the capture can't be reassembled, so a ping counts from its first fragment: capture with a larger -s`,
        cut.packets,
        'info',
      ),
    );
  }
  if (overlapping.count > 0) {
    found.push(
      finding(
        'overlapping-fragments',
        `${counted(overlapping.count, 'fragment overlaps or contradicts', 'fragments overlap or contradict')} others, which no normal sender does: receivers drop such packets; find out who sends them`,
        overlapping.packets,
      ),
    );
  }
  return found;
}

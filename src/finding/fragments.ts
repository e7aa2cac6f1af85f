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
        `of ${counted(incomplete.count, 'fragmented packet')} not all fragments are here; an echo request counts by its first one all the same, a reply does not: look for loss and for firewalls that drop fragments, or lower the inner MTU so that none are needed`,
        incomplete.packets,
      ),
    );
  }
  if (cut.count > 0) {
    found.push(
      finding(
        'fragments',
        `${counted(cut.count, 'fragment')} cut short by the capture can't be put together, and a ping counts by its first: capture with a larger -s`,
        cut.packets,
        'info',
      ),
    );
  }
  if (overlapping.count > 0) {
    found.push(
      finding(
        'overlapping-fragments',
        `${counted(overlapping.count, 'fragment')} overlapping or contradicting others, as no sender makes them: receivers drop such packets, so look for who sends them`,
        overlapping.packets,
      ),
    );
  }
  return found;
}

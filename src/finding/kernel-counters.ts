/** The kernel's counters of loss, in words. */
import type { RisenCounter } from '../packet/kernel-drop.ts';
import { printable } from '../text/printable.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';
import { placeName } from './kernel-dropped.ts';

/** So many fit into a sentence; those that rose most come first. */
const MOST_SHOWN = 12;

/** "h2: Udp NoPorts +3; h2:eth0: rx_dropped +2" */
export function countersText(counters: readonly RisenCounter[]): string {
  const shown = counters.toSorted((one, other) => other.rise - one.rise).slice(0, MOST_SHOWN);
  const places = new Map<string, string[]>();
  for (const { namespace, device, name, rise } of shown) {
    const place = device === undefined ? printable(namespace) : placeName(device, namespace);
    places.set(place, [...(places.get(place) ?? []), `${name} +${rise}`]);
  }
  const texts = [...places].map(([place, rises]) => `${place === '' ? '' : `${place}: `}${rises.join(', ')}`);
  const more = counters.length - shown.length;
  return `${texts.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/** What else the kernel says of losses: it need not be the pings'. */
export function kernelCounters({
  kernelCounters: risen = [],
  total,
}: Pick<Evidence, 'kernelCounters' | 'total'>): Finding[] {
  if (risen.length === 0 || total.unanswered.count === 0) return [];
  return [
    finding(
      'kernel-counters',
      `while pings were lost, counters of the kernel rose: ${countersText(risen)}; docs/drops.md says what they count`,
    ),
  ];
}

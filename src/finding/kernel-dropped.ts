/** Lost pings that the kernel says it dropped, with its reason: what `--why` brings to light. */
import { printable } from '../text/printable.ts';
import { counted } from '../text/words.ts';
import { dropMeaning } from './drop-reasons.ts';
import type { DroppedPings } from './dropped-pings.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

export function kernelDropped({ kernelDrops = [] }: Pick<Evidence, 'kernelDrops'>): Finding[] {
  return kernelDrops.map((dropped) => {
    const { reason, location, device, namespace, certainty, direction, pings, packets } = dropped;
    const what = direction === 'request' ? counted(pings, 'request') : counted(pings, 'reply', 'replies');
    const severity = certainty === 'near' ? 'warning' : undefined;
    return {
      ...finding('kernel-dropped', droppedText(dropped, what), packets, severity),
      ...{ reason, location, device, namespace, certainty },
    };
  });
}

/** @param what was dropped: "it", "2 requests" */
export function droppedText(dropped: DroppedPings, what: string): string {
  const { reason, location, device, namespace, certainty } = dropped;
  const name = `${reason} in ${location}`;
  const meaning = dropMeaning(reason, location, dropped);
  const why = meaning === undefined ? `with ${name}` : `as ${meaning.fact} (${name}): ${meaning.advice}`;
  const at = device === null ? '' : ` at ${placeName(device, namespace)}`;
  if (dropped.packet === 'neighbor question') {
    return `the kernel ${certainty === 'certain' ? '' : 'most likely '}dropped the ARP or neighbour discovery requests that ${what} waited for${at}, ${why}`;
  }
  if (certainty === 'near') {
    return `the kernel dropped a packet of a matching size${at} at the moment when ${what} went missing, ${why}`;
  }
  return `the kernel ${certainty === 'likely' ? 'most likely ' : ''}dropped ${what}${at}, ${why}`;
}

/** `h2:eth0`, as for `-i`. @param namespace null where it can't be told which of several */
export function placeName(device: string, namespace: string | null): string {
  if (namespace === null) return `${printable(device)} (of one of several namespaces)`;
  return printable(namespace === '' ? device : `${namespace}:${device}`);
}

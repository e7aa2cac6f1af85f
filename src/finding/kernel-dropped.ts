/** Lost pings that the kernel says it dropped, with its reason: what `--why` brings to light. */
import { printable } from '../text/printable.ts';
import { counted } from '../text/words.ts';
import { type DropContext, dropMeaning } from './drop-reasons.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/**
 * How well a drop is tied to a ping. `certain`: the kernel dropped the very buffer that was seen at the capture's point. `likely`: the
 * same, but the address may have been another packet's by then, or another ping fits nearly as well. `near`: a packet of a fitting size was
 * dropped in that moment, and no other.
 */
export type Certainty = 'certain' | 'likely' | 'near';

/** Pings that the kernel dropped in one place for one reason, as `path -T json` has them too. */
export interface DroppedPings extends DropContext {
  /** The kernel's name for it: `VXLAN_VNI_NOT_FOUND`. */
  readonly reason: string;
  /** The kernel's function. */
  readonly location: string;
  /** The device at which they were last; null where that is not known. */
  readonly device: string | null;
  /** Its namespace, as `-i` has it, empty for this process's own; null where it can't be told which of several. */
  readonly namespace: string | null;
  /** How well the drop is tied to the pings. */
  readonly certainty: Certainty;
  /** What was dropped: the ping's own packet, or the question for a neighbour's address (ARP, neighbour discovery) that it waited for. */
  readonly packet: 'ping' | 'neighbor question';
  /** Which of the ping's packets. */
  readonly direction: 'request' | 'reply';
  /** How many pings, of those that are remembered one by one. */
  readonly pings: number;
  /** Numbers of the packets in which the first of them were seen last. */
  readonly packets: readonly number[];
}

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
    return `the kernel ${certainty === 'certain' ? '' : 'most likely '}dropped the questions for a neighbour’s address (ARP, or neighbour discovery) that ${what} waited for${at}, ${why}`;
  }
  if (certainty === 'near') {
    return `the kernel dropped a packet of a fitting size${at} in the moment when ${what} went missing, ${why}`;
  }
  return `the kernel ${certainty === 'likely' ? 'most likely ' : ''}dropped ${what}${at}, ${why}`;
}

/** `h2:eth0`, as for `-i`. @param namespace null where it can't be told which of several */
export function placeName(device: string, namespace: string | null): string {
  if (namespace === null) return `${printable(device)} (of one of several namespaces)`;
  return printable(namespace === '' ? device : `${namespace}:${device}`);
}

/**
 * What each header is there for, told to someone who learns: its place among the OSI layers, who put it on and takes it
 * off, and what a router on the way makes of it. The words are here; the protocols' own descriptions say what they are.
 */
import type { OutlineLayer } from '../output/outline.ts';

/** ISO/IEC 7498-1, clause 6: the layers' names. */
const OSI_NAMES: Readonly<Record<number, string>> = {
  1: 'physical',
  2: 'data link',
  3: 'network',
  4: 'transport',
  5: 'session',
  6: 'presentation',
  7: 'application',
};

/** Where a header stands among the others of its packet. */
export interface Place {
  /** How many tunnels it is inside of, and how many there are. */
  readonly level: number;
  readonly deepest: number;
  /** Ends of its own level's network header, and of the level outside it; empty if there is none. */
  readonly from: string;
  readonly to: string;
  readonly outerFrom: string;
  readonly outerTo: string;
  /** Ends of the innermost level. */
  readonly innermostTo: string;
  /** Ports of the transport header that carries the tunnel, in words: " port 9000"; empty without. */
  readonly carrier: string;
}

/** "OSI layer 3, network"; for a tunnel's own header, where it stands seen from either side. */
export function osiText({ title, isTunnel }: OutlineLayer, next: OutlineLayer | undefined): string {
  const { osi } = title.description;
  if (isTunnel) {
    const inside = next?.title.description.osi;
    const begins =
      inside === undefined
        ? ''
        : `; inside, the layers start again at layer ${inside}, ${OSI_NAMES[inside] ?? ''}`;
    return `A tunnel’s own header: to the outer network it is payload, like layer 7${begins}`;
  }
  return osi === undefined ? 'Payload: above all known headers' : `OSI layer ${osi}, ${OSI_NAMES[osi] ?? ''}`;
}

/** Why this header was put on: by whom, and who takes it off. */
export function whyText(layer: OutlineLayer, place: Place): string {
  const { level, deepest, from, to, outerFrom, outerTo, carrier } = place;
  const { isTunnel, isQuoted, title } = layer;
  const { osi } = title.description;
  if (isQuoted)
    return 'An error quotes the packet that caused it, so that its sender knows which one it was. This header is part of the quotation.';
  if (isTunnel) {
    return `The tunnel’s entrance at ${known(outerFrom)} put it on, so that its exit at ${known(outerTo)} knows what is inside and for whom. The exit takes it off.`;
  }
  if (osi === undefined) return 'What all the headers before it deliver.';
  const isOutside = level < deepest;
  if (osi === 2) {
    if (level === 0)
      return 'The last device before the capture put it on for this link only. The next device takes it off, and puts another on for the next link.';
    return 'It travels through the tunnel unchanged: to both ends, the tunnel is a cable.';
  }
  if (osi === 3) {
    if (isOutside)
      return `The tunnel’s entrance put it on, to get the whole envelope from ${known(from)} to ${known(to)}. The exit opens it there and throws it away.`;
    if (level > 0)
      return `${known(from)} put it on, as if there were no tunnel at all. Only ${known(to)} takes it off.`;
    return `${known(from)} put it on, and only ${known(to)} takes it off: it is the envelope that goes all the way.`;
  }
  if (osi === 4 && isOutside) {
    return `The tunnel’s entrance put it on: it says which program at ${known(to)} the envelope is for${carrier === '' ? '' : `, the one that listens on${carrier}`}.`;
  }
  return `${known(from)} put it on, for a program at ${known(to)}.`;
}

/** What a router between the two ends of the outermost level sees of it. */
export function routerText(layer: OutlineLayer, place: Place): string {
  const { level, deepest, to, innermostTo } = place;
  const { osi } = layer.title.description;
  if (level > 0 || layer.isTunnel) {
    return 'Nothing: it comes after the outer headers, and is payload to every router on the path.';
  }
  if (layer.isQuoted || osi === undefined) return 'Nothing: it is payload, and is forwarded unchanged.';
  if (osi === 2) return 'It takes the frame off here, and puts the packet into a new one for the next link.';
  if (osi === 3) {
    const inside =
      deepest === 0
        ? ''
        : ` It does not know, nor need to know, that ${known(innermostTo)} is the final destination.`;
    return `All that it needs: it looks up ${known(to)}, decrements the time to live, and forwards the packet.${inside}`;
  }
  if (osi === 4)
    return 'It need not look at it. Some routers do, to spread flows over equal paths, or to filter them.';
  return 'It need not look at it: this is between the two ends.';
}

function known(address: string): string {
  return address === '' ? 'the sender' : address;
}

/**
 * Limits of the capture itself: it ended early or in the middle, dropped packets, carries arrival times, has link types that are not decoded or
 * packets that are cut or malformed (capture-ended-early, capture-broken-off, packets-dropped, arrival-times, link-type-not-decoded,
 * truncated, malformed, too-many-paths).
 */
import { linkTypeInWords } from '../decode/link-type-words.ts';
import { Tally } from '../exchange/tally.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

export function captureEndedEarly({ total, waiting, isRunning, exchanges }: Evidence): Finding[] {
  if (isRunning) return [];
  const longest = total.times.summary()?.max ?? 0;
  const { count: open, packets } = longest > 0 ? waiting(longest * 1e6 - 1) : new Tally();
  const begun = exchanges?.total.waiting ?? new Tally();
  const found: Finding[] = [];
  if (open > 0)
    found.push(
      finding(
        'capture-ended-early',
        `${counted(open, 'unanswered request was', 'unanswered requests were')} sent less than ${longest} ms, the time of the slowest reply, before the capture ended: whether ${open === 1 ? 'it was' : 'they were'} answered is not known; keep capturing for a second after the last ping`,
        packets,
      ),
    );
  if (begun.count > 0)
    found.push(
      finding(
        'capture-ended-early',
        `${counted(begun.count, 'unanswered SYN or DNS query was', 'unanswered SYNs and DNS queries were')} sent less than 1 s or 5 s before the capture ended: whether ${begun.count === 1 ? 'it was' : 'they were'} answered is not known; capture some seconds longer`,
        begun.packets,
      ),
    );
  return found;
}

export function tooManyPaths({ summary: { table }, exchanges }: Evidence): Finding[] {
  const { paths, rest } = table;
  const further = exchanges?.table.rest.begun.count ?? 0;
  const listed = exchanges?.table.rows.length ?? 0;
  return [
    ...(rest.requests.count === 0
      ? []
      : [
          finding(
            'too-many-paths',
            `${counted(rest.requests.count, 'request counts', 'requests count')} only in the totals, as ${rest.requests.count === 1 ? 'its path is' : 'their paths are'} beyond the ${paths.length} listed: narrow the capture with a filter`,
          ),
        ]),
    ...(further === 0
      ? []
      : [
          finding(
            'too-many-paths',
            `${counted(further, 'connection or query counts', 'connections and queries count')} only in the verdict, as only ${listed} rows are listed: narrow the capture with a filter`,
          ),
        ]),
  ];
}

export function packetsDropped({ dropped = 0 }: Evidence): Finding[] {
  if (dropped <= 0) return [];
  return [
    finding(
      'packets-dropped',
      `the capture itself dropped ${counted(dropped, 'packet')}: pings that look lost may not be; narrow the capture with a filter`,
    ),
  ];
}

const UNREADABLE = "can't be read to the end";

/**
 * For {@link captureBrokenOff}, of a capture that ends with an error.
 *
 * @param error what is wrong, and what to do
 */
export function unreadable(error: string): string {
  return `${UNREADABLE} (${error})`;
}

export function captureBrokenOff({ brokenOff }: Evidence): Finding[] {
  if (brokenOff === undefined) return [];
  const advice = brokenOff.startsWith(UNREADABLE)
    ? ''
    : '; capture again, or copy the file again once its capture has ended';
  return [
    finding('capture-broken-off', `the capture ${brokenOff}: later pings are not in this verdict${advice}`),
  ];
}

export function arrivalTimes({
  timesAreArrival,
  total,
}: Pick<Evidence, 'timesAreArrival' | 'total'>): Finding[] {
  if (!timesAreArrival || total.answered === 0) return [];
  return [
    finding(
      'arrival-times',
      'packets carry the time at which they arrived here, and packets that waited together carry the same one, so round-trip times may be far too short or too long: for exact times, capture on the interface itself with tcpdump -w and verify the file',
    ),
  ];
}

export function linkTypeNotDecoded({ unread, total }: Evidence): Finding[] {
  if (total.requests.count === 0) return [];
  return [...unread.linkTypes].map(([linkType, { count, packets }]) =>
    finding(
      'link-type-not-decoded',
      `${counted(count, 'packet has', 'packets have')} link type ${linkTypeInWords(linkType)}, which is not decoded: pings in ${count === 1 ? 'it' : 'them'} are not in this verdict`,
      packets,
    ),
  );
}

export function malformed({ watch, packets }: Evidence): Finding[] {
  if (watch.malformed.count === 0) return [];
  return [
    finding(
      'malformed',
      `${shareOf(watch.malformed, packets)} malformed, with fields that contradict each other: look at them with -V`,
      watch.malformed.packets,
    ),
  ];
}

export function truncated({ watch, packets, unread: { cut }, total }: Evidence): Finding[] {
  if (watch.truncated.count === 0) return [];
  return [
    finding(
      'truncated',
      `${shareOf(watch.truncated, packets)} cut short by the capture, so checksums can't be verified${cut.count > 0 && total.requests.count > 0 ? `, and ${cut.count === 1 ? '1 is' : `${cut.count} are`} too short to tell what ${cut.count === 1 ? 'it carries' : 'they carry'}, so pings in there are not in this verdict` : ''}: capture with a larger -s`,
      watch.truncated.packets,
    ),
  ];
}

/** "2 of 5 packets are". */
function shareOf({ count }: Tally, packets: number): string {
  return count === 1 ? `1 of ${counted(packets, 'packet')} is` : `${count} of ${packets} packets are`;
}

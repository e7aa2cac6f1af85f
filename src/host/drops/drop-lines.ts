/** The kernel's lines of `kfree_skb`, as its trace_pipe prints them. */

/** What one line tells. */
export interface DropLine {
  /** µs by the trace's clock, whole. */
  readonly time: number;
  /** The buffer's address, without its upper 12 bits, which are all ones: a double holds the rest. */
  readonly address: number;
  /** EtherType; 0 where the kernel did not come to it. */
  readonly protocol: number;
  /** The function, as it is called in the source: `vxlan_rcv`. */
  readonly location: string;
  /** `VXLAN_VNI_NOT_FOUND` */
  readonly reason: string;
}

/**
 * Read from the end: in front stands the name of the process that was running, which may be any bytes. Of fields between,
 * newer kernels have more (rx_sk).
 */
const DROP =
  / (\d+)\.(\d{6}): kfree_skb: skbaddr=([0-9a-f]+) (?:\w+=\S+ )*?protocol=(\d+) location=([^\s+]+)\S*(?: \[[^\]\s]*\])? reason: (\w+)$/;
const LOST = /^CPU:\d+ \[LOST (\d+) EVENTS\]$/;

/** Takes text as it comes, and tells of whole lines. */
export interface DropLines {
  /** @param text what was read; a line may break off at its end */
  take(text: string, tell: (drop: DropLine) => void): void;
  /** Events that the kernel's buffer had no room for, so far. */
  readonly lost: number;
}

export function createDropLines(): DropLines {
  let rest = '';
  let lost = 0;
  return {
    take(text, tell) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const found = DROP.exec(line);
        if (found !== null) {
          const [, seconds, micros, address = '', protocol, location = '', reason = ''] = found;
          tell({
            time: Number(seconds) * 1e6 + Number(micros),
            address: Number.parseInt(address.slice(-13), 16),
            protocol: Number(protocol),
            location: location.replace(/\.(constprop|isra|part|cold)\b.*$/, ''),
            reason,
          });
        } else {
          lost += Number(LOST.exec(line)?.[1] ?? 0);
        }
      }
    },
    get lost() {
      return lost;
    },
  };
}

/** What is known of the capture as a whole. */
import type { PingSnapshot } from '../../verdict/verify.ts';
import type { Progress } from '../packets/reading-progress.ts';

/** What is known of the capture as a whole. */
export interface Facts {
  /** File or interface; escaped. */
  readonly name: string;
  /** Escaped too. */
  readonly warnings: readonly string[];
  /** Packets that the kernel dropped; undefined where the source can't know. */
  readonly dropped: number | undefined;
  /** A live capture from which nothing more comes. */
  readonly hasEnded: boolean;
  /** While what is not live is read. */
  readonly progress: Progress | undefined;
  readonly pings: Pick<PingSnapshot, 'requests' | 'answered' | 'duplicates'>;
  /** The tunnels that pings went through, in a few words; empty where that is not known yet. */
  readonly through: string;
  /** Requests that may still be answered. */
  readonly waiting: number;
  /** Bytes of packets that are kept at most; undefined where they are read again from the file. */
  readonly buffer: number | undefined;
  /** The file, escaped, that all packets are written to while they are shown; undefined where none is. */
  readonly recording: string | undefined;
  /** What the last key has to say; empty where nothing. */
  readonly said: string;
  /** Packets that were taken, in the list or not, and how many of them have left. */
  readonly packets: number;
  readonly left: number;
  /** Rows of packets that came since following ended. */
  readonly fresh: number;
  /** What packets had to pass to come here, in libpcap's language, escaped; undefined where nothing. */
  readonly captureFilter: string | undefined;
  /** What narrows the list, escaped, and how many packets it has seen; undefined where the list has all. */
  readonly narrowed: { readonly filter: string; readonly examined: number } | undefined;
}

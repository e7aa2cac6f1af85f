import type { DecodeAs } from '../decode/decode-as.ts';
import type { KernelWitness } from '../packet/kernel-drop.ts';
import type { Binding, Command } from './keys/keymap.ts';
import type { ViewName } from './keys/view-names.ts';
import type { TimeColumn } from './state/state.ts';
import type { CaptureAbout } from './status/facts.ts';
import type { Theme } from './terminal/theme.ts';

/** What one run of the screen is asked for: the capture, and how it is shown. */
export interface SessionOptions extends CaptureAbout {
  readonly decodeAs: readonly DecodeAs[];
  readonly theme: Theme;
  /** The user's keys; default: the usual ones. */
  readonly bindings?: readonly Binding[];
  readonly times?: TimeColumn;
  /** Fields that have a column in the list from the start, by their filter names. */
  readonly fieldColumns?: readonly string[];
  /** What is shown first; the packets where not given. */
  readonly view?: ViewName;
  /** The path's MTU; default: the usual one. */
  readonly mtu?: number;
  readonly columns: number;
  readonly rows: number;
  /** What the kernel tells of packets that it dropped, where it is asked. */
  readonly kernel?: () => KernelWitness | undefined;
  /** The most packets to take. */
  readonly count?: number;
  /** Bytes of packets to keep of a source that can't be read again; default: 256 MiB. */
  readonly buffer?: number;
  /** A display filter that narrows the list from the start; it must compile. */
  readonly filter?: string;
  /** For commands that are about the program and not about what is shown. */
  readonly onCommand: (command: Extract<Command, 'quit' | 'suspend' | 'reload'>) => void;
  /** Writes to the terminal what is no part of the picture. */
  readonly toTerminal?: (sequence: string) => void;
}

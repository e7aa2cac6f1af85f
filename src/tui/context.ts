/** What rooms are given of the session: what the screen shows, to be read, and what a key's command may do. */
import type { Outline } from '../output/outline.ts';
import type { Command } from './keys/keymap.ts';
import type { PacketReader } from './packets/packet-reader.ts';
import type { FoundPacket, PacketStore } from './packets/store.ts';
import type { Action, State } from './state/state.ts';
import type { Theme } from './terminal/theme.ts';

/** To be read, and no more. */
export interface Shown {
  readonly state: State;
  readonly theme: Theme;
  readonly store: PacketStore;
  /** Its stack holds the packet that was read last. */
  readonly reader: PacketReader;
  /** The packet that is selected, by its place in the capture; undefined if there is none. */
  readonly selectedPacket: number | undefined;
  /** The selected packet, put together where it completed fragments. Good until the next one is read. */
  selectedFound(): FoundPacket | undefined;
  /** The selected packet's rows; undefined if there is none, or its bytes are gone. */
  outline(): Outline | undefined;
}

/** What a command may do beside reading. */
export interface CommandContext extends Shown {
  /** The packet in a row of the list. */
  packetOf(row: number): number;
  /** What a row of the list says. */
  readonly list: { text(row: number): string };
  /** Whether a packet is a request that stayed without an answer. */
  isLost(packet: number): boolean;
  dispatch(action: Action): void;
  /**
   * Selects a packet in the list.
   *
   * @returns why that can't be; undefined if it was done
   */
  goTo(packet: number): string | undefined;
  /** Selects a packet in the list; a filter that hides it is taken away. */
  showPacket(packet: number): void;
  /**
   * Narrows the list to the packets that a filter lets pass; an empty one to all.
   *
   * @returns what is wrong with the filter, which is said in the prompt too; undefined if nothing is
   */
  narrow(filter: string): string | undefined;
  /** The same for good: it is the state's filter too. */
  filterBy(filter: string): string | undefined;
  /** A few words in the footer, until the next key. */
  say(text: string): void;
  /** A screen reader is told again where one is. */
  announce(): void;
  /** Writes to the terminal what is no part of the picture. */
  toTerminal(sequence: string): void;
}

/** What keys do that needs more than the state. */
export type CommandTable = Readonly<Partial<Record<Command, (context: CommandContext) => void>>>;

/** One run of the screen, outside React: packets, state, and when to draw. Components read it and hand keys to it. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { DecodeAs } from '../decode/dispatch.ts';
import { USUAL_WAIT_MILLISECONDS } from '../exchange/ping/settlement.ts';
import { createOutline, type Outline } from '../output/outline.ts';
import type { CaptureInterface, PacketSource } from '../packet/source.ts';
import { escapeForeign } from '../text/printable.ts';
import { throughText } from '../verdict/report.ts';
import { Boards } from './boards/board-counts.ts';
import { drawnItem } from './boards/item-rows.ts';
import { PathBoard } from './boards/path-pictures.ts';
import { views } from './boards/views.ts';
import { ALWAYS_QUITS, type Binding, bindings, type Command, commandOf } from './keys/keymap.ts';
import type { ViewName } from './keys/view-names.ts';
import { fateOf } from './list/fate.ts';
import { carryOut } from './list/list-commands.ts';
import { ListRows } from './list/list-rows.ts';
import { ingest } from './packets/ingest.ts';
import { NarrowedList } from './packets/narrowed-list.ts';
import { PacketReader } from './packets/packet-reader.ts';
import { ReadingProgress } from './packets/reading-progress.ts';
import { Recorder, type Recording } from './packets/recording.ts';
import { type FoundPacket, PacketStore } from './packets/store.ts';
import { typeKey } from './prompt/prompt-keys.ts';
import { settle } from './state/packet-moves.ts';
import { reduce } from './state/reduce.ts';
import { START } from './state/scroll.ts';
import { type Action, initialState, type State, type TimeColumn, type ViewFacts } from './state/state.ts';
import type { Facts } from './status/facts.ts';
import { Frames } from './terminal/frames.ts';
import type { Theme } from './terminal/theme.ts';

/** 30 frames a second for keys and live packets; fewer while a file loads, as drawing takes from loading. */
const FRAME_MILLISECONDS = 34;
/** As often the screen is drawn though nothing comes. */
const IDLE_FRAME_MILLISECONDS = 500;
const LOADING_FRAME_MILLISECONDS = 120;
/** Requests on which the verdict is made within 10 ms. */
const MOST_JUDGED = 50_000;

/** What packets had to pass before they came to the screen. */
export interface CaptureFilter {
  /** In libpcap's language. */
  readonly text: string;
  /** Why there are no packets, in words, where it let none of a source's pass. */
  readonly nonePassed: (source: PacketSource) => string | undefined;
}

export interface SessionOptions {
  readonly source: PacketSource;
  readonly decodeAs: readonly DecodeAs[];
  readonly theme: Theme;
  /** The user's keys; the usual ones where not given. */
  readonly bindings?: readonly Binding[];
  readonly times?: TimeColumn;
  /** What is shown first; the packets where not given. */
  readonly view?: ViewName;
  /** The path's MTU; the usual one where not given. */
  readonly mtu?: number;
  /** What is to be said beside the source's warnings. */
  readonly notices?: readonly string[];
  readonly columns: number;
  readonly rows: number;
  /** The path of a plain capture file. */
  readonly file?: string;
  readonly count?: number;
  readonly buffer?: number;
  readonly captureFilter?: CaptureFilter;
  /** A display filter that narrows the list from the start; it must compile. */
  readonly filter?: string;
  readonly recording?: Recording;
  /** For commands that are about the program and not about what is shown. */
  readonly onCommand: (command: Extract<Command, 'quit' | 'suspend' | 'reload'>) => void;
  /** Writes to the terminal what is no part of the picture. */
  readonly toTerminal?: (sequence: string) => void;
}

export class Session {
  readonly store: PacketStore;
  readonly reader: PacketReader;
  /** Which packets the list has. */
  readonly rows: NarrowedList;
  readonly list: ListRows;
  readonly theme: Theme;
  readonly bindings: readonly Binding[];
  readonly #options: SessionOptions;
  readonly boards: Boards;
  readonly path: PathBoard;
  readonly #progress: ReadingProgress;
  readonly #listeners = new Set<() => void>();
  #state: State;
  #isClosed = false;
  #said = '';
  #announcements = 0;
  #version = 0;
  #isReading = true;
  /** The selection moved while nothing was drawn. */
  #unsettled = false;
  /** What the source failed with. */
  #fault: Error | undefined;
  readonly #recorder: Recorder | undefined;
  readonly #frames = new Frames(() => this.#frame());
  #outlined = -1;
  #outline: Outline | undefined;

  constructor(options: SessionOptions) {
    const { source, file, buffer, columns, rows } = options;
    this.#options = options;
    if (options.recording !== undefined) this.#recorder = new Recorder(options.recording);
    this.theme = options.theme;
    this.bindings = options.bindings ?? bindings;
    this.store = new PacketStore({
      interfaces: source.interfaces,
      ...(file !== undefined && { file }),
      ...(buffer !== undefined && { buffer }),
    });
    this.reader = new PacketReader(this.store, options.decodeAs);
    this.boards = new Boards(source, this.reader.decoder, () => this.#isReading);
    this.path = new PathBoard(source, this.store, this.reader.decoder);
    this.rows = new NarrowedList({
      store: this.store,
      decoder: this.reader.decoder,
      interfaces: source.interfaces,
      onSlice: () => this.#takeNote(),
    });
    this.list = new ListRows(this.reader, options.theme, this);
    this.#progress = new ReadingProgress(
      file === undefined ? undefined : statSync(file).size,
      performance.now(),
    );
    this.#state = initialState(columns, rows, source.isLive);
    if (options.view !== undefined) this.#state = { ...this.#state, view: options.view };
    const { times, mtu } = options;
    if (times !== undefined) this.#state = { ...this.#state, times };
    if (mtu !== undefined) this.#state = { ...this.#state, mtu };
    if (options.filter !== undefined) {
      this.#state = { ...this.#state, filter: options.filter };
      this.narrow(options.filter);
    }
  }

  get state(): State {
    return this.#state;
  }

  /** For React: changes whenever there is something new to draw. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads the source to its end. A source that fails is reported on screen: what came before is good. */
  async run(): Promise<void> {
    const { source, count } = this.#options;
    try {
      await ingest({
        source,
        store: this.store,
        tracker: this.boards.tracker,
        tree: this.boards.tree,
        conversations: this.boards.conversations,
        decoder: this.reader.decoder,
        ...(count !== undefined && { count }),
        onBatch: (batch, taken) => this.#recorder?.take(batch, taken),
        onSlice: () => this.#takeNote(),
      });
    } catch (error) {
      this.#fault = error instanceof Error ? error : new Error(String(error));
    }
    // Where it ended by itself: what nobody takes any more is not captured either.
    source.stop();
    this.#isReading = false;
    this.#takeNote();
    // Now it is known what later packets tell.
    if (this.rows.askedAhead !== undefined) {
      this.rows.narrow(this.rows.filter, this.selectedPacket);
      this.rows.lookOn();
    }
  }

  /** What went wrong in reading, and in writing what is read. */
  get faults(): readonly Error[] {
    return [this.#fault, this.#recorder?.fault].filter((fault) => fault !== undefined);
  }

  /** Whether all packets are written to a file. */
  get isRecorded(): boolean {
    return this.#recorder !== undefined && this.#recorder.fault === undefined;
  }

  /** A key, as the key table names it. */
  press(key: string): void {
    if (key === ALWAYS_QUITS) {
      this.#options.onCommand('quit');
      return;
    }
    const { prompt, view } = this.#state;
    if (prompt !== undefined) {
      typeKey(this, prompt, key);
      return;
    }
    this.#said = '';
    const name = commandOf(key, view, this.bindings);
    if (name === undefined) return;
    if (name === 'quit' || name === 'suspend' || name === 'reload') {
      this.#options.onCommand(name);
      return;
    }
    if (name === 'toggle' && view !== 'packets') {
      views[view].open?.(this, (this.#state.scrolls[view] ?? START).cursor);
      return;
    }
    if (!carryOut(this, name)) this.dispatch({ type: 'command', command: name });
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#options.source.interfaces;
  }

  /** The path of a plain capture file. */
  get file(): string | undefined {
    return this.#options.file;
  }

  toTerminal(sequence: string): void {
    this.#options.toTerminal?.(sequence);
  }

  /**
   * Narrows the list to the packets that a filter lets pass; an empty one to all.
   *
   * @returns what is wrong with the filter, which is said in the prompt too; undefined where nothing is
   */
  narrow(text: string): string | undefined {
    if (text === this.rows.filter) return undefined;
    const fault = this.rows.narrow(text, this.selectedPacket);
    if (fault !== undefined) {
      this.dispatch({ type: 'fault', fault });
      return fault;
    }
    const { warning, askedAhead } = this.rows;
    if (warning !== undefined) this.say(warning);
    else if (this.#isReading && askedAhead !== undefined)
      this.say(`${askedAhead}: only a later packet tells, of those that are here; all are known at the end`);
    this.#outlined = -1;
    this.#takeNote();
    this.rows.lookOn();
    return undefined;
  }

  /** The packet in a row of the list. */
  packetOf(row: number): number {
    return this.rows.packetOf(row);
  }

  /** The packet that is selected; undefined where there is none. */
  get selectedPacket(): number | undefined {
    const { selected, count } = this.#state;
    return count === 0 ? undefined : this.packetOf(selected);
  }

  /**
   * Selects a packet in the list.
   *
   * @returns why that can't be; undefined where it was done
   */
  goTo(packet: number): string | undefined {
    const row = this.rows.rowOf(packet);
    if (row === undefined) return `packet ${packet + 1} is not among those that the filter lets pass`;
    this.dispatch({ type: 'select', index: row });
    return undefined;
  }

  /** Selects a packet in the list; a filter that hides it is taken away. */
  showPacket(packet: number): void {
    if (this.goTo(packet) === undefined) return;
    this.narrow('');
    this.dispatch({ type: 'filter', text: '' });
    this.goTo(packet);
  }

  dispatch(action: Action): void {
    const before = this.#state;
    if (action.type === 'command') this.rows.forgetWanted();
    let after = reduce(before, action, this.outline(), this.#viewFacts());
    if (after.selected !== before.selected || after.count === 0 || before.count === 0) {
      this.#state = after;
      after = settle(after, this.outline());
    }
    this.#state = after;
    this.#frames.request(FRAME_MILLISECONDS);
  }

  #viewFacts(): ViewFacts | undefined {
    const { view } = this.#state;
    if (view === 'packets') return undefined;
    const { hasCursor } = views[view];
    const pageRows = views[view].pageRows?.(this);
    return {
      count: views[view].count(this),
      hasCursor,
      ...(pageRows !== undefined && { pageRows }),
      ...(hasCursor && { itemAt: (row: number) => drawnItem(this, row) }),
    };
  }

  /** How often it was asked to be told again where one is. */
  get announcements(): number {
    return this.#announcements;
  }

  /** A screen reader is told again where one is. */
  announce(): void {
    this.#announcements++;
    this.#frames.request(FRAME_MILLISECONDS);
  }

  /** A few words in the footer, until the next key. */
  say(text: string): void {
    this.#said = text;
    this.#frames.request(FRAME_MILLISECONDS);
  }

  /** The selected packet, put together where it completed fragments. Good until the next one is read. */
  selectedFound(): FoundPacket | undefined {
    const packet = this.selectedPacket;
    return packet === undefined ? undefined : this.reader.read(packet);
  }

  /** The selected packet's rows; undefined where there is none, or its bytes are gone. */
  outline(): Outline | undefined {
    const selected = this.selectedPacket;
    if (selected === undefined) return undefined;
    if (this.#outlined === selected) return this.#outline;
    const packet = this.reader.read(selected);
    this.#outlined = selected;
    this.#outline = packet === undefined ? undefined : createOutline(packet.view, this.reader.stack);
    return this.#outline;
  }

  /** Whether a packet is a request that stayed without an answer: nothing more comes, or it has waited for long enough. */
  isLost(packet: number): boolean {
    const { store } = this;
    if (packet < store.first || !store.isUnanswered(packet)) return false;
    if (!this.#isReading) return true;
    if (!this.#options.source.isLive) return false;
    const sent = store.firstSeconds + store.firstNanoseconds / 1e9 + store.secondsSinceFirst(packet);
    return Date.now() / 1000 - sent > USUAL_WAIT_MILLISECONDS / 1000;
  }

  /** The requests among so many unanswered ones that are lost: while packets come, some may still wait for their replies. */
  lostOf(unanswered: number, waiting: number): number {
    return this.#isReading ? unanswered - waiting : unanswered;
  }

  /** What became of the selected ping; empty where the packet is none. */
  fate(): string {
    const packet = this.selectedPacket;
    return packet === undefined ? '' : fateOf(this.reader, packet, this.isLost(packet));
  }

  facts(): Facts {
    const { source, file, captureFilter } = this.#options;
    const { store, rows } = this;
    const pings = this.boards.tracker.snapshot();
    const warnings = [...(this.#options.notices ?? []), ...source.warnings];
    for (const { message } of this.faults) warnings.push(message);
    const isWhole = source.isLive || !this.#isReading;
    const nonePassed = store.count === 0 && isWhole ? captureFilter?.nonePassed(source) : undefined;
    if (nonePassed !== undefined) warnings.push(nonePassed);
    return {
      name: escapeForeign(file === undefined ? source.name : basename(file)),
      warnings: warnings.map(escapeForeign),
      dropped: source.statistics().dropped,
      hasEnded: source.isLive && !this.#isReading,
      progress: this.#isReading && !source.isLive ? this.#progress.look(store, performance.now()) : undefined,
      pings,
      through: this.#through(pings.requests),
      waiting: this.#isReading ? pings.waiting : 0,
      buffer: store.buffer,
      recording: this.isRecorded ? escapeForeign(this.#options.recording?.name ?? '') : undefined,
      said: this.#said,
      packets: store.count,
      captureFilter: captureFilter && escapeForeign(captureFilter.text),
      narrowed:
        rows.packets === undefined
          ? undefined
          : { filter: escapeForeign(rows.filter), examined: rows.examined },
      left: store.first,
      fresh: rows.rowsSince(this.#state.seen),
    };
  }

  /** Asked only where the verdict takes a moment at most, and not while a file is read, which it would hold up. */
  #through(requests: number): string {
    const isLoading = this.#isReading && !this.#state.isLive;
    if (requests === 0 || requests > MOST_JUDGED || isLoading) return '';
    return throughText(this.boards.pings().verdict.paths);
  }

  /** Draws now what waits to be drawn. */
  flush(): void {
    this.#frames.flush();
  }

  /** Draws no more; packets are still taken. */
  endDrawing(): void {
    this.#isClosed = true;
    this.rows.close();
    this.#frames.stop();
    this.#listeners.clear();
  }

  /** Ends drawing, and frees the file. */
  close(): void {
    this.endDrawing();
    this.store.close();
  }

  #takeNote(): void {
    if (this.#isClosed) return;
    const { rows } = this;
    if (!rows.isLooking && rows.examined < this.store.count) rows.lookOn();
    const { first, count } = rows.rows();
    const selected = rows.wantedRow();
    const isLive = this.#isReading && this.#options.source.isLive;
    // The first screenful is shown at once.
    const isUrgent = isLive || !this.#isReading || this.#state.count < this.#state.layout.listRows;
    const changed = reduce(
      this.#state,
      {
        type: 'packets',
        first,
        count,
        isLive,
        taken: this.store.count,
        ...(selected !== undefined && { selected }),
      },
      undefined,
    );
    const isOther = changed.selected !== this.#state.selected || this.#state.count === 0;
    this.#state = changed;
    // Following, the packets between two frames are passed over undecoded: what is drawn is settled then.
    if (isOther) this.#unsettled = true;
    this.#frames.request(isUrgent ? FRAME_MILLISECONDS : LOADING_FRAME_MILLISECONDS);
  }

  #frame(): void {
    if (this.#unsettled) {
      this.#unsettled = false;
      this.#state = settle(this.#state, this.outline());
    }
    this.#version++;
    // While nothing comes, rates fall, requests grow late, and interfaces go down.
    if (this.#isReading && !this.#isClosed) this.#frames.request(IDLE_FRAME_MILLISECONDS);
    for (const listener of this.#listeners) listener();
  }
}

/**
 * One run of the screen, outside React: where packets, state and commands meet. Rooms are given what they read and what they
 * may do (context.ts), and know no more of it.
 */
import { isMerged } from '../capture/file/merged-source.ts';
import type { Outline } from '../output/outline.ts';
import { BoardCounts } from './boards/board-counts.ts';
import { PingPictures } from './boards/ping-pictures.ts';
import type { ViewContext } from './boards/view.ts';
import { viewFacts, views } from './boards/views.ts';
import { commands } from './commands.ts';
import { SelectedOutline } from './detail/selected-outline.ts';
import { ALWAYS_QUITS, type Binding, bindings, commandOf } from './keys/keymap.ts';
import { fateOf } from './list/fate.ts';
import { ListRows } from './list/list-rows.ts';
import { LiveState, type LiveStateContext } from './live-state.ts';
import { NarrowedList } from './packets/narrowed-list.ts';
import { PacketReader } from './packets/packet-reader.ts';
import { Reading } from './packets/reading.ts';
import { type FoundPacket, PacketStore } from './packets/store.ts';
import { type PromptContext, typeKey } from './prompt/prompt-keys.ts';
import type { SessionOptions } from './session-options.ts';
import type { SpokenContext } from './spoken/context.ts';
import { START } from './state/scroll.ts';
import { type Action, initialState, type State, type ViewFacts } from './state/state.ts';
import { captureFacts, type Facts, isJudged } from './status/facts.ts';
import type { Theme } from './terminal/theme.ts';

export class Session implements PromptContext, ViewContext, SpokenContext, LiveStateContext {
  readonly store: PacketStore;
  readonly reader: PacketReader;
  readonly reading: Reading;
  /** Which packets the list has. */
  readonly rows: NarrowedList;
  readonly list: ListRows;
  readonly theme: Theme;
  readonly bindings: readonly Binding[];
  readonly boards: BoardCounts;
  readonly path: PingPictures;
  /** The state, and when it is drawn. */
  readonly live: LiveState;
  announcements = 0;
  readonly #options: SessionOptions;
  readonly #outline: SelectedOutline;
  #said = '';

  constructor(options: SessionOptions) {
    const { source, columns, rows, filter } = options;
    this.#options = options;
    this.theme = options.theme;
    this.bindings = options.bindings ?? bindings;
    const { interfaces, names } = source;
    const fileOf = isMerged(source) ? source.sourceOf : undefined;
    const store = new PacketStore({ ...options, interfaces, names, ...(fileOf !== undefined && { fileOf }) });
    const reader = new PacketReader(store, options.decodeAs);
    const { decoder } = reader;
    this.store = store;
    this.reader = reader;
    this.reading = new Reading({ ...options, store });
    this.boards = new BoardCounts(source, decoder, () => this.reading.isRunning);
    this.path = new PingPictures(source, store, decoder, options.kernel);
    this.rows = new NarrowedList({ store, decoder, interfaces, onSlice: () => this.#takeNote() });
    this.list = new ListRows(reader, options.theme, this);
    this.#outline = new SelectedOutline(reader);
    this.live = new LiveState(initialState(columns, rows, source.isLive, options), this);
    if (filter !== undefined) this.narrow(filter);
  }

  get state(): State {
    return this.live.state;
  }

  /** Reads the source to its end. A source that fails is reported on screen: what came before is good. */
  async run(): Promise<void> {
    const { count } = this.#options;
    const { tracker, tree, conversations } = this.boards;
    await this.reading.run({
      tracker,
      tree,
      conversations,
      decoder: this.reader.decoder,
      ...(count !== undefined && { count }),
      onSlice: () => this.#takeNote(),
    });
    this.#takeNote();
    // Now it is known what later packets tell.
    if (this.rows.askedAhead !== undefined) {
      this.rows.narrow(this.rows.filter, this.selectedPacket);
      this.rows.lookOn();
    }
  }

  /** A key, as the key table names it. */
  press(key: string): void {
    if (key === ALWAYS_QUITS) {
      this.#options.onCommand('quit');
      return;
    }
    const { prompt, view, scrolls } = this.state;
    if (prompt !== undefined) {
      typeKey(this, prompt, key);
      return;
    }
    this.#said = '';
    const name = commandOf(key, view, this.bindings);
    if (name === undefined) return;
    if (name === 'quit' || name === 'suspend' || name === 'reload') this.#options.onCommand(name);
    else if (name === 'toggle' && view !== 'packets')
      views[view].open?.(this, (scrolls[view] ?? START).cursor);
    else if (commands[name] !== undefined) commands[name](this);
    else this.dispatch({ type: 'command', command: name });
  }

  dispatch(action: Action): void {
    if (action.type === 'command') this.rows.forgetWanted();
    this.live.dispatch(action);
  }

  get file(): string | undefined {
    const { files = [] } = this.#options;
    return files.length === 1 ? files[0] : undefined;
  }

  get selectedPacket(): number | undefined {
    const { selected, count } = this.state;
    return count === 0 ? undefined : this.packetOf(selected);
  }

  selectedFound(): FoundPacket | undefined {
    const packet = this.selectedPacket;
    return packet === undefined ? undefined : this.reader.read(packet);
  }

  outline(): Outline | undefined {
    const packet = this.selectedPacket;
    return packet === undefined ? undefined : this.#outline.of(packet);
  }

  viewFacts(): ViewFacts | undefined {
    return viewFacts(this);
  }

  packetOf(row: number): number {
    return this.rows.packetOf(row);
  }

  isLost(packet: number): boolean {
    return this.reading.isLost(packet) && !this.#isHop(packet);
  }

  fate(): string {
    const packet = this.selectedPacket;
    return packet === undefined ? '' : fateOf(this.reader, packet, this.isLost(packet), this.#isHop(packet));
  }

  /** Whether a router answered a request as traceroute asked of it. */
  #isHop(packet: number): boolean {
    const ranOut = this.store.hops.of(packet);
    if (ranOut === undefined || !this.store.isUnanswered(packet)) return false;
    const { requests } = this.boards.tracker.snapshot();
    return isJudged(this, requests) && this.boards.traced().runs.has(ranOut.run);
  }

  narrow(text: string): string | undefined {
    if (text === this.rows.filter) return undefined;
    const fault = this.rows.narrow(text, this.selectedPacket);
    if (fault !== undefined) {
      this.dispatch({ type: 'fault', fault });
      return fault;
    }
    const { warning, askedAhead } = this.rows;
    if (warning !== undefined) this.say(warning);
    else if (this.reading.isRunning && askedAhead !== undefined)
      this.say(`${askedAhead}: known only from later packets; complete at the end of the capture`);
    this.#outline.forget();
    this.#takeNote();
    this.rows.lookOn();
    return undefined;
  }

  filterBy(text: string): string | undefined {
    const fault = this.narrow(text);
    if (fault === undefined) this.dispatch({ type: 'filter', text });
    return fault;
  }

  goTo(packet: number): string | undefined {
    const row = this.rows.rowOf(packet);
    if (row === undefined) return `packet ${packet + 1} does not match the filter`;
    this.dispatch({ type: 'select', index: row });
    return undefined;
  }

  showPacket(packet: number): void {
    if (this.goTo(packet) === undefined) return;
    this.filterBy('');
    this.goTo(packet);
  }

  say(text: string): void {
    this.#said = text;
    this.live.redraw();
  }

  announce(): void {
    this.announcements++;
    this.live.redraw();
  }

  toTerminal(sequence: string): void {
    this.#options.toTerminal?.(sequence);
  }

  facts(): Facts {
    return captureFacts(this.#options, this, this.#said);
  }

  /** Draws no more; packets are still taken. */
  endDrawing(): void {
    this.rows.close();
    this.live.end();
  }

  /** Ends drawing, and frees the file. */
  close(): void {
    this.endDrawing();
    this.store.close();
  }

  /** There are other packets, or other rows of them. */
  #takeNote(): void {
    if (this.live.isEnded) return;
    const { rows, store, reading } = this;
    if (!rows.isLooking && rows.examined < store.count) rows.lookOn();
    const { first, count } = rows.rows();
    const selected = rows.wantedRow();
    this.live.packetsCame({
      type: 'packets',
      first,
      count,
      isLive: reading.isRunning && this.#options.source.isLive,
      taken: store.count,
      ...(selected !== undefined && { selected }),
    });
  }
}

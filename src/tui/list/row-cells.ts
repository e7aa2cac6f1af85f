/** What a packet's row says, column by column. */
import { dateText } from '../../decode/format.ts';
import { createNaming } from '../../output/address-names.ts';
import { ByteWriter } from '../../output/byte-writer.ts';
import { writeEndpoints, writeInfo, writeMarks, writeTunnel } from '../../output/columns.ts';
import { escapeForeign } from '../../text/printable.ts';
import type { PacketReader } from '../packets/packet-reader.ts';
import type { FoundPacket, PacketStore } from '../packets/store.ts';
import type { State, TimeColumn } from '../state/state.ts';
import type { Theme } from '../terminal/theme.ts';
import { createFieldColumn, type FieldColumn } from './field-columns.ts';
import { kindOf, type PacketKind } from './packet-kind.ts';

/** From this many columns on, ports are shown, and how a tunnel was recognised. */
export const WIDE = 132;
/** Below this, every cell counts: milliseconds, and of a ping what tells it from the others. */
export const NARROW = 96;
export interface Cells {
  readonly time: string;
  /** The packet's interface, where there are several. */
  readonly place: string;
  readonly outer: string;
  readonly tunnel: string;
  readonly inner: string;
  readonly info: string;
  readonly marks: string;
  /** Of a reply: its request, and the round-trip time; and whose the innermost addresses are, where that is known. */
  readonly link: string;
  readonly kind: PacketKind;
  /** What the fields hold that have a column. */
  readonly fields: readonly string[];
}

const GONE: Cells = {
  time: '',
  place: '',
  outer: '',
  tunnel: '',
  inner: '',
  info: 'can’t be read again: the file was changed while it was open',
  marks: '',
  link: '',
  kind: 'problem',
  fields: [],
};

/** Which packets the list has: the session, as far as rows need it. */
export interface ShownPackets {
  readonly store: PacketStore;
  readonly state: State;
  readonly rows: { /** The filter has not looked at all packets yet. */ readonly isLooking: boolean };
  packetOf(row: number): number;
  /** Whether a packet is a request that stayed without an answer. */
  isLost(packet: number): boolean;
}

export class RowCells {
  readonly #reader: PacketReader;
  readonly #theme: Theme;
  readonly #shown: ShownPackets;
  readonly #out = new ByteWriter();
  readonly #columns = new Map<string, FieldColumn>();
  readonly #naming: ReturnType<typeof createNaming> | undefined;

  constructor(reader: PacketReader, theme: Theme, shown: ShownPackets) {
    this.#reader = reader;
    this.#theme = theme;
    this.#shown = shown;
    const { names } = reader.store;
    this.#naming = names === undefined ? undefined : createNaming(names);
  }

  /** @param columns of the screen: with fewer, a packet is told more shortly */
  of(listRow: number, columns: number, times: TimeColumn): Cells {
    const index = this.#shown.packetOf(listRow);
    const packet = this.#reader.read(index);
    if (packet === undefined) return GONE;
    const { stack } = this.#reader;
    const { view } = packet;
    let outer = '';
    let inner = '';
    let tunnel = '';
    let layer = 0;
    while (layer < stack.count && !stack.isQuoted(layer)) {
      if (layer > 0) {
        const name = this.#text(() => writeTunnel(this.#out, view, stack, layer));
        tunnel = tunnel === '' ? name : `${tunnel} ${name}`;
      }
      let next = layer;
      const ends = this.#text(() => {
        next = writeEndpoints(this.#out, view, stack, layer);
      });
      if (layer === 0) outer = ends;
      else inner = ends;
      layer = next;
    }
    const info = this.#text(() => writeInfo(this.#out, view, stack));
    const marks = this.#text(() => writeMarks(this.#out, view, stack));
    const { seconds, nanoseconds } = packet;
    const time = this.#time(listRow, seconds, nanoseconds, columns < NARROW ? 3 : 6, times);
    const link = `${this.#link(index)}${this.#naming?.(view, stack) ?? ''}`;
    const kind = marks === '' ? kindOf(view, stack) : 'problem';
    const place = placeOf(this.#reader.store, packet);
    const fields = this.#shown.state.fieldColumns.map((name) => this.#column(name)(packet, stack));
    const dash = this.#theme.glyphs.dash;
    if (columns >= WIDE)
      return {
        ...{ time, place, outer, tunnel: tunnel || dash, inner: inner || dash, info, marks, link, kind },
        fields,
      };
    return {
      time,
      place,
      outer: withoutPorts(outer),
      tunnel: tunnel.replace(' (guess)', '').replace(' vni=', columns < NARROW ? ' ' : ' vni=') || dash,
      inner: withoutPorts(inner) || dash,
      info,
      marks,
      link,
      kind,
      fields,
    };
  }

  #column(name: string): FieldColumn {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = createFieldColumn(name, this.#reader.store.interfaces);
      this.#columns.set(name, column);
    }
    return column;
  }

  #text(write: () => void): string {
    this.#out.clear();
    write();
    return this.#out.toString();
  }

  /** Of a reply: the request that it answers, and how long that took. */
  #link(packet: number): string {
    const { store } = this.#reader;
    const request = store.requestOf(packet);
    if (request === undefined) return '';
    const milliseconds = (store.secondsSinceFirst(packet) - store.secondsSinceFirst(request)) * 1e3;
    const time = milliseconds < 0 ? '' : `, ${milliseconds.toFixed(3)} ms`;
    return `  ${this.#theme.glyphs.reply} ${request + 1}${time}`;
  }

  #time(listRow: number, seconds: number, nanoseconds: number, decimals: number, times: TimeColumn): string {
    const { store } = this.#reader;
    if (times === 'absolute') return dateText(seconds, nanoseconds).slice(11, 20 + decimals);
    if (times === 'delta') {
      if (listRow <= this.#shown.state.first) return (0).toFixed(decimals);
      const [here, before] = [listRow, listRow - 1].map((row) =>
        store.secondsSinceFirst(this.#shown.packetOf(row)),
      );
      return ((here as number) - (before as number)).toFixed(decimals);
    }
    const { firstSeconds, firstNanoseconds } = store;
    return (seconds - firstSeconds + (nanoseconds - firstNanoseconds) / 1e9).toFixed(decimals);
  }
}

/** The name of a packet's interface, where there are several. */
export function placeOf({ interfaces }: PacketStore, { interfaceIndex }: FoundPacket): string {
  if (interfaces.length < 2) return '';
  return escapeForeign(interfaces[interfaceIndex]?.name ?? `interface ${interfaceIndex}`);
}

function withoutPorts(ends: string): string {
  return ends.replace(/(\d+\.\d+\.\d+\.\d+):\d+/g, '$1').replace(/\[([^\]]+)\]:\d+/g, '$1');
}

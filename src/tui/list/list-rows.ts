/** The packet list's rows: number, time, outer, tunnel, inner, info. */

import { arrowed } from '../../explain/lesson.ts';
import type { PacketReader } from '../packets/packet-reader.ts';
import type { State, TimeColumn } from '../state/state.ts';
import { clip, StyledRow } from '../terminal/styled-row.ts';
import type { Theme } from '../terminal/theme.ts';
import { type Cells, NARROW, RowCells, type ShownPackets, WIDE } from './row-cells.ts';

/** What the columns for outer, tunnel and inner take at least; they widen as the packets need it, and stay so while the screen has its width. */
const LEAST = { outer: 21, tunnel: 6, inner: 21 };
/** At most these parts of the row, as IPv6 addresses would leave no room for anything else. */
const MOST = { outer: 0.3, tunnel: 0.16, inner: 0.3, field: 0.15 };
const LEAST_OF_FIELD = 8;

/** Cells of an interface's name at most; on narrow screens the title over the bytes has it alone. */
const MOST_OF_PLACE = { narrow: 8, wide: 16 };

const TIME_HEADINGS: Readonly<Record<TimeColumn, string>> = {
  relative: 'Time',
  delta: 'Delta',
  absolute: 'UTC',
};

export class ListRows {
  readonly #theme: Theme;
  readonly #shown: ShownPackets;
  readonly #cells: RowCells;
  #widths = { ...LEAST };
  #timeWidth = 5;
  /** 0 where there is one interface. */
  #placeWidth = 0;
  /** Of the fields' columns, by name. */
  #fieldWidths = new Map<string, number>();
  /** How much shorter pings are told, as their column needs it. */
  #brevity = 0;
  /** The screen's width that the widths above are for. */
  #columns = 0;
  #times: TimeColumn = 'relative';

  constructor(reader: PacketReader, theme: Theme, shown: ShownPackets) {
    this.#theme = theme;
    this.#shown = shown;
    this.#cells = new RowCells(reader, theme, shown);
  }

  /** What a row's columns say, one behind the other: what a search looks through. */
  text(row: number): string {
    const { place, outer, tunnel, inner, fields, info, marks } = this.#cells.of(row, WIDE, 'relative');
    const own = fields.map((value) => `${value} `).join('');
    return `${place === '' ? '' : `${place} `}${outer} ${tunnel} ${inner} ${own}${info}${marks}`;
  }

  /**
   * A row as a sentence.
   *
   * @param fate what became of the ping; empty if it is none
   */
  sentence(row: number, fate: string, isMarked: boolean): string {
    const cells = this.#cells.of(row, WIDE, this.#shown.state.times);
    const { outer, tunnel, inner, info, marks } = cells;
    const none = this.#theme.glyphs.dash;
    const names = this.#shown.state.fieldColumns;
    const fields = names.map((name, i) => `${name} ${cells.fields[i] || 'absent'}`);
    const on = cells.place === '' ? '' : ` on ${cells.place}`;
    const place = inner === none ? 'no tunnel' : `tunnel ${tunnel}, inner ${arrowed(inner)}`;
    return [
      `Packet ${this.#shown.packetOf(row) + 1}${isMarked ? ', marked' : ''}, ${cells.time} s${on}`,
      `Outer ${arrowed(outer)}, ${place}`,
      `${cells.kind === 'problem' ? 'Problem: ' : ''}${arrowed(info)}${marks}`,
      ...fields,
      ...(this.#shown.store.sentAgain.has(this.#shown.packetOf(row)) ? ['Sent again'] : []),
      ...(fate === '' ? [] : [fate]),
    ]
      .map((part) => `${part}.`)
      .join(' ');
  }

  /** The heading, and a row for each packet in sight. */
  render(state: State): string[] {
    const { columns, listRows } = state.layout;
    const end = Math.min(state.count, state.top + listRows);
    const packets: Cells[] = [];
    for (let row = state.top; row < end; row++) packets.push(this.#cells.of(row, columns, state.times));
    if (columns !== this.#columns) {
      this.#widths = { ...LEAST };
      this.#timeWidth = 5;
      this.#placeWidth = 0;
      this.#fieldWidths.clear();
      this.#brevity = 0;
      this.#columns = columns;
    }
    this.#widen(packets, columns);
    const numberWidth = Math.max(3, String(this.#shown.store.count).length);
    if (this.#times !== state.times) this.#timeWidth = 5;
    this.#times = state.times;
    for (const { time } of packets) this.#timeWidth = Math.max(this.#timeWidth, time.length);
    const mostOfPlace = columns < NARROW ? 0 : columns < WIDE ? MOST_OF_PLACE.narrow : MOST_OF_PLACE.wide;
    for (const { place } of packets)
      this.#placeWidth = Math.max(this.#placeWidth, Math.min(place.length, mostOfPlace));
    this.#widenFields(packets, state);
    const timeWidth = this.#timeWidth;
    this.#shorten(packets, columns, numberWidth, timeWidth);
    const rows = [this.#heading(columns, numberWidth, timeWidth, state)];
    for (const [i, cells] of packets.entries()) {
      const row = state.top + i;
      rows.push(this.#row(cells, row, row === state.selected, state, numberWidth, timeWidth));
    }
    const { store, rows: looked } = this.#shown;
    if (packets.length === 0 && state.filter !== '' && store.count > 0 && !looked.isLooking) {
      const none = ' No packet matches the filter: / changes it.';
      rows.push(new StyledRow(columns).add(none, this.#theme.quiet).toString());
    }
    while (rows.length <= listRows) rows.push(' '.repeat(columns));
    return rows;
  }

  #heading(columns: number, numberWidth: number, timeWidth: number, state: State): string {
    const theme = this.#theme;
    const row = new StyledRow(columns, state.pane === 'list' ? theme.title : theme.heading);
    row.add(`  ${'No.'.padStart(numberWidth)} ${TIME_HEADINGS[state.times].padStart(timeWidth)}  `);
    if (this.#placeWidth > 0) row.column('On', this.#placeWidth, '', theme);
    row.column('Outer: on the wire', this.#widths.outer, '', theme);
    row.column('Tunnel', this.#widths.tunnel, '', theme);
    row.column('Inner: in the tunnel', this.#widths.inner, '', theme);
    for (const name of state.fieldColumns) row.column(name, this.#fieldWidth(name), '', theme);
    return row.add('Info').toString();
  }

  #row(
    cells: Cells,
    listRow: number,
    isSelected: boolean,
    state: State,
    numberWidth: number,
    timeWidth: number,
  ): string {
    const theme = this.#theme;
    const base = !isSelected ? '' : state.pane === 'list' ? theme.selected : theme.selectedElsewhere;
    const row = new StyledRow(state.layout.columns, base);
    const packet = this.#shown.packetOf(listRow);
    const isMarked = state.marks.has(packet);
    row.add(isMarked ? theme.glyphs.mark : isSelected ? theme.glyphs.selected : ' ', theme.heading);
    const isAgain = this.#shown.store.sentAgain.has(packet);
    const other = cells.kind === 'problem' ? '!' : isAgain ? theme.glyphs.again : ' ';
    const sign = this.#shown.isLost(packet) ? theme.glyphs.lost : other;
    row.add(sign, theme.problem);
    row.add(`${String(packet + 1).padStart(numberWidth)} `, theme.quiet);
    row.add(`${cells.time.padStart(timeWidth)}  `, theme.quiet);
    if (this.#placeWidth > 0)
      row.column(endOf(cells.place, this.#placeWidth, theme), this.#placeWidth, theme.quiet, theme);
    const arrow = (text: string) => text.replaceAll(' > ', ` ${theme.glyphs.arrow} `);
    row.column(arrow(cells.outer), this.#widths.outer, theme.outer, theme);
    const inTunnel = cells.inner !== theme.glyphs.dash;
    row.column(cells.tunnel, this.#widths.tunnel, inTunnel ? theme.tunnel : theme.quiet, theme);
    row.column(arrow(cells.inner), this.#widths.inner, inTunnel ? theme.inner : theme.quiet, theme);
    for (const [i, name] of state.fieldColumns.entries())
      row.column(cells.fields[i] ?? '', this.#fieldWidth(name), '', theme);
    const [info, link] = shortened(cells, this.#brevity);
    const words = arrow(info.indexOf(QUOTING) + QUOTING.length > row.left ? reasonFirst(info) : info);
    // What is behind the row's end is told by an ellipsis, in whichever part the end falls.
    const behind = [words, cells.marks, link].map((_, i, parts) => parts.slice(i + 1).join('').length > 0);
    const put = (text: string, isFollowed = false, style = '') => {
      const whole = isFollowed && text.length >= row.left ? `${text} ` : text;
      row.add(clip(whole, row.left, theme), style);
    };
    put(words, behind[0], cells.kind === 'other' ? '' : theme[cells.kind]);
    put(cells.marks, behind[1], theme.problem);
    put(link, behind[2], theme.quiet);
    return row.toString();
  }

  /** Tells all pings in sight as shortly as the longest of them needs it; and stays so, lest the words change while one moves. */
  #shorten(packets: readonly Cells[], columns: number, numberWidth: number, timeWidth: number): void {
    const { outer, tunnel, inner } = this.#widths;
    const place = this.#placeWidth === 0 ? 0 : this.#placeWidth + 1;
    const room = columns - numberWidth - timeWidth - place - outer - tunnel - inner - 8 - this.#fieldRoom();
    for (const cells of packets) {
      if (cells.kind !== 'request' && cells.kind !== 'reply') continue;
      while (this.#brevity < SHORTER.length && shortened(cells, this.#brevity).join('').length > room)
        this.#brevity++;
    }
  }

  #fieldWidth(name: string): number {
    return this.#fieldWidths.get(name) ?? 0;
  }

  #fieldRoom(): number {
    return this.#shown.state.fieldColumns.reduce((sum, name) => sum + this.#fieldWidth(name) + 1, 0);
  }

  /** As wide as their values and names need it, up to a part of the row. */
  #widenFields(packets: readonly Cells[], { fieldColumns, layout }: State): void {
    const most = Math.max(LEAST_OF_FIELD, Math.floor(layout.columns * MOST.field));
    for (const [i, name] of fieldColumns.entries()) {
      let width = Math.max(this.#fieldWidth(name), Math.min(name.length, most));
      for (const { fields } of packets) width = Math.max(width, Math.min(fields[i]?.length ?? 0, most));
      this.#fieldWidths.set(name, width);
    }
  }

  #widen(packets: readonly Cells[], columns: number): void {
    for (const name of ['outer', 'tunnel', 'inner'] as const) {
      let width = this.#widths[name];
      for (const cells of packets) width = Math.max(width, cells[name].length);
      this.#widths[name] = Math.min(width, Math.max(LEAST[name], Math.floor(columns * MOST[name])));
    }
  }
}

/** The end of a name tells it from others: `…h1:eth0`. */
function endOf(name: string, width: number, { glyphs }: Theme): string {
  if (name.length <= width) return name;
  return glyphs.ellipsis + name.slice(glyphs.ellipsis.length - width);
}

/** What is left out of a ping one after the other, where its row has no room: what tells least first. */
const SHORTER: readonly (readonly [what: RegExp, instead: string])[] = [
  [/^ICMP(?:v6)? (?=Echo)/, ''],
  [/ id=\d+/, ''],
  [/ (?:ttl|hlim)=\d+/, ''],
  [/, [\d.]+ ms$/, ''],
  [/^Echo re/, 'Re'],
  [/ +\S+ \d+$/, ''],
  [/^Request /, 'Req '],
];

const QUOTING = ', quoting ';

/** An ICMP error's words from its reason on, and without the time to live: `Port unreachable, quoting …`. */
function reasonFirst(info: string): string {
  return info.replace(/^ICMP(?:v6)? [A-Z][^:,]*: (.*?)(?: (?:ttl|hlim)=\d+)?(?=, quoting )/, '$1');
}

/** A ping's words and link to its request, with the first of {@link SHORTER} left out. */
function shortened({ info, link, kind }: Cells, brevity: number): [info: string, link: string] {
  if (kind !== 'request' && kind !== 'reply') return [info, link];
  let words = info;
  let partner = link;
  for (const [what, instead] of SHORTER.slice(0, brevity)) {
    words = words.replace(what, instead);
    partner = partner.replace(what, instead);
  }
  return [words, partner];
}

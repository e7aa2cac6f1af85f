/** Numbers and lists in sentences of reports. */

/** "1 packet", "2 packets". */
export function counted(count: number, what: string, many = `${what}s`): string {
  return `${count} ${count === 1 ? what : many}`;
}

/** Three decimals, as ping prints them, and fewer for large values. */
export function milliseconds(value: number): string {
  return value.toFixed(value < 100 ? 3 : value < 1000 ? 1 : 0);
}

/** " (packets 2, 4)"; empty if there are none. */
export function packetsText(packets: readonly number[]): string {
  return packets.length === 0 ? '' : ` (packet${packets.length === 1 ? '' : 's'} ${packets.join(', ')})`;
}

/** Breaks at spaces into lines of at most `width` columns; lines after the first are indented further. */
export function wrap(text: string, width: number, hanging: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  for (const word of text.slice(indent.length).split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + ' '.repeat(hanging);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

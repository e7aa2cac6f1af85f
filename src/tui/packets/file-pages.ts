import { closeSync, openSync, readSync } from 'node:fs';

/** How much is read at a time: some screens' worth of packets, forwards and backwards. */
const PAGE = 256 << 10;
/** The part of a page that lies before the packet asked for, so that scrolling up finds the next ones there. */
const BEFORE = PAGE / 4;
const MOST_PAGES = 8;

interface Page {
  readonly offset: number;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/**
 * A plain capture file read again where somebody looks. Reads are synchronous: the kernel mostly has the bytes, and a
 * screen of packets costs a read or two.
 */
export class FilePages {
  readonly #file: number;
  /** The least lately used first. */
  readonly #pages: Page[] = [];
  /** Where {@link read} found the bytes. */
  view: DataView = new DataView(new ArrayBuffer(0));
  start = 0;

  /** @throws where the file can't be opened */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
  }

  /**
   * Finds `length` bytes at `offset` and leaves them at `start` in `view`, good until the next call.
   *
   * @returns false if the file no longer has them: it was cut or replaced while open
   */
  read(offset: number, length: number): boolean {
    const pages = this.#pages;
    for (let i = pages.length - 1; i >= 0; i--) {
      const page = pages[i] as Page;
      if (offset >= page.offset && offset + length <= page.offset + page.length) {
        if (i < pages.length - 1) {
          pages.splice(i, 1);
          pages.push(page);
        }
        this.view = page.view;
        this.start = offset - page.offset;
        return true;
      }
    }
    const latest = pages.at(-1);
    // Who goes on from page to page has what lies before already.
    const isNext =
      latest !== undefined && offset >= latest.offset && offset <= latest.offset + latest.length + length;
    const from = isNext ? offset : Math.max(0, offset - BEFORE);
    const needed = offset - from + length;
    const left = pages.length === MOST_PAGES ? pages.shift() : undefined;
    const { bytes, view } =
      needed <= PAGE && left?.bytes.length === PAGE ? left : newMemory(Math.max(PAGE, needed));
    let filled = 0;
    try {
      while (filled < bytes.length) {
        const count = readSync(this.#file, bytes, filled, bytes.length - filled, from + filled);
        if (count === 0) break;
        filled += count;
      }
    } catch {
      // A device or network file system that fails is shown as what it is: a packet that can't be read again.
      return false;
    }
    if (offset + length > from + filled) return false;
    pages.push({ offset: from, length: filled, bytes, view });
    this.view = view;
    this.start = offset - from;
    return true;
  }

  close(): void {
    closeSync(this.#file);
  }
}

function newMemory(length: number): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(length);
  return { bytes, view: new DataView(bytes.buffer) };
}

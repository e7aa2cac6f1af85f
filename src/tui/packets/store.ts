/**
 * The packets behind the list: an index, and bytes that are read again from the file or kept in memory.
 *
 *   reading.ts        reads a source to its end: ingest.ts takes its packets in slices, reading-progress.ts tells how far it is
 *   packet-index.ts   what is known of each packet, kept-bytes.ts and file-pages.ts where its bytes are
 *   packet-reader.ts  decodes a packet that somebody looks at; fragment-numbers.ts what it was put together from
 *   ping-links.ts     which request a reply answers, exchange-links.ts the same of SYNs and queries
 *   narrowed-list.ts  which packets the list has: narrowing.ts finds those that a filter lets pass, packet-set.ts holds them
 *   packet-places.ts  the packet that a typed number or time means
 *   recording.ts      writes packets as they come, save.ts those that somebody wants, rescue.ts those that nobody saved
 *   recent-counts.ts  how fast counts have grown lately
 */
import type { AddressNames } from '../../packet/address-names.ts';
import type { CaptureInterface, PacketBatch } from '../../packet/source.ts';
import { FilePages } from './file-pages.ts';
import { FragmentNumbers } from './fragment-numbers.ts';
import { HopLinks } from './hop-links.ts';
import { KeptBytes, LEAST_BUFFER } from './kept-bytes.ts';
import { PacketIndex } from './packet-index.ts';
import { PacketSet } from './packet-set.ts';

/** How much of live captures, standard input and compressed files is kept where nobody says otherwise. */
const DEFAULT_BUFFER = 256 << 20;

export interface StoreOptions {
  /** The source's, which grow with it. */
  readonly interfaces: readonly CaptureInterface[];
  /** Whose addresses are, where that was asked for. */
  readonly names?: AddressNames | undefined;
  /** Plain capture files' paths: packets whose batch tells their place in them are read again from there. */
  readonly files?: readonly string[];
  /** Which of them an interface is of; the first one, where not given. */
  readonly fileOf?: (interfaceIndex: number) => number;
  /** In bytes; {@link DEFAULT_BUFFER} where not given. */
  readonly buffer?: number;
}

/** Where a packet is, and what is known of it: filled by {@link PacketStore.find} and good until it is called again. */
export interface FoundPacket {
  view: DataView;
  start: number;
  capturedLength: number;
  originalLength: number;
  linkType: number;
  seconds: number;
  nanoseconds: number;
  interfaceIndex: number;
}

export class PacketStore {
  /** The oldest packet that is still here; those before it left to keep memory bounded. */
  first = 0;
  /** When the very first packet was captured, also once it has left. */
  firstSeconds = 0;
  firstNanoseconds = 0;
  /** What packets were put together from. */
  readonly fragments = new FragmentNumbers();
  /** TCP segments that were sent again. */
  readonly sentAgain = new PacketSet();
  /** Echo requests that ran out of hops. */
  readonly hops = new HopLinks();
  readonly #index = new PacketIndex();
  /** The source's own list, which grows while packets are read. */
  readonly interfaces: readonly CaptureInterface[];
  readonly names: AddressNames | undefined;
  readonly #files: readonly string[];
  readonly #fileOf: (interfaceIndex: number) => number;
  readonly #buffer: number;
  readonly #pages: (FilePages | undefined)[] = [];
  #kept: KeptBytes | undefined;
  readonly #found: FoundPacket = {
    view: new DataView(new ArrayBuffer(0)),
    start: 0,
    capturedLength: 0,
    originalLength: 0,
    linkType: 0,
    seconds: 0,
    nanoseconds: 0,
    interfaceIndex: 0,
  };

  constructor(options: StoreOptions) {
    this.interfaces = options.interfaces;
    this.names = options.names;
    this.#files = options.files ?? [];
    this.#fileOf = options.fileOf ?? (() => 0);
    this.#buffer = options.buffer ?? DEFAULT_BUFFER;
  }

  /** Packets taken so far, those that left included: numbers run from 0 to here. */
  get count(): number {
    return this.#index.count;
  }

  /** The limit of kept bytes; undefined if packets are read again from their file, or may yet be. */
  get buffer(): number | undefined {
    return this.#kept?.limit ?? (this.#files.length === 0 ? Math.max(this.#buffer, LEAST_BUFFER) : undefined);
  }

  /** Takes packet `i` of a batch. All batches of a source tell where their packets are in the file, or none does. */
  append(batch: PacketBatch, i: number): void {
    if (this.#index.count === 0) {
      this.firstSeconds = batch.seconds[i];
      this.firstNanoseconds = batch.nanoseconds[i];
    }
    const capturedLength = batch.capturedLength[i];
    let offset: number;
    if (batch.fileOffset !== undefined && this.#files.length > 0) {
      // Opened before packets are looked at: who opens it later may not.
      this.#pagesOf(batch.interfaceIndex[i]);
      offset = batch.fileOffset[i];
    } else {
      this.#kept ??= new KeptBytes(this.#buffer);
      offset = this.#kept.add(batch.bytes, batch.start[i], capturedLength);
    }
    this.#index.append(
      offset,
      capturedLength,
      batch.originalLength[i],
      batch.seconds[i],
      batch.nanoseconds[i],
      batch.interfaceIndex[i],
    );
    if (this.#kept !== undefined && this.#index.offset(this.first) < this.#kept.oldest) this.#forget();
  }

  /**
   * Looks a packet up.
   *
   * @param index from `first` to `count`, exclusively
   * @returns undefined if its bytes are gone: it has left, or its file was cut or replaced
   */
  find(index: number): FoundPacket | undefined {
    if (index < this.first || index >= this.count) return undefined;
    const found = this.#found;
    const place = this.#index.offset(index);
    found.capturedLength = this.#index.capturedLength(index);
    const bytes = this.#kept ?? this.#pagesOf(this.#index.interfaceIndex(index));
    if (!bytes.read(place, found.capturedLength)) return undefined;
    found.view = bytes.view;
    found.start = bytes.start;
    found.originalLength = this.#index.originalLength(index);
    found.seconds = this.#index.seconds(index);
    found.nanoseconds = this.#index.nanoseconds(index);
    found.interfaceIndex = this.#index.interfaceIndex(index);
    found.linkType = this.interfaces[found.interfaceIndex]?.linkType ?? 0;
    return found;
  }

  /** Of the packet that came last: its place in the file or among kept bytes, and when it was captured. */
  last(): { readonly offset: number; readonly seconds: number; readonly nanoseconds: number } {
    const index = this.count - 1;
    return {
      offset: this.#index.offset(index),
      seconds: this.#index.seconds(index),
      nanoseconds: this.#index.nanoseconds(index),
    };
  }

  /** Notes that the packet that came last answers a request. */
  link(request: number): void {
    if (request >= this.first) this.#index.link(request);
  }

  /** Notes that the packet that came last is a request, and whether its reply was seen before it. */
  noteRequest(isAnswered: boolean): void {
    this.#index.noteRequest(isAnswered);
  }

  /** Notes that a request is answered, at whichever interface the reply was seen. */
  noteAnswered(request: number): void {
    if (request >= this.first) this.#index.noteAnswered(request);
  }

  /** Whether a packet that is still here is a request to which no reply came so far. */
  isUnanswered(packet: number): boolean {
    return this.#index.isUnanswered(packet);
  }

  /** Whether a packet is still here, and was captured on an interface. */
  isOfInterface(packet: number, interfaceIndex: number): boolean {
    return packet >= this.first && this.#index.interfaceIndex(packet) === interfaceIndex;
  }

  /** The request that a reply answers, where both are here. */
  requestOf(reply: number): number | undefined {
    const request = this.#index.request(reply);
    return request === undefined || request < this.first ? undefined : request;
  }

  /** When a packet that is still here was captured, in seconds since the first one. */
  secondsSinceFirst(index: number): number {
    const seconds = this.#index.seconds(index) - this.firstSeconds;
    return seconds + (this.#index.nanoseconds(index) - this.firstNanoseconds) / 1e9;
  }

  close(): void {
    for (const pages of this.#pages) pages?.close();
    this.#pages.length = 0;
  }

  #pagesOf(interfaceIndex: number): FilePages {
    const file = this.#fileOf(interfaceIndex);
    let pages = this.#pages[file];
    if (pages === undefined) pages = this.#pages[file] = new FilePages(this.#files[file] as string);
    return pages;
  }

  #forget(): void {
    const oldest = (this.#kept as KeptBytes).oldest;
    while (this.first < this.count && this.#index.offset(this.first) < oldest) this.first++;
    this.#index.dropBefore(this.first);
  }
}

/** libpcap's own filters, called in this process: what `tcpdump -r FILE -w - EXPRESSION` takes, without a process for each. */
import { createRequire } from 'node:module';
import type Koffi from 'koffi';

interface PcapPacket {
  /** struct pcap_pkthdr (pcap/pcap.h), and where the bytes are. */
  readonly header: object;
  readonly data: Uint8Array;
  readonly hex: string;
}

interface Libpcap {
  open(file: string, reason: Uint8Array): unknown;
  next(handle: unknown, header: unknown[], data: unknown[]): number;
  compile(handle: unknown, program: object, expression: string, optimize: number, netmask: number): number;
  filter(program: object, header: object, data: Uint8Array): number;
  free(program: object): void;
  close(handle: unknown): void;
  header(pointer: unknown): { caplen: number };
  bytes(pointer: unknown, length: number): Uint8Array;
}

const PCAP_NETMASK_UNKNOWN = 0xffffffff;
const PCAP_ERRBUF_SIZE = 256;

let libpcap: Libpcap | undefined;

function load(): Libpcap {
  const koffi: typeof Koffi = createRequire(import.meta.url)('koffi');
  const library = koffi.load('libpcap.so.0.8');
  const program = koffi.struct({ bf_len: 'uint32_t', bf_insns: 'void *' });
  const header = koffi.struct({ seconds: 'long', micros: 'long', caplen: 'uint32_t', len: 'uint32_t' });
  const programIn = koffi.pointer(program);
  const anyOut = koffi.out(koffi.pointer('void *'));
  return {
    open: library.func('pcap_open_offline', 'void *', ['str', 'uint8_t *']),
    next: library.func('pcap_next_ex', 'int', ['void *', anyOut, anyOut]),
    compile: library.func('pcap_compile', 'int', [
      ...['void *', koffi.out(koffi.pointer(program)), 'str', 'int', 'uint32_t'],
    ]),
    filter: library.func('pcap_offline_filter', 'int', [programIn, koffi.pointer(header), 'uint8_t *']),
    free: library.func('pcap_freecode', 'void', [programIn]),
    close: library.func('pcap_close', 'void', ['void *']),
    header: (pointer) => koffi.decode(pointer, header),
    bytes: (pointer, length) => new Uint8Array(koffi.view(pointer, length).slice(0)),
  };
}

/** A capture file as libpcap reads it. */
export class FilteredByLibpcap {
  readonly #library: Libpcap;
  readonly #handle: unknown;
  readonly #packets: PcapPacket[] = [];

  constructor(file: string) {
    libpcap ??= load();
    this.#library = libpcap;
    const { open, next, header, bytes } = libpcap;
    const reason = Buffer.alloc(PCAP_ERRBUF_SIZE);
    const handle = open(file, reason);
    if (handle === null) throw new Error(reason.toString('latin1', 0, reason.indexOf(0)));
    this.#handle = handle;
    const [at, place] = [[null], [null]] as [unknown[], unknown[]];
    while (next(handle, at, place) === 1) {
      const one = header(at[0]);
      // koffi has no view of nothing.
      const data = one.caplen === 0 ? new Uint8Array(1) : bytes(place[0], one.caplen);
      const hex = Buffer.from(data.subarray(0, one.caplen)).toString('hex');
      this.#packets.push({ header: one, data, hex });
    }
  }

  /** The packets that a filter takes, in hex; undefined where libpcap does not understand it. */
  take(expression: string): string[] | undefined {
    const { compile, filter, free } = this.#library;
    const program = {};
    if (compile(this.#handle, program, expression, 1, PCAP_NETMASK_UNKNOWN) !== 0) return undefined;
    try {
      return this.#packets
        .filter(({ header, data }) => filter(program, header, data) !== 0)
        .map(({ hex }) => hex);
    } finally {
      free(program);
    }
  }

  close(): void {
    this.#library.close(this.#handle);
  }
}

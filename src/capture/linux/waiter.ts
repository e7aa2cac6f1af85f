/** Waiting for packets without keeping JavaScript's thread, and without asking again and again. */
import { endianness } from 'node:os';
import { libc } from '../../host/libc.ts';

const LITTLE_ENDIAN = endianness() === 'LE';

const POLLIN = 1;
const POLLERR = 8;
/** struct pollfd: descriptor 32 bits, events asked for 16, events seen 16. */
const POLLFD = 8;
const EFD_NONBLOCK_CLOEXEC = 0o2004000;

export interface Waiter {
  /** Until a socket has packets or an error, {@link wake} is called, or the time (in milliseconds) has passed. */
  wait(milliseconds: number): Promise<void>;
  /** Whether the last wait ended with an error of the socket with this number. */
  hasError(index: number): boolean;
  /** Is not looked at any more. */
  forget(index: number): void;
  wake(): void;
  /** When no wait is under way. */
  close(): void;
}

/** A poll(2) on another thread for all sockets, and a descriptor of our own to end it with. */
export function createWaiter(sockets: readonly { readonly descriptor: number }[]): Waiter {
  const { eventfd, pollAside, write, close } = libc();
  const bell = eventfd(0, EFD_NONBLOCK_CLOEXEC);
  const descriptors = [...sockets.map(({ descriptor }) => descriptor), bell];
  const table = new DataView(new ArrayBuffer(descriptors.length * POLLFD));
  const bytes = new Uint8Array(table.buffer);
  for (const [index, descriptor] of descriptors.entries()) {
    table.setInt32(index * POLLFD, descriptor, LITTLE_ENDIAN);
    table.setInt16(index * POLLFD + 4, POLLIN, LITTLE_ENDIAN);
  }
  const rung = new Uint8Array(new BigUint64Array([1n]).buffer);
  let waiting = false;
  return {
    async wait(milliseconds) {
      waiting = true;
      await pollAside(bytes, descriptors.length, milliseconds);
      waiting = false;
    },
    hasError: (index) => (table.getInt16(index * POLLFD + 6, LITTLE_ENDIAN) & POLLERR) !== 0,
    // A negative descriptor is left out.
    forget: (index) => table.setInt32(index * POLLFD, -1, LITTLE_ENDIAN),
    wake() {
      if (waiting) write(bell, rung, rung.length);
    },
    close() {
      close(bell);
    },
  };
}

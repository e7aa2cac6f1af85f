/** Calls of the C library that Node does not have, through koffi: loaded once, and only where they are asked for. */
import { getSystemErrorMap } from 'node:util';
import { loadKoffi } from './koffi.ts';

/** An address in this process's memory. */
export type Address = bigint;

/** Calls as in their manual pages (section 2 and 3): -1 is a failure, and {@link LibC.errno} says which. */
export interface LibC {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(descriptor: number, level: number, name: number, value: Uint8Array, length: number): number;
  /** @param length one number: the room in, the length out */
  getsockopt(descriptor: number, level: number, name: number, value: Uint8Array, length: [number]): number;
  bind(descriptor: number, address: Uint8Array, length: number): number;
  ioctl(descriptor: number, request: number, argument: Uint8Array): number;
  mmap(
    address: Address,
    length: number,
    protection: number,
    flags: number,
    descriptor: number,
    offset: number,
  ): Address;
  munmap(address: Address, length: number): number;
  eventfd(initial: number, flags: number): number;
  /** Waits on another thread than JavaScript's. Resolves to what the call answers; why it failed is not known. */
  pollAside(descriptors: Uint8Array, count: number, milliseconds: number): Promise<number>;
  poll(descriptors: Uint8Array, count: number, milliseconds: number): number;
  write(descriptor: number, bytes: Uint8Array, length: number): number;
  /** @param vector struct iovec, as many as `count` */
  writev(descriptor: number, vector: Uint8Array, count: number): number;
  open(path: string, flags: number): number;
  close(descriptor: number): number;
  setns(descriptor: number, type: number): number;
  /** @param groups native 32-bit numbers */
  setgroups(count: number, groups: Uint32Array): number;
  /** Of this thread alone. */
  capset(header: Uint8Array, sets: Uint8Array): number;
  /** fsopen(2), Linux 5.2; -1 where the kernel has no such file system, or no such call. */
  fsopen(name: string, flags: number): number;
  /** fsconfig(2), of a command that takes nothing. */
  fsconfig(descriptor: number, command: number): number;
  /** fsmount(2): a mount without a place. */
  fsmount(descriptor: number, flags: number): number;
  /** @param time struct timespec: two native 64-bit numbers */
  clock_gettime(clock: number, time: BigInt64Array): number;
  /** Why the call before failed: to be read before any other. */
  errno(): number;
  /** The memory from an address on, as it is: not a copy. */
  memory(address: Address, length: number): ArrayBuffer;
}

/** What a call of the system failed with. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly errno: number;
  /** `ENODEV` */
  readonly code: string;

  /** @param call its name */
  constructor(call: string, errno: number) {
    const [code, words] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error'];
    super(`${call}: ${words} (${code})`);
    this.errno = errno;
    this.code = code;
  }
}

const SYS_FSOPEN = 430;
const SYS_FSCONFIG = 431;
const SYS_FSMOUNT = 432;

let loaded: LibC | undefined;

/**
 * The C library of this Linux.
 *
 * @throws {CaptureError} if koffi is not installed, or does not run here
 */
export function libc(): LibC {
  loaded ??= load();
  return loaded;
}

/** @throws {SystemError} if `result` says that the call just made failed */
export function checked(call: string, result: number): number {
  if (result === -1) throw new SystemError(call, libc().errno());
  return result;
}

function load(): LibC {
  const koffi = loadKoffi('the ring and other namespaces need');
  const library = koffi.load(null);
  const poll = library.func('int poll(uint8_t *, unsigned long, int)');
  const namedCall = library.func('syscall', 'long', ['long', 'const char *', 'unsigned int']);
  const plainCall = library.func('syscall', 'long', ['long', 'long', 'long', 'long', 'long', 'long']);
  return {
    socket: library.func('int socket(int, int, int)'),
    setsockopt: library.func('int setsockopt(int, int, int, const uint8_t *, uint32_t)'),
    getsockopt: library.func('int getsockopt(int, int, int, uint8_t *, _Inout_ uint32_t *)'),
    bind: library.func('int bind(int, const uint8_t *, uint32_t)'),
    ioctl: library.func('int ioctl(int, unsigned long, uint8_t *)'),
    mmap: library.func('void *mmap(void *, size_t, int, int, int, int64_t)'),
    munmap: library.func('int munmap(void *, size_t)'),
    eventfd: library.func('int eventfd(unsigned int, int)'),
    pollAside: (descriptors, count, milliseconds) =>
      new Promise((resolve, reject) => {
        poll.async(descriptors, count, milliseconds, (error: Error | null, result: number) =>
          error === null ? resolve(result) : reject(error),
        );
      }),
    poll,
    write: library.func('intptr_t write(int, const uint8_t *, size_t)'),
    writev: library.func('intptr_t writev(int, const uint8_t *, int)'),
    open: library.func('int open(const char *, int)'),
    close: library.func('int close(int)'),
    setns: library.func('int setns(int, int)'),
    setgroups: library.func('int setgroups(size_t, const uint32_t *)'),
    capset: library.func('int capset(const uint8_t *, const uint8_t *)'),
    // The C library has names for them since glibc 2.36; their numbers are the same on all machines.
    fsopen: (name, flags) => namedCall(SYS_FSOPEN, name, flags),
    fsconfig: (descriptor, command) => plainCall(SYS_FSCONFIG, descriptor, command, 0, 0, 0),
    fsmount: (descriptor, flags) => plainCall(SYS_FSMOUNT, descriptor, flags, 0, 0, 0),
    clock_gettime: library.func('int clock_gettime(int, int64_t *)'),
    errno: () => koffi.errno(),
    memory: (address, length) => koffi.view(address, length),
  };
}

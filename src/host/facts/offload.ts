/** Which work a device's driver takes off the kernel: ethtool's features (linux/ethtool.h), of devices in this thread's network namespace. */
import { bytesOfName } from '../device-name.ts';
import { type Address, type LibC, libc } from '../libc.ts';
import { AF_NETLINK, LITTLE_ENDIAN, SOCK_CLOEXEC, SOCK_RAW } from '../netlink.ts';
import type { LinkFacts } from './facts.ts';

const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 0x03;
const ETHTOOL_GSTRINGS = 0x1b;
const ETHTOOL_GSSET_INFO = 0x37;
const ETHTOOL_GFEATURES = 0x3a;
const ETH_SS_FEATURES = 4;
const NAME_LENGTH = 32;
/** ethtool_drvinfo: command 32 bits, driver 32 bytes; others behind. */
const DRIVER = 4;
/** ifreq: a name of 16 bytes, then an address, and room for what else it may be. */
const IFREQ = 40;
const IFREQ_NAME = 16;
/** ethtool_get_features_block: available, requested, active, never changed, 32 bits each. */
const BLOCK = 16;
const ACTIVE = 8;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MAP_FAILED = 0xffffffffffffffffn;
/** For 512 features, many more than there are. */
const ROOM = 1 << 15;

/** @returns undefined where the device does not say */
export type ReadOffload = (device: string) => LinkFacts['offload'];

/** The names of the features are asked for once, of the first device: the kernel has one list for all. */
export function withOffload<T>(use: (read: ReadOffload) => T): T {
  const c = libc();
  // Any socket will do, and this kind exists in every kernel.
  const descriptor = c.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
  const address = c.mmap(0n, ROOM, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  const isReady = descriptor >= 0 && address !== MAP_FAILED;
  try {
    return use(isReady ? createReader(c, descriptor, address) : () => undefined);
  } finally {
    if (address !== MAP_FAILED) c.munmap(address, ROOM);
    if (descriptor >= 0) c.close(descriptor);
  }
}

/** Of the whole kernel, so that they are asked for once. */
let featureNames: readonly string[] | undefined;

function createReader(c: LibC, descriptor: number, address: Address): ReadOffload {
  const memory = c.memory(address, ROOM);
  const view = new DataView(memory);
  const bytes = new Uint8Array(memory);

  /** @param words the command's 32-bit numbers */
  function ask(device: string, ...words: readonly number[]): boolean {
    bytes.fill(0);
    for (const [i, word] of words.entries()) view.setUint32(4 * i, word, LITTLE_ENDIAN);
    const request = new Uint8Array(IFREQ);
    request.set(bytesOfName(device).subarray(0, IFREQ_NAME - 1));
    new DataView(request.buffer).setBigUint64(IFREQ_NAME, address, LITTLE_ENDIAN);
    return c.ioctl(descriptor, SIOCETHTOOL, request) === 0;
  }

  function readNames(device: string): string[] | undefined {
    // ethtool_sset_info: command, reserved, mask 64 bits; then a number for each set.
    if (!ask(device, ETHTOOL_GSSET_INFO, 0, 1 << ETH_SS_FEATURES)) return undefined;
    const count = view.getUint32(16, LITTLE_ENDIAN);
    if (count * NAME_LENGTH + 12 > ROOM) return undefined;
    // ethtool_gstrings: command, set, count; then names.
    if (!ask(device, ETHTOOL_GSTRINGS, ETH_SS_FEATURES, count)) return undefined;
    return Array.from({ length: count }, (_, i) => textAt(12 + i * NAME_LENGTH));
  }

  function textAt(start: number): string {
    return Buffer.from(bytes.subarray(start, start + NAME_LENGTH))
      .toString('latin1')
      .replace(/\0.*$/s, '');
  }

  return (device) => {
    featureNames ??= readNames(device);
    if (featureNames === undefined) return undefined;
    // ethtool_gfeatures: command, blocks; then blocks of 32 features.
    if (!ask(device, ETHTOOL_GFEATURES, Math.ceil(featureNames.length / 32))) return undefined;
    const on = featureNames.filter(
      (_, i) => ((view.getUint32(8 + (i >> 5) * BLOCK + ACTIVE, LITTLE_ENDIAN) >>> (i & 31)) & 1) !== 0,
    );
    const driver = ask(device, ETHTOOL_GDRVINFO) ? textAt(DRIVER) : '';
    return { driver, on };
  };
}

/** Live capture: through Linux's own ring where there is one, else through npm cap. */

import { CaptureError, type PacketSource } from '../packet/source.ts';
import type { ProcessUser } from './privileges.ts';

/** `ring`: AF_PACKET on Linux; `cap`: libpcap through npm cap. */
export type Engine = 'ring' | 'cap';

export interface LiveOptions {
  /** At least one: `eth0`, `any` for all; on Linux also another namespace's, as `NETNS:IFACE`. */
  readonly interfaces: readonly string[];
  /** libpcap's filter language; everything where empty or not given. */
  readonly filter?: string;
  /** The most bytes kept of a packet; all where 0 or not given. */
  readonly snapLength?: number;
  /** Bytes of the kernel's buffer, for each interface; the ring's alone. */
  readonly bufferSize?: number;
  /**
   * Milliseconds after which packets are handed out though few come, as libpcap's packet buffer timeout; 60 where not given.
   * More costs less processor time, and the buffer lasts for longer pauses of its reader. The ring's alone.
   */
  readonly bufferTimeout?: number;
  /** False to leave out what is for other machines; the ring's alone. */
  readonly promiscuous?: boolean;
  /** The best that there is where not given. */
  readonly engine?: Engine;
  /** Whom a process that captures for us is to become once everything is open. */
  readonly user?: ProcessUser;
}

/**
 * Captures live. Resolves when packets are being captured.
 *
 * @throws {CaptureError} where an interface does not exist or is down, permission is missing, the filter is not understood,
 *   or what captures is not installed
 */
export async function openLive(options: LiveOptions): Promise<PacketSource> {
  const { engine } = options;
  if (process.platform === 'linux') {
    const log = await openPacketLog(options);
    if (log !== undefined) return log;
  }
  if (engine === 'cap') return openCap(options, undefined);
  const reason = process.platform === 'linux' ? await openRing(options) : 'the ring is Linux’s alone';
  if (typeof reason !== 'string') return reason;
  if (engine === 'ring')
    throw new CaptureError(`${reason}; leave --engine ring out to capture through npm cap`);
  return openCap(options, process.platform === 'linux' ? reason : undefined);
}

/** @returns undefined where no interface is Linux's packet log */
async function openPacketLog(options: LiveOptions): Promise<PacketSource | undefined> {
  const { interfaces, filter = '', snapLength = 0, bufferSize } = options;
  if (!interfaces.some((name) => name.includes('nflog'))) return undefined;
  const [{ parseLogName }, { openLog }] = await Promise.all([
    import('./linux/nflog-socket.ts'),
    import('./linux/nflog-source.ts'),
  ]);
  const logs = interfaces.flatMap((name) => parseLogName(name) ?? []);
  const [log] = logs;
  if (log === undefined) return undefined;
  if (interfaces.length > 1) {
    throw new CaptureError(
      `${log.name} is captured alone; expected no other interface beside it (several groups are one: nflog:5,6)`,
    );
  }
  return openLog({ log, filter, snapLength, ...(bufferSize !== undefined && { bufferSize }) });
}

/** @returns why not, where another engine may */
async function openRing(options: LiveOptions): Promise<PacketSource | string> {
  const { interfaces, filter = '', snapLength = 0, promiscuous = true, bufferSize, bufferTimeout } = options;
  const [{ libc }, { parseInterfaceName }, { openRing }, { RingUnavailableError }] = await Promise.all([
    import('../host/libc.ts'),
    import('../host/namespace.ts'),
    import('./linux/ring-source.ts'),
    import('./linux/packet-socket.ts'),
  ]);
  try {
    libc();
  } catch (error) {
    return (error as Error).message;
  }
  try {
    return openRing({
      interfaces: interfaces.map(parseInterfaceName),
      filter,
      snapLength,
      promiscuous,
      ...(bufferSize !== undefined && { bufferSize }),
      ...(bufferTimeout !== undefined && { bufferTimeout }),
    });
  } catch (error) {
    if (error instanceof RingUnavailableError) return error.message;
    throw error;
  }
}

async function openCap(options: LiveOptions, because: string | undefined): Promise<PacketSource> {
  const { interfaces, filter, snapLength, bufferSize, promiscuous, user } = options;
  if (bufferSize !== undefined || promiscuous === false) {
    throw new CaptureError('-B and -p are for the ring; npm cap has neither: leave them out');
  }
  return (await import('./cap/cap.ts')).openCap({
    interfaces,
    ...(filter !== undefined && { filter }),
    ...(snapLength !== undefined && { snapLength }),
    ...(user !== undefined && { user }),
    ...(because !== undefined && { because }),
  });
}

/** Live capture: through Linux's own ring if there is one, otherwise through npm cap; elsewhere through programs that bring the packets. */

import type { Survey } from '../host/survey.ts';
import { CaptureError, type PacketSource } from '../packet/source.ts';
import type { ProcessUser } from './privileges.ts';
import type { KubeOptions } from './remote/kubectl.ts';
import type { RemotePoint } from './remote/point-name.ts';
import type { RemoteSource } from './remote/remote-source.ts';

/** `ring`: AF_PACKET on Linux; `cap`: libpcap through npm cap. */
export type Engine = 'ring' | 'cap';

export interface LiveOptions {
  /**
   * At least one: `eth0`, `any` for all; on Linux also another namespace's, as `NETNS:IFACE`; and points elsewhere: `ssh://HOST/IFACE`,
   * `kube://node/NAME/IFACE`, `cmd:NAME=COMMAND`. If one of several points fails, its warning says so, and the others go on.
   */
  readonly interfaces: readonly string[];
  /** In libpcap's filter language; default, or if empty: everything. */
  readonly filter?: string;
  /** The most bytes kept of a packet; default, or if 0: all. */
  readonly snapLength?: number;
  /** The size of the kernel's buffer for each interface, in bytes; only for the ring. */
  readonly bufferSize?: number;
  /**
   * Milliseconds after which packets are delivered even if there are few, like libpcap's packet buffer timeout; default: 60.
   * A longer time takes less processor time, and the buffer survives longer pauses of its reader. Only for the ring.
   */
  readonly bufferTimeout?: number;
  /** False to leave out what is for other machines; only for the ring. */
  readonly promiscuous?: boolean;
  /** Default: the best available. */
  readonly engine?: Engine;
  /** Whether to find out whose addresses and interfaces are; only for the ring. */
  readonly names?: boolean;
  /** The user that a process capturing for us becomes once everything is open. */
  readonly user?: ProcessUser;
  /** Ends the wait for points elsewhere to begin: what is opened is to be stopped then. */
  readonly signal?: {
    /** Whether it came already. */
    readonly aborted: boolean;
    /** Calls back when it comes. */
    addEventListener(type: 'abort', listener: () => void): void;
  };
  /** How `kubectl debug` is asked for a pod on a node. */
  readonly kube?: KubeOptions;
}

/** Milliseconds that points elsewhere have to begin, before packets are read; what comes later is taken too. */
const BEGIN_WITHIN = 10_000;

/**
 * Captures live. Resolves once packets are being captured.
 *
 * @throws {CaptureError} if an interface does not exist or is down, permission is missing, the filter is not understood,
 *   or what captures is not installed
 */
export async function openLive(options: LiveOptions): Promise<PacketSource> {
  const { interfaces } = options;
  if (!interfaces.some((name) => /^(ssh|kube|cmd):/.test(name))) return openHere(options);
  const { parseRemotePoint } = await import('./remote/point-name.ts');
  const points = interfaces.flatMap((name) => parseRemotePoint(name) ?? []);
  if (points.length === 0) return openHere(options);
  return openElsewhere(points, {
    ...options,
    interfaces: interfaces.filter((name) => points.every(({ text }) => text !== name)),
  });
}

/** @param options those of what is captured here */
async function openElsewhere(points: readonly RemotePoint[], options: LiveOptions): Promise<PacketSource> {
  const [{ openRemote }, { distinctNames }, { mergeSources }] = await Promise.all([
    import('./remote/remote-source.ts'),
    import('./remote/point-name.ts'),
    import('./file/merged-source.ts'),
  ]);
  const { filter = '', interfaces, signal } = options;
  const remote: RemoteSource[] = [];
  const here: PacketSource[] = [];
  try {
    for (const point of distinctNames(points, interfaces))
      remote.push(openRemote(point, { ...options, filter }));
    if (interfaces.length > 0) here.push(await openHere(options));
  } catch (error) {
    await Promise.all(remote.map((source) => source.close()));
    throw error;
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, BEGIN_WITHIN);
    signal?.addEventListener('abort', () => resolve());
    if (signal?.aborted) resolve();
  });
  await Promise.race([Promise.all(remote.map((source) => source.settled)), late]);
  clearTimeout(timer);
  if (signal?.aborted !== true) for (const source of remote) source.goOnWithout();
  if (here.length === 0 && remote.every(({ fault }) => fault !== undefined)) {
    await Promise.all(remote.map((source) => source.close()));
    throw remote[0]?.fault;
  }
  // What a command captures it filters itself, if at all.
  const isFiltered = filter !== '' && points.some(({ kind }) => kind === 'command');
  const there = isFiltered ? await filterCommands(points, remote, filter) : remote;
  const [only] = there;
  return there.length === 1 && here.length === 0 && only !== undefined
    ? only
    : mergeSources([...here, ...there], { isLenient: true });
}

async function filterCommands(
  points: readonly RemotePoint[],
  sources: readonly PacketSource[],
  filter: string,
): Promise<PacketSource[]> {
  const { filtered } = await import('./filter/filter.ts');
  return sources.map((source, i) => (points[i]?.kind === 'command' ? filtered(source, filter) : source));
}

async function openHere(options: LiveOptions): Promise<PacketSource> {
  const { engine } = options;
  if (process.platform === 'linux') {
    const log = await openPacketLog(options);
    if (log !== undefined) return log;
  }
  if (engine === 'cap') return openCap(options, undefined);
  const reason = process.platform === 'linux' ? await openRing(options) : 'the ring exists only on Linux';
  if (typeof reason !== 'string') return reason;
  if (engine === 'ring')
    throw new CaptureError(`${reason}; leave --engine ring out to capture through npm cap`);
  return openCap(options, process.platform === 'linux' ? reason : undefined);
}

/** @returns undefined if no interface is Linux's packet log */
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
      `${log.name} can't be captured with other interfaces (several groups are one: nflog:5,6)`,
    );
  }
  return openLog({ log, filter, snapLength, ...(bufferSize !== undefined && { bufferSize }) });
}

/** @returns why not, where another engine may */
async function openRing(options: LiveOptions): Promise<PacketSource | string> {
  const { interfaces, filter = '', snapLength = 0, promiscuous = true, bufferSize, bufferTimeout } = options;
  const [{ libc }, { parseNamedInterface }, { surveyNamespaces }, { openRing }, { RingUnavailableError }] =
    await Promise.all([
      import('../host/libc.ts'),
      import('../host/containers/named-interface.ts'),
      import('../host/survey.ts'),
      import('./linux/ring-source.ts'),
      import('./linux/packet-socket.ts'),
    ]);
  try {
    libc();
  } catch (error) {
    return (error as Error).message;
  }
  try {
    let surveyed: Survey | undefined;
    const survey = () => (surveyed ??= surveyNamespaces());
    const parsed = interfaces.map((name) => parseNamedInterface(name, survey));
    const naming = options.names === true ? await import('../host/containers/address-names.ts') : undefined;
    const source = openRing({
      interfaces: parsed.map((one) => ({ ...one, description: naming?.describeInterface(one, survey()) })),
      filter,
      snapLength,
      promiscuous,
      ...(bufferSize !== undefined && { bufferSize }),
      ...(bufferTimeout !== undefined && { bufferTimeout }),
    });
    return naming === undefined ? source : Object.assign(source, { names: naming.nameAddresses(survey()) });
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

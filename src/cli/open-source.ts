/** Opens what a command reads, files or interfaces, and then gives up root; and the display filter that its packets pass. */
import { openCaptureFile } from '../capture/file/open-capture.ts';
import { dropCapabilities, dropPrivileges, type ProcessUser, userToBecome } from '../capture/privileges.ts';
import type { DisplayFilter } from '../display-filter/display-filter.ts';
import { CaptureError, type PacketSource } from '../packet/source.ts';
import { escapeControls } from '../text/printable.ts';
import { UsageError } from './errors.ts';
import { type Input, resolveInput, shortNames } from './input.ts';
import type { InputOptions } from './input-options.ts';
import { interruptible } from './signals.ts';
import { openOutput } from './standard-output.ts';
import { closeDebugger } from './status-signal.ts';

/** Milliseconds that packets may wait in the kernel's buffer where nobody looks at them as they come: each block wakes a process. */
export const UNWATCHED_TIMEOUT = 500;

/**
 * Opens what `-i`, `-r` and the filter's words ask for, and then gives up root where that is asked for or sudo was used: what
 * is read, decoded and written comes after. What is loaded later than this must be readable for that user.
 *
 * @throws {CaptureError | UsageError} if that can't be had
 */
export async function openSource(
  options: InputOptions,
  words: readonly string[],
  beside?: Beside,
): Promise<PacketSource> {
  return (await openSources([options], words, beside))[0] as PacketSource;
}

/** What else needs root: it is opened before the sources are. */
export type Beside = () => void;

/** The same for several: root is given up once all are open. Where one can't be had, none is left open. */
export async function openSources(
  inputs: readonly InputOptions[],
  words: readonly string[],
  beside?: Beside,
): Promise<PacketSource[]> {
  const opened = await tryOpenSources(inputs, words, beside);
  const failure = opened.find((one) => one instanceof CaptureError);
  if (failure === undefined) return opened as PacketSource[];
  for (const one of opened) if (!(one instanceof CaptureError)) await one.close();
  throw failure;
}

/** The same, with the reason in place of each that can't be had. */
export async function tryOpenSources(
  inputs: readonly InputOptions[],
  words: readonly string[],
  beside?: Beside,
): Promise<(PacketSource | CaptureError)[]> {
  const opened: (PacketSource | CaptureError)[] = [];
  try {
    await withRoot(inputs[0]?.user, async (user) => {
      beside?.();
      // Side by side: a host may take its time.
      const opening = inputs.map((input) => openInput(input, words, user).catch(captureError));
      for (const one of await Promise.allSettled(opening)) {
        if (one.status === 'rejected') throw one.reason;
        opened.push(one.value);
      }
    });
  } catch (error) {
    for (const one of opened) if (!(one instanceof CaptureError)) await one.close();
    throw error;
  }
  return opened;
}

/**
 * Opens what only root may, and gives root up.
 *
 * @param wanted whom to become, where somebody is named
 * @param open is told whom
 */
export async function withRoot(
  wanted: string | undefined,
  open: (user: ProcessUser | undefined) => void | Promise<void>,
): Promise<void> {
  const user = userToBecome(wanted);
  // Before this process has anything that would be worth it.
  closeDebugger();
  openOutput();
  await open(user);
  if (user === undefined) await dropCapabilities();
  else dropPrivileges(user);
}

function captureError(error: unknown): CaptureError {
  if (error instanceof CaptureError) return error;
  throw error;
}

/** Opens a file once more, as whoever this process is by now. @throws {CaptureError} if that can't be had */
export async function openAgain(options: InputOptions, words: readonly string[]): Promise<PacketSource> {
  return openInput(options, words, undefined);
}

async function openInput(
  options: InputOptions,
  words: readonly string[],
  user: ProcessUser | undefined,
): Promise<PacketSource> {
  const { from, filter: chosen } = resolveInput(options, words);
  const filter = inDirection(options.direction, chosen);
  try {
    return await openResolved(options, { from, filter }, user);
  } catch (error) {
    if (filter === '') throw error;
    throw await (await import('./capture-filter.ts')).asFilterMistake(error, filter);
  }
}

/** libpcap's language has words for it, which the kernel answers. */
function inDirection(direction: InputOptions['direction'], filter: string): string {
  if (direction === undefined || direction === 'inout') return filter;
  const word = direction === 'in' ? 'inbound' : 'outbound';
  return filter === '' ? word : `${word} and (${filter})`;
}

async function openResolved(
  options: InputOptions,
  { from, filter }: Input,
  user: ProcessUser | undefined,
): Promise<PacketSource> {
  if ('file' in from) {
    const { file, others } = from;
    if (others.length === 0) return openFile(file, filter);
    const files = [file, ...others];
    const opened: PacketSource[] = [];
    try {
      for (const one of files) opened.push(await openFile(one, filter));
    } catch (error) {
      for (const one of opened) await one.close();
      throw error;
    }
    const { mergeSources } = await import('../capture/file/merged-source.ts');
    return mergeSources(opened, { names: shortNames(files) });
  }
  const interfaces = from.interfaces.length > 0 ? from.interfaces : [await defaultInterface()];
  const { openLive } = await import('../capture/live.ts');
  const { snaplen: snapLength, bufferSize, bufferTimeout, promiscuous, direction, names } = options;
  // libpcap loses the first packets: those of its buffer's first blocks it filters itself, and can't tell their direction.
  const engine = direction === undefined || direction === 'inout' ? options.engine : 'ring';
  // What runs elsewhere is in no terminal's group: a signal that ended this process alone would leave it there.
  return interruptible(async (signal) => {
    const source = await openLive({
      interfaces,
      signal,
      filter,
      ...(user !== undefined && { user }),
      ...(snapLength !== undefined && { snapLength }),
      ...(bufferSize !== undefined && { bufferSize }),
      ...(bufferTimeout !== undefined && { bufferTimeout }),
      ...(promiscuous !== undefined && { promiscuous }),
      ...(engine !== undefined && { engine }),
      ...(names === true && { names }),
      kube: { image: options.kubeImage, profile: options.kubeProfile },
    });
    if (signal.aborted) source.stop();
    return source;
  });
}

async function openFile(file: string, filter: string): Promise<PacketSource> {
  const source = await openCaptureFile(file);
  return filter === '' ? source : (await import('../capture/filter/filter.ts')).filtered(source, filter);
}

/** A filter is opened once for each source; what is worth saying of it is said once. */
const said = new Set<string>();

/**
 * The display filter that `-Y` gives, if any. It sees every packet that is read, so that numbers and times stay those of all.
 * What is worth saying of it goes to standard error.
 *
 * @throws {DisplayFilterError} if it is not understood
 */
export async function openDisplayFilter({ displayFilter }: InputOptions): Promise<DisplayFilter | undefined> {
  if (displayFilter === undefined) return undefined;
  const filter = (await import('../display-filter/display-filter.ts')).compileDisplayFilter(displayFilter);
  for (const warning of filter.warnings) {
    if (!said.has(warning)) console.error(`tunnelscope: ${escapeControls(warning)}`);
    said.add(warning);
  }
  return filter;
}

/** The first interface that is up and no loopback, as tcpdump chooses. */
async function defaultInterface(): Promise<string> {
  const { ANY_INTERFACE, listInterfaces } = await import('../host/interfaces.ts');
  const known = listInterfaces();
  const chosen = known.find((entry) => entry.up && !entry.loopback && entry.name !== ANY_INTERFACE);
  if (chosen === undefined) {
    const names = known.map(({ name, up }) => (up ? name : `${name} (down)`)).join(', ');
    throw new UsageError(
      `no interface is up to capture on; name one with -i (available: ${names}), or a file with -r`,
    );
  }
  return chosen.name;
}

/** `extcap --capture`: packets into the named pipe that Wireshark made and reads, until it stops reading or says so by a signal. */
import { closeSync, constants, openSync, type Stats, statSync } from 'node:fs';
import { openNamedPipe, type PipeFile } from '../../../capture/write/output-file.ts';
import { createDecoder } from '../../../decode/decoder.ts';
import type { DisplayFilter } from '../../../display-filter/display-filter.ts';
import type { PacketSource } from '../../../packet/source.ts';
import { EXIT, UsageError } from '../../errors.ts';
import type { InputOptions } from '../../input-options.ts';
import { openDisplayFilter, openSource } from '../../open-source.ts';
import { OutputClosed } from '../../standard-output.ts';
import { printPackets } from '../show/print-packets.ts';
import { writeAll, writing } from '../show/write-packets.ts';
import type { ExtcapRequest } from './request.ts';

/** Milliseconds between two looks whether somebody reads still, while no packet comes. */
const READER_CHECK = 500;

/** @param name as `-i` takes it */
export async function capture(name: string, request: ExtcapRequest): Promise<number> {
  const { fifo = '', extcapCaptureFilter, displayFilter, snaplen, promiscuous } = request;
  const status = statusOf(fifo);
  // Through sudo it is the caller, whosever pipe they name.
  const maker = request.forCaller === true ? undefined : makerOf(status);
  const options: InputOptions = {
    interface: [name],
    // Wireshark takes any word on standard error for an error.
    silent: true,
    ...(maker !== undefined && { user: maker }),
    ...(extcapCaptureFilter !== undefined && { captureFilter: extcapCaptureFilter }),
    ...(displayFilter !== undefined && displayFilter !== '' && { displayFilter }),
    ...(snaplen !== undefined && { snaplen }),
    ...(promiscuous === false && { promiscuous }),
  };
  const { pipe, source, filter } = await open(fifo, options, mayOpenFirst(status, request));
  const watch = setInterval(() => {
    if (pipe.pipe.isAbandoned) source.stop();
  }, READER_CHECK);
  try {
    await writing(source, { ...options, write: fifo, pipe }, (writer) =>
      filter === undefined
        ? writeAll(source, options, writer)
        : printPackets(source, options, { decoder: createDecoder(), filter, writer }),
    );
  } finally {
    clearInterval(watch);
  }
  return EXIT.done;
}

function statusOf(fifo: string): Stats {
  const status = fifo === '' ? undefined : statSync(fifo, { throwIfNoEntry: false });
  if (status?.isFIFO() === true) return status;
  throw new UsageError(`--fifo "${fifo}" is not a named pipe; expected the one that Wireshark made`);
}

/** As root, whoever made the pipe is whom this process becomes; undefined for root itself, and where we are not root. */
function makerOf({ uid, gid }: Stats): string | undefined {
  return process.geteuid?.() === 0 && uid !== 0 ? `${uid}:${gid}` : undefined;
}

/** Who calls sudo can't open root's pipe later; nor does root open a pipe that somebody else may have put there. */
function mayOpenFirst({ uid }: Stats, { forCaller }: ExtcapRequest): boolean {
  return process.geteuid?.() !== 0 || (uid === 0 && forCaller !== true);
}

interface Opened {
  readonly pipe: PipeFile;
  readonly source: PacketSource;
  readonly filter: DisplayFilter | undefined;
}

/** However this ends, the pipe was open once: dumpcap waits for that, and hears nothing meanwhile. */
async function open(fifo: string, options: InputOptions, pipeFirst: boolean): Promise<Opened> {
  const pipe = pipeFirst ? openPipe(fifo) : undefined;
  let source: PacketSource | undefined;
  try {
    const filter = await openDisplayFilter(options);
    source = await openSource(options, []);
    return { pipe: pipe ?? openPipe(fifo), source, filter };
  } catch (error) {
    await source?.close();
    if (pipe === undefined) closeSync(openSync(fifo, constants.O_WRONLY));
    throw error;
  }
}

/** That its reader goes away is how Wireshark ends a capture, and no error. */
function openPipe(path: string): PipeFile {
  const file = openNamedPipe(path);
  if (file === undefined) throw new UsageError(`--fifo "${path}" is not a named pipe any more`);
  return {
    ...file,
    failed: (error) =>
      (error as NodeJS.ErrnoException).code === 'EPIPE' ? new OutputClosed() : file.failed(error),
  };
}

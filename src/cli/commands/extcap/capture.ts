/** `extcap --capture`: writes packets to the named pipe that Wireshark made, until Wireshark stops reading or sends a signal. */
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

/** Milliseconds between checks that the pipe still has a reader. */
const READER_CHECK = 500;

/** @param name as `-i` takes it */
export async function capture(name: string, request: ExtcapRequest): Promise<number> {
  const { fifo = '', extcapCaptureFilter, displayFilter, snaplen, promiscuous } = request;
  const status = statusOf(fifo);
  // Through sudo it is always the caller, whoever owns the pipe.
  const maker = request.forCaller === true ? undefined : makerOf(status);
  const options: InputOptions = {
    interface: [name],
    // Wireshark reports anything on standard error as an error.
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

/** The user who made the pipe: root becomes that user. Undefined if that is root, or if we are not root. */
function makerOf({ uid, gid }: Stats): string | undefined {
  return process.geteuid?.() === 0 && uid !== 0 ? `${uid}:${gid}` : undefined;
}

/** The user who called sudo can't open root's pipe later, and root does not write to a pipe that another user made. */
function mayOpenFirst({ uid }: Stats, { forCaller }: ExtcapRequest): boolean {
  return process.geteuid?.() !== 0 || (uid === 0 && forCaller !== true);
}

interface Opened {
  readonly pipe: PipeFile;
  readonly source: PacketSource;
  readonly filter: DisplayFilter | undefined;
}

/** Opens the pipe even if something fails: dumpcap waits for that, and can't be told anything else. */
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

/** A reader that goes away is not an error: Wireshark ends captures that way. */
function openPipe(path: string): PipeFile {
  const file = openNamedPipe(path);
  if (file === undefined) throw new UsageError(`--fifo "${path}" is not a named pipe any more`);
  return {
    ...file,
    failed: (error) =>
      (error as NodeJS.ErrnoException).code === 'EPIPE' ? new OutputClosed() : file.failed(error),
  };
}

import { closeSync, fstatSync, open, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { type ByteStream, CaptureError, type PacketSource } from '../../packet/source.ts';
import { escapeControls } from '../../text/printable.ts';
import { type ByteSource, fileBytes, streamBytes, withHead } from './byte-source.ts';
import { gunzip, isGzip, isZstandard, unzstandard } from './compressed.ts';
import { otherFormat } from './other-formats.ts';
import { FILE_HEADER, isPcap, openPcap } from './pcap-file.ts';
import { isPcapng, openPcapng } from './pcapng-file.ts';

const STANDARD_INPUT = 0;

/**
 * Opens a capture file: pcap or pcapng, plain or compressed with gzip or zstd, recognised by its content. {@link batches}, {@link packets},
 * {@link verifyCapture}, {@link tracePath} and {@link writeCapture} read it to the end and close it; otherwise call `close()`.
 *
 * @param path a path, or "-" for standard input
 * @throws {CaptureError} if there is no such file, it can't be read, or is not a capture
 */
export async function openCaptureFile(path: string): Promise<PacketSource> {
  if (path === '-') {
    const status = fstatSync(STANDARD_INPUT);
    // A directory would read as nothing at all.
    if (status.isDirectory()) throw new CaptureError(directoryFailure('standard input'));
    return openBytes(streamBytes(process.stdin, 'standard input', !status.isFile()));
  }
  return openBytes(await openFile(path));
}

/**
 * Opens a capture that comes as a stream of bytes, in any of the formats of {@link openCaptureFile}. Closing the source ends the
 * stream.
 *
 * ```ts
 * const tcpdump = spawn('ssh', ['node1', 'tcpdump', '-U', '-w', '-', 'udp port 8472'], { stdio: ['ignore', 'pipe', 'inherit'] });
 * const { verdict } = await verifyCapture(await openCaptureStream(tcpdump.stdout, 'node1'));
 * ```
 *
 * @param stream pieces of bytes: Node's readable streams, the web's, or a generator's
 * @param name what to call it in messages
 * @throws {CaptureError} if it is not a capture
 */
export function openCaptureStream(stream: ByteStream, name = 'the stream'): Promise<PacketSource> {
  return openBytes(streamBytes(stream, name));
}

async function openFile(path: string): Promise<ByteSource> {
  const name = escapeControls(path);
  try {
    const found = statSync(path);
    if (found.isFIFO()) return streamBytes(await openPipe(path), name);
    // A device may wait for somebody.
    const descriptor = found.isFile() ? openSync(path, 'r') : await promisify(open)(path, 'r');
    const status = fstatSync(descriptor);
    if (!status.isDirectory()) return fileBytes(descriptor, name, status.isFile() ? status.size : undefined);
    closeSync(descriptor);
  } catch (error) {
    throw new CaptureError(openFailure(name, error as NodeJS.ErrnoException));
  }
  throw new CaptureError(directoryFailure(name));
}

/** Waits for somebody to write to a named pipe. What is read from it as a file could not be ended while it waits for bytes. */
async function openPipe(path: string): Promise<Socket> {
  return new Socket({ fd: await promisify(open)(path, 'r'), writable: false });
}

function directoryFailure(name: string): string {
  return `${name} is a directory; expected a capture file; name one in it`;
}

function openFailure(name: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return `${name}: no such file; check the path`;
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return `${name}: no permission to read it; run with sudo, or change its mode with chmod`;
  }
  return `${name}: can't be opened (${error.code ?? error.message}); check the path`;
}

async function openBytes(raw: ByteSource, decompressed = false): Promise<PacketSource> {
  try {
    const head = await readHead(raw);
    if (head.length >= 4 && isPcap(head)) return await openPcap(raw, head);
    const source = withHead(head, raw);
    if (head.length >= 4) {
      if (isPcapng(head)) return openPcapng(source);
      if (!decompressed && isGzip(head)) return await openBytes(gunzip(source), true);
      if (!decompressed && isZstandard(head)) return await openBytes(unzstandard(source), true);
    }
    throw new CaptureError(notACapture(source, head));
  } catch (error) {
    await raw.close();
    throw error;
  }
}

/** The first bytes, which a pipe may give one at a time: as many as pcap's header has, enough to recognise every format. */
async function readHead(source: ByteSource): Promise<Uint8Array> {
  const head = new Uint8Array(FILE_HEADER);
  let length = 0;
  try {
    while (length < FILE_HEADER) {
      const count = await source.read(head, length, FILE_HEADER - length);
      if (count === 0) break;
      length += count;
    }
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    throw new CaptureError(
      `${source.name}: can't be read (${(error as Error).message}); expected a capture file`,
    );
  }
  return head.subarray(0, length);
}

function notACapture(source: ByteSource, head: Uint8Array): string {
  if (head.length === 0) {
    if (source.fault !== undefined)
      return `${source.name}: the file ${source.fault}; copy or record it again`;
    return `${source.name}: empty; expected a pcap or pcapng capture; check that the recording ran`;
  }
  const known = otherFormat(head);
  if (known !== undefined) return `${source.name}: expected a pcap or pcapng capture, and this is ${known}`;
  const hex = Buffer.from(head).toString('hex');
  const shown = hex.slice(0, 16).replace(/..(?=.)/g, '$& ');
  return `${source.name}: not a capture file: it starts with the bytes ${shown}; expected pcap or pcapng, plain or compressed with gzip or zstd; check the path`;
}

/** Files that packets are written to: under their name whole or not at all, or from their first byte on for a live capture. */

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CaptureError } from '../../packet/source.ts';
import { escapeControls } from '../../text/printable.ts';
import type { GatheredPieces } from './gathered-pieces.ts';
import { PipeWriter } from './pipe-writer.ts';
import { type HeldPlace, holdPlace, isRootPlace } from './root-place.ts';

export interface OutputFile {
  /**
   * Writes whole records, all of them.
   *
   * @throws {CaptureError} if that fails: the file then ends behind the records of the calls before, or is gone
   */
  write(bytes: Uint8Array): void;
  /** The same, from where the pieces lie; of a file that is not compressed. */
  writePieces(pieces: GatheredPieces): void;
  /** Puts the file in place. */
  finish(): void;
  /** Leaves nothing behind of a file that was not to be seen before it was whole. */
  discard(): void;
}

/**
 * Opens a file to write to; one whose name ends in .gz is compressed, in members that each can be read without the others.
 *
 * @param atOnce the file is there from the start, for a live capture that others look at meanwhile; otherwise what it is
 *   stands beside it under another name until {@link OutputFile.finish}
 * @param packets how many of the calls before wrote, for the message where one fails
 * @throws {CaptureError} if it can't be written to
 */
export function openOutputFile(path: string, atOnce: boolean, packets: () => number = () => 0): OutputFile {
  const name = escapeControls(path);
  const target = placeOf(path, name, atOnce);
  const { temporary } = target;
  let descriptor: number;
  try {
    descriptor = openPlace(target);
    if (temporary !== undefined && target.mode !== undefined) fchmodSync(descriptor, target.mode);
  } catch (error) {
    target.close();
    throw new CaptureError(openFailure(name, error as NodeJS.ErrnoException));
  }
  const compress = path.endsWith('.gz');
  let written = 0;
  let isOpen = true;

  function discard(): void {
    if (!isOpen) return;
    isOpen = false;
    try {
      closeSync(descriptor);
      if (temporary !== undefined) unlinkSync(temporary);
    } catch {
      // Its folder is gone, or the disk is: what failed before says so.
    }
    target.close();
  }

  /** @param before bytes in front of it that are there already, and are no whole records */
  function writeAll(content: Uint8Array, before: number): void {
    let at = 0;
    try {
      while (at < content.length) at += writeSync(descriptor, content, at);
      written += before + at;
    } catch (error) {
      if (temporary === undefined) cutOff(descriptor, written);
      discard();
      throw failed(error);
    }
  }

  function failed(error: unknown): CaptureError {
    const left = temporary === undefined ? `whole packets kept: ${packets()}` : 'no file was made';
    return new CaptureError(
      `${name}: writing failed (${left}): ${writeFailureReason(error as NodeJS.ErrnoException)}`,
    );
  }

  return {
    write: (bytes) => writeAll(compress ? gzipSync(bytes, { level: 1 }) : bytes, 0),
    writePieces(pieces) {
      const taken = Math.max(0, pieces.writeTo(descriptor));
      if (taken === pieces.length) written += taken;
      else writeAll(pieces.copy(taken), taken);
    },
    finish() {
      if (!isOpen) return;
      isOpen = false;
      try {
        closeSync(descriptor);
        if (temporary !== undefined) renameSync(temporary, target.path);
      } catch (error) {
        throw failed(error);
      } finally {
        target.close();
      }
    },
    discard,
  };
}

/**
 * Opens a pipe with a name to write to; waits until somebody reads it.
 *
 * @returns undefined if this is no pipe
 * @throws {CaptureError} if it can't be written to
 */
export function openNamedPipe(path: string): PipeFile | undefined {
  const name = escapeControls(path);
  if (statusOf(path, name)?.isFIFO() !== true) return undefined;
  const place = placeOf(path, name, true);
  try {
    const pipe = new PipeWriter(openPlace(place));
    const failed = (error: unknown) =>
      new CaptureError(`${name}: writing failed: ${writeFailureReason(error as NodeJS.ErrnoException)}`);
    return { name, pipe, failed };
  } catch (error) {
    throw new CaptureError(openFailure(name, error as NodeJS.ErrnoException));
  } finally {
    place.close();
  }
}

export interface PipeFile {
  /** For messages. */
  readonly name: string;
  readonly pipe: PipeWriter;
  /** What failed in writing to it, in words. */
  failed(error: unknown): Error;
}

interface Place {
  readonly path: string;
  /** Where the file grows; undefined if it does so under its own name. */
  readonly temporary?: string;
  /** Of the file that is replaced. */
  readonly mode?: number;
  /** What root found there, and has to find there when it opens it; null for nothing. */
  readonly found?: Stats | null;
  /** See {@link HeldPlace}. */
  readonly isKernels?: boolean;
  close(): void;
}

/** A device, or a pipe with a name, is written to as it is; through a link, what the link points to is replaced. */
function placeOf(path: string, name: string, atOnce: boolean): Place {
  if (isRootPlace()) return placeOfRoot(path, name, atOnce);
  const status = statusOf(path, name);
  const close = () => undefined;
  if (isInPlace(status, name, atOnce)) return { path, close };
  const real = status === undefined ? path : realpathSync(path);
  return { ...beside(dirname(real), basename(real), status), close };
}

function placeOfRoot(path: string, name: string, atOnce: boolean): Place {
  const { folder, name: base, status, isKernels, close } = heldPlace(path, name);
  try {
    const inPlace = { path: join(folder, base), found: status ?? null, isKernels };
    return { ...(isInPlace(status, name, atOnce) ? inPlace : beside(folder, base, status)), close };
  } catch (error) {
    close();
    throw error;
  }
}

function heldPlace(path: string, name: string): HeldPlace {
  try {
    return holdPlace(path, name);
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    throw new CaptureError(openFailure(name, error as NodeJS.ErrnoException));
  }
}

/** Whether a file grows under its own name. @throws {CaptureError} if it is a folder */
function isInPlace(status: Stats | undefined, name: string, atOnce: boolean): boolean {
  if (status?.isDirectory() === true) {
    throw new CaptureError(`${name} is a directory; expected a file to write to; name one in it`);
  }
  return atOnce || (status !== undefined && !status.isFile());
}

function beside(folder: string, name: string, status: Stats | undefined): Omit<Place, 'close'> {
  const temporary = join(folder, `.${name}.${process.pid}.part`);
  return { path: join(folder, name), temporary, ...(status !== undefined && { mode: status.mode & 0o7777 }) };
}

function openPlace({ path, temporary, found, isKernels }: Place): number {
  if (temporary !== undefined) return openSync(temporary, 'wx');
  if (found === undefined) return openSync(path, 'w');
  if (found === null) return openSync(path, 'wx');
  // Only what was looked at: nothing is lost of a file that came in its place.
  const descriptor = openSync(path, constants.O_WRONLY | (isKernels === true ? 0 : constants.O_NOFOLLOW));
  const { dev, ino } = fstatSync(descriptor);
  if (dev !== found.dev || ino !== found.ino) {
    closeSync(descriptor);
    throw Object.assign(new Error('it was replaced in the meantime'), { code: '' });
  }
  if (found.isFile()) ftruncateSync(descriptor);
  return descriptor;
}

/** Removes a file that was written, if it is there still. */
export function removeOutputFile(path: string): void {
  try {
    const place = isRootPlace() ? holdPlace(path, path) : undefined;
    unlinkSync(place === undefined ? path : join(place.folder, place.name));
    place?.close();
  } catch {
    // Somebody else took it away already.
  }
}

function statusOf(path: string, name: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new CaptureError(openFailure(name, error as NodeJS.ErrnoException));
  }
}

/** A record that only half fitted is no record. Of a pipe nothing can be taken back. */
function cutOff(descriptor: number, length: number): void {
  try {
    ftruncateSync(descriptor, length);
  } catch {
    // No file that has a length.
  }
}

/** Root is given up before files are opened, as whoever calls sudo has them then, and not root. */
const NO_PERMISSION =
  'no permission to write there; choose another place, run with sudo, or use --user root or another user who may';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left there; free some, or choose another place',
  EDQUOT: 'disk quota exceeded; free some space, or choose another place',
  EFBIG: 'the file reached the size limit there; split it with -b filesize:KB',
  EPIPE: 'nobody reads the other end; start the reader again',
  ENOENT: 'there is no such folder; create it, or choose another place',
  ENOTDIR: 'a file is in place of a folder there; choose another place',
  EEXIST: 'a file is in place of a folder there; choose another place',
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  EROFS: 'the file system is read-only; choose another place',
};

/** Why writing failed, in words that end with what to do. */
export function writeFailureReason({ code = '', message }: NodeJS.ErrnoException): string {
  return REASONS[code] ?? `${code || message}; choose another place`;
}

function openFailure(name: string, error: NodeJS.ErrnoException): string {
  return `${name}: can't be written to: ${writeFailureReason(error)}`;
}

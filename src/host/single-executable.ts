/**
 * What a single executable (scripts/executable.mjs) has inside of what must be in files to be used: the labs' data, and koffi's part
 * that is no JavaScript. It is unpacked where it is asked for, into a folder of this process's own.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as sea from 'node:sea';

/** Whether this process is one: it has no packages, and its program is no Node that runs scripts. */
export const isSingleExecutable = (): boolean => sea.isSea();

let data: string | undefined;

/** @returns a folder with what the package has in `lab/` and `fixtures/` */
export function unpackData(): string {
  if (data === undefined) {
    data = makeFolder();
    process.once('exit', removeUnpacked);
    const files: Record<string, string> = JSON.parse(sea.getAsset('files.json', 'utf8'));
    for (const [path, base64] of Object.entries(files)) {
      mkdirSync(dirname(join(data, path)), { recursive: true });
      writeFileSync(join(data, path), Buffer.from(base64, 'base64'));
    }
  }
  return data;
}

/** To be called before root is given up: another user could not remove it, nor read it. */
export function removeUnpacked(): void {
  if (data !== undefined) rmSync(data, { recursive: true, force: true });
  data = undefined;
}

/** @throws {Error} if it does not run here */
export function loadPackedKoffi(): typeof import('koffi') {
  const folder = makeFolder();
  try {
    const path = join(folder, 'koffi.node');
    writeFileSync(path, new Uint8Array(sea.getRawAsset('koffi.node') as ArrayBuffer));
    return createRequire(path)(path);
  } finally {
    // It is mapped into memory, or of no use.
    rmSync(folder, { recursive: true });
  }
}

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tunnelscope-'));
}

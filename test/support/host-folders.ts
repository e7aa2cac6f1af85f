/** Folders of a host as runtimes leave them, made for a test, to be looked at with --host-root. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** @param files their text by path; `-> target` is a link */
export function makeHost(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'host-'));
  for (const [path, text] of Object.entries({ '/proc/1/comm': 'init\n', ...files })) {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), at);
    else writeFileSync(at, text);
  }
  return root;
}

export interface MadeProcess {
  readonly pid: number;
  readonly parent?: number;
  readonly comm?: string;
  readonly cgroup?: string;
  readonly command?: readonly string[];
  readonly environ?: string;
  /** Inode of its network namespace. */
  readonly namespace?: number;
}

/** A process's files under /proc. */
export function processFiles(process: MadeProcess): Record<string, string> {
  const { pid, parent = 1, comm = 'sleep', cgroup = '0::/\n', command = [], environ = '' } = process;
  const folder = `/proc/${pid}`;
  return {
    [`${folder}/comm`]: `${comm}\n`,
    [`${folder}/status`]: `Name:\t${comm}\nPid:\t${pid}\nPPid:\t${parent}\n`,
    [`${folder}/cgroup`]: cgroup,
    [`${folder}/cmdline`]: command.map((word) => `${word}\0`).join(''),
    [`${folder}/environ`]: environ,
    [`${folder}/ns/net`]: `-> net:[${process.namespace ?? 4_026_531_840}]`,
  };
}

/** What libcni keeps, as its version 1.1 does. */
export function cniResult(args: Readonly<Record<string, string>>, result: object, device = 'eth0'): string {
  const cniArgs = Object.entries({ IgnoreUnknown: '1', ...args });
  return JSON.stringify({ kind: 'cniCacheV1', ifName: device, cniArgs, result });
}

/** Rights are needed to open a capture, not to read it: what is decoded comes from strangers. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { requireKoffi } from '../host/koffi.ts';
import { removeUnpacked } from '../host/single-executable.ts';
import { CaptureError } from '../packet/source.ts';
import { becomeUser, DISABLED, type ProcessUser } from './become-user.ts';

export type { ProcessUser };

/** An error's line for whoever may not capture: the three ways to be allowed to. */
export function noCapturePermission(name: string): string {
  return `no permission to capture on ${name}; run with sudo, or with a copy of node that has cap_net_raw (setcap; docs/privileges.md), or in a container that has it (--cap-add NET_RAW)`;
}

/**
 * Whom to become once everything is open: the user who is asked for or else the one who called sudo.
 *
 * @param wanted NAME, UID or either with :GID
 * @returns undefined if this process stays who it is
 * @throws {CaptureError} if there is no such user, or only root could become them
 */
export function userToBecome(
  wanted: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ProcessUser | undefined {
  const isRoot = process.geteuid?.() === 0;
  if (wanted !== undefined) {
    const user = findUser(wanted);
    if (user.uid === process.geteuid?.() && user.gid === process.getegid?.()) return undefined;
    if (!isRoot) throw new CaptureError(`--user ${wanted}: only root can become another user; run with sudo`);
    return user;
  }
  const { SUDO_UID: uid, SUDO_GID: gid } = environment;
  if (!isRoot || uid === undefined || uid === '0') return undefined;
  if (!isId(uid) || gid === undefined || !isId(gid)) {
    throw new CaptureError(
      `SUDO_UID "${uid}" and SUDO_GID "${gid ?? ''}" are not the numbers of a user and a group; name one with --user`,
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/** The kernel's numbers have 32 bits; the last one means "none". */
function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 0xffffffff;
}

function findUser(wanted: string): ProcessUser {
  const [name = '', group, ...rest] = wanted.split(':');
  const isUnderstood = name !== '' && rest.length === 0 && (group === undefined || isId(group));
  const entry = isUnderstood ? passwordEntry(name) : undefined;
  const uid = entry?.uid ?? (isId(name) ? Number(name) : undefined);
  const gid = group === undefined ? entry?.gid : Number(group);
  if (!isUnderstood || uid === undefined) {
    const reason = isUnderstood ? 'there is no such user' : 'not understood';
    throw new CaptureError(`--user ${wanted}: ${reason}; expected NAME or UID, or either with :GID`);
  }
  if (gid === undefined) {
    throw new CaptureError(`--user ${wanted}: this user's group is not known; expected UID:GID`);
  }
  return { uid, gid };
}

export interface Account extends ProcessUser {
  readonly name: string;
  readonly home: string;
}

/** Of a user by number; undefined if this system knows none. */
export function accountOf(uid: number): Account | undefined {
  return passwordEntry(String(uid));
}

/** A user's line of /etc/passwd (passwd(5)), or of what else this system keeps its users in. */
function passwordEntry(key: string): Account | undefined {
  for (const read of [() => readFileSync('/etc/passwd', 'utf8'), () => askDatabase(key)]) {
    try {
      for (const line of read().split('\n')) {
        const [name = '', , uid = '', gid = '', , home = '/'] = line.split(':');
        if ((name === key || uid === key) && isId(uid) && isId(gid)) {
          return { uid: Number(uid), gid: Number(gid), name, home };
        }
      }
    } catch {
      // Not on this system.
    }
  }
  return undefined;
}

function askDatabase(key: string): string {
  return execFileSync('getent', ['passwd', '--', key], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/**
 * Becomes a user, and makes sure that there is no way back.
 *
 * @throws {CaptureError} if that fails: nothing may be decoded then
 */
export function dropPrivileges(user: ProcessUser): void {
  const { uid, gid } = user;
  const require = createRequire(import.meta.filename);
  let left: string | undefined;
  removeUnpacked();
  try {
    left = becomeUser((name) => (name === 'koffi' ? requireKoffi() : require(name)), user, 'koffi');
  } catch (error) {
    throw new CaptureError(
      `can't become user ${uid}, group ${gid}: ${becomeFailure((error as NodeJS.ErrnoException).code, (error as Error).message)}`,
    );
  }
  if (left !== undefined) {
    throw new CaptureError(`could not give up root for user ${uid}: ${left}; nothing is captured`);
  }
}

/** Why {@link becomeUser} failed, and what to do. */
export function becomeFailure(code: string | undefined, message: string): string {
  return code === DISABLED
    ? 'this Node has disabled its own calls for that, and the package koffi, which does not need them, is missing or does not run; run: npm install koffi, or stay root with --user root'
    : `${message}; stay root with --user root, or name another user`;
}

/** _LINUX_CAPABILITY_VERSION_3 (linux/capability.h): two 32-bit words each of effective, permitted and inheritable ones. */
const CAPABILITY_VERSION = 0x20080522;
const CAPABILITY_SETS = 24;

/**
 * Gives up capabilities that no root stands behind, as a copy of node has them after setcap. The kernel keeps them by thread:
 * the one that decodes has none afterwards.
 *
 * @throws {CaptureError} if that fails
 */
export async function dropCapabilities(): Promise<void> {
  if (process.platform !== 'linux' || process.geteuid?.() === 0 || !hasCapabilities()) return;
  const { checked, libc } = await import('../host/libc.ts');
  const header = new Uint8Array(Uint32Array.of(CAPABILITY_VERSION, 0).buffer);
  checked('capset', libc().capset(header, new Uint8Array(CAPABILITY_SETS)));
}

function hasCapabilities(): boolean {
  const permitted = /^CapPrm:\s+(.*)$/m.exec(readFileSync('/proc/thread-self/status', 'latin1'))?.[1];
  return permitted !== undefined && /[^0]/.test(permitted);
}

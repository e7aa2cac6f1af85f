/** Whoever called sudo: what is their own is read and written as them. */
import { homedir, userInfo } from 'node:os';
import { dropPrivileges, userToBecome } from '../../../../capture/privileges.ts';

/** Root was for the network alone, and is given up for good. */
export function becomeCaller(): void {
  const user = userToBecome(undefined);
  if (user !== undefined) dropPrivileges(user);
}

/** Does something as the caller while root is still needed. */
export function asCaller<T>(read: () => T): T {
  const user = userToBecome(undefined);
  if (user === undefined) return read();
  process.setegid?.(user.gid);
  process.seteuid?.(user.uid);
  try {
    return read();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

/** The caller's folder, where it is asked as the caller. */
export function callersHome(): string {
  return process.env.SUDO_UID === undefined ? homedir() : userInfo().homedir;
}

import type * as Fs from 'node:fs';
import type * as Util from 'node:util';

/** Whom this process is to become. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
}

/** Node's calls where it has disabled them, as it does on a libuv that may use io_uring. */
export const DISABLED = 'ERR_INVALID_STATE';

/**
 * Gives up root for good, on all threads: groups, group, user, each real, effective and saved; capabilities go with them. Then
 * tries to have root again, and looks at every thread (nptl(7): in the kernel each has an identity of its own).
 *
 * libc's calls come first: they reach all threads that it knows, as Node's do (which are the same calls), and Node's throw where
 * it is linked to a libuv from 1.45 on that is not its own, as Debian's is.
 *
 * It is also run from its source text: it may use nothing but its arguments.
 *
 * @param require loads Node's own modules, and koffi
 * @param koffiPath where koffi is, if it is
 * @returns what of root's rights this process could still use, in words; undefined if nothing
 * @throws where it can't be done; the process may then be somebody between the two
 */
export function becomeUser(
  require: (name: string) => unknown,
  { uid, gid }: ProcessUser,
  koffiPath: string | undefined,
): string | undefined {
  const { readdirSync, readFileSync } = require('node:fs') as typeof Fs;
  const { getSystemErrorMap } = require('node:util') as typeof Util;

  interface Calls {
    /** The user's own groups; of a number that nobody has been given, the group alone. */
    setGroups(): void;
    setgid(id: number): void;
    setuid(id: number): void;
    seteuid(id: number): void;
  }

  function libcCalls(): Calls | undefined {
    let koffi: typeof import('koffi');
    try {
      koffi = require(koffiPath as string) as typeof koffi;
    } catch {
      return undefined;
    }
    const library = koffi.load(null);
    const call = (name: string, parameters: string) => {
      const run = library.func(`int ${name}(${parameters})`);
      return (...values: readonly unknown[]) => {
        if (run(...values) === 0) return;
        const number = koffi.errno();
        const [code, words] = getSystemErrorMap().get(-number) ?? [`errno ${number}`, 'unknown error'];
        throw new Error(`${name}: ${words} (${code})`);
      };
    };
    const getpwuid = library.func('void *getpwuid(uint32_t)');
    const setgroups = call('setgroups', 'size_t, const uint32_t *');
    const initgroups = call('initgroups', 'const char *, uint32_t');
    return {
      setGroups() {
        const entry = getpwuid(uid);
        // struct passwd begins with the name.
        if (entry === null) setgroups(1, Uint32Array.of(gid));
        else initgroups(koffi.decode(entry, 'char *'), gid);
      },
      setgid: call('setgid', 'uint32_t'),
      setuid: call('setuid', 'uint32_t'),
      seteuid: call('seteuid', 'uint32_t'),
    };
  }

  function nodeCalls(): Calls {
    // initgroups is missing from Node's types. None of them is there on Windows.
    const { initgroups, setgroups, setgid, setuid, seteuid } = process as NodeJS.Process & {
      initgroups?: (user: number, group: number) => void;
    };
    return {
      setGroups() {
        try {
          initgroups?.(uid, gid);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_CREDENTIAL') throw error;
          setgroups?.([gid]);
        }
      },
      setgid: (id) => setgid?.(id),
      setuid: (id) => setuid?.(id),
      seteuid: (id) => seteuid?.(id),
    };
  }

  function leftOnThreads(): string | undefined {
    const statusOf = (thread: string) => {
      const status = readFileSync(`/proc/self/task/${thread}/status`, 'latin1');
      return (key: string) =>
        new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim().split(/\s+/) ?? [];
    };
    const groups = statusOf(String(process.pid))('Groups').join();
    for (const thread of readdirSync('/proc/self/task')) {
      const field = statusOf(thread);
      if (field('Uid').some((one) => Number(one) !== uid)) return `thread ${thread} kept a user`;
      if (field('Gid').some((one) => Number(one) !== gid)) return `thread ${thread} kept a group`;
      if (field('Groups').join() !== groups) return `thread ${thread} kept groups`;
      for (const set of ['CapPrm', 'CapEff', 'CapAmb']) {
        if (/[^0]/.test(field(set).join(''))) return `thread ${thread} kept capabilities`;
      }
    }
    return undefined;
  }

  const calls = (process.platform === 'linux' ? libcCalls() : undefined) ?? nodeCalls();
  calls.setGroups();
  calls.setgid(gid);
  calls.setuid(uid);
  if (uid === 0) return undefined;
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid) return 'the user did not change';
  if (process.getgid?.() !== gid || process.getegid?.() !== gid) return 'the group did not change';
  for (const regain of [calls.setuid, calls.seteuid]) {
    try {
      regain(0);
      return 'root could be regained';
    } catch {
      // As it must be.
    }
  }
  return process.platform === 'linux' ? leftOnThreads() : undefined;
}

/** Network namespaces (network_namespaces(7), setns(2)). */
import { closeSync, constants, openSync } from 'node:fs';
import { checked, libc } from './libc.ts';

/** Another namespace than this process's. */
export interface NetworkNamespace {
  /** As users write it: a name, a process's number, or a path. */
  readonly name: string;
  readonly path: string;
}

const CLONE_NEWNET = 0x40000000;

/** Does something in another network namespace: a socket that is made there stays there. */
export function inNamespace<T>(namespace: NetworkNamespace | undefined, make: () => T): T {
  if (namespace === undefined) return make();
  const { setns } = libc();
  const there = openSync(namespace.path, constants.O_RDONLY);
  const home = openSync('/proc/thread-self/ns/net', constants.O_RDONLY);
  try {
    checked('setns', setns(there, CLONE_NEWNET));
    try {
      return make();
    } finally {
      checked('setns', setns(home, CLONE_NEWNET));
    }
  } finally {
    closeSync(there);
    closeSync(home);
  }
}

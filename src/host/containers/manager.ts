/** The process that a runtime leaves beside each container, as its ancestor: conmon of podman and CRI-O, containerd's shim. */
import { basename, dirname } from 'node:path';
import { processName, readProcess, readProcessLink } from '../process-files.ts';

export interface Manager {
  /** `podman` for conmon, which CRI-O uses too; `containerd`, also where docker or nerdctl use it. */
  readonly runtime: 'podman' | 'containerd';
  /** Of a pod, the shim has the id of the one that holds it together. */
  readonly container: string | undefined;
  /** What conmon was told. */
  readonly name: string | undefined;
  /** The folder of its config.json (OCI's runtime-spec). */
  bundle(container: string): string | undefined;
}

/** From a container's process to its manager: shells in shells. */
const MOST_STEPS = 16;
const ID = /^[A-Za-z0-9][\w.-]{0,127}$/;

/** @returns undefined if it has none: outside of containers, and where that process is hidden */
export function managerOf(pid: number): Manager | undefined {
  let at = pid;
  for (let step = 0; step < MOST_STEPS; step++) {
    at = Number(/^PPid:\t(\d+)$/m.exec(readProcess(at, 'status') ?? '')?.[1] ?? 0);
    if (at <= 1) return undefined;
    // The kernel keeps 15 characters: containerd-shim-runc-v2 has lost its end.
    const name = processName(at);
    if (name === 'conmon') return conmon(at);
    if (name === 'containerd-shim') return shim(at);
  }
  return undefined;
}

function conmon(pid: number): Manager {
  const words = wordsOf(pid);
  const folder = behind(words, '-b', '--bundle');
  return {
    runtime: 'podman',
    container: idBehind(words, '-c', '--cid'),
    name: behind(words, '-n', '--name'),
    bundle: () => folder,
  };
}

function shim(pid: number): Manager {
  const container = idBehind(wordsOf(pid), '-id');
  // It runs in its own container's bundle; others of its pod have theirs beside it.
  const folder = readProcessLink(pid, 'cwd');
  return {
    runtime: 'containerd',
    container,
    name: undefined,
    bundle: (of) =>
      folder !== undefined && ID.test(of) && basename(folder) === container
        ? `${dirname(folder)}/${of}`
        : undefined,
  };
}

function wordsOf(pid: number): string[] {
  return (readProcess(pid, 'cmdline') ?? '').split('\0');
}

function behind(words: readonly string[], ...flags: readonly string[]): string | undefined {
  const at = words.findIndex((word) => flags.includes(word));
  return at < 0 ? undefined : words[at + 1];
}

function idBehind(words: readonly string[], ...flags: readonly string[]): string | undefined {
  const id = behind(words, ...flags);
  return id !== undefined && ID.test(id) ? id : undefined;
}

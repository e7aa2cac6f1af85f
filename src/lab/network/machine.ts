/** What a machine must have for labs. */
import { namedNamespaces } from '../../host/namespace.ts';
import { type Run, withShell } from './command-shell.ts';
import { LabError } from './lab-error.ts';
import { startTimeOf } from './processes.ts';

/** @throws {LabError} elsewhere than on Linux, or without root */
export function requireRoot(): void {
  if (process.platform !== 'linux') {
    throw new LabError(
      `labs need Linux's network namespaces, and this is ${process.platform}; captures of labs can be read anywhere: tunnelscope -r FILE`,
    );
  }
  if (process.geteuid?.() !== 0) throw new LabError('labs need root; run: sudo tunnelscope lab …');
}

/** Arguments without which no device of a kind can be made. */
const PROBE_WORDS: Readonly<Record<string, readonly string[]>> = {
  vxlan: ['id', '1', 'dstport', '4789'],
  geneve: ['id', '1', 'remote', '127.0.0.1'],
  gre: ['local', '127.0.0.1', 'remote', '127.0.0.2'],
  gretap: ['local', '127.0.0.1', 'remote', '127.0.0.2'],
  ipip: ['local', '127.0.0.1', 'remote', '127.0.0.2'],
};

/** A kind of device with its arguments, as they stand behind `ip link add NAME type`. */
export function deviceWords(kind: string): string[] {
  return [kind, ...(PROBE_WORDS[kind] ?? [])];
}

let probes = 0;
const PROBE_NAME = /^tunnelscope-probe-(\d+)-\d+$/;

/** Removes namespaces that {@link kernelKinds} left behind in processes that were killed meanwhile. */
export async function clearProbes(): Promise<void> {
  for (const namespace of namedNamespaces()) {
    const pid = PROBE_NAME.exec(namespace)?.[1];
    if (pid === undefined || startTimeOf(Number(pid)) !== undefined) continue;
    await withShell((run) => run(['ip', 'netns', 'del', namespace]));
  }
}

/** Kinds that were found. The kernel does not unlearn them while this process runs. */
const known = new Set<string>();

/**
 * Which kinds of device the kernel knows: asked by making one, in a namespace for this alone.
 *
 * @throws {LabError} if there can't be network namespaces
 */
export async function kernelKinds(kinds: readonly string[], run: Run): Promise<ReadonlySet<string>> {
  const unknown = [...new Set(kinds)].filter((kind) => !known.has(kind));
  if (unknown.length > 0) await probe(unknown, run);
  return new Set(kinds.filter((kind) => known.has(kind)));
}

async function probe(kinds: readonly string[], run: Run): Promise<void> {
  const namespace = `tunnelscope-probe-${process.pid}-${probes++}`;
  const made = await run(['ip', 'netns', 'add', namespace]);
  if (made.status !== 0) throw noNamespaces(made.stderr);
  try {
    for (const [i, kind] of kinds.entries()) {
      const device = ['ip', '-n', namespace, 'link', 'add', `probe${i}`, 'type', ...deviceWords(kind)];
      if ((await run(device)).status === 0) known.add(kind);
    }
  } finally {
    await run(['ip', 'netns', 'del', namespace]);
  }
}

/** @param stderr of `ip netns add` */
export function noNamespaces(stderr: string): LabError {
  return new LabError(
    `can't create network namespaces here (${oneLine(stderr)}); in a container this needs --privileged`,
  );
}

/** What a command said, as one line. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, '; ');
}

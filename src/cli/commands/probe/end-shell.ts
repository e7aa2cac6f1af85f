/** A shell at an end, here in its network namespace or elsewhere through ssh; and what an end elsewhere tells of itself. */
import { asCaller } from '../../../capture/remote/program.ts';
import { sshWords } from '../../../capture/remote/ssh.ts';
import { inNamespace } from '../../../host/namespace.ts';
import { type Run, type Shell, startShell } from '../../../lab/network/command-shell.ts';
import { CaptureError } from '../../../packet/source.ts';
import { escapeControls } from '../../../text/printable.ts';
import { interruptible } from '../../signals.ts';
import type { HostEnd, NamespaceEnd } from './ends.ts';

export interface EndShell {
  readonly run: Run;
  end(): Promise<void>;
}

export interface HostLook {
  /** The one that ssh reaches it by first. */
  readonly addresses: readonly string[];
  /** The largest of its devices. */
  readonly mtu: number;
}

/**
 * Started while there is root, which it has not itself where this process gives it up: ping needs none. It ends with its input, also when we are
 * killed.
 *
 * @param user of `--user`
 */
export function shellIn({ namespace }: NamespaceEnd, user: string | undefined): EndShell {
  return inNamespace(namespace, () => startShell(['sh'], asCaller(user)));
}

/** Whatever the login shell is: env takes over at once. Debian has ip where not everybody looks. */
const LINE = 'env LC_ALL=C sh -c "PATH=\\$PATH:/usr/sbin:/sbin; export PATH; exec sh"';
/** By a name, a process's number or a path, as the capture there takes it. */
const INSIDE = [
  'case $1 in */*) at=$1 ;; *) at=/var/run/netns/$1; [ -e "$at" ] || at=/proc/$1/ns/net ;; esac',
  '[ -e "$at" ] || [ -h "$at" ] || { echo "no such network namespace: $1" >&2; exit 1; }',
  'shift; set -- nsenter --net="$at" "$@"',
  '[ "$(id -u)" = 0 ] && exec "$@"; exec sudo -n "$@"',
].join('; ');

export function shellOn({ point, netns }: HostEnd): EndShell {
  const shell: Shell = startShell(sshWords(point, LINE), asCaller());
  const inside = netns === undefined ? [] : ['sh', '-c', INSIDE, 'sh', netns];
  return { run: (words, signal) => shell.run([...inside, ...words], signal), end: () => shell.end() };
}

/** Milliseconds that a host has to tell of itself, as points elsewhere have to begin. */
const LOOK_WITHIN = 10_000;

/** @throws {CaptureError} if it can't be reached, tells nothing, or a signal comes first */
export function lookAtHost(end: HostEnd, shell: EndShell): Promise<HostLook> {
  return interruptible(async (interruption) => {
    const late = AbortSignal.timeout(LOOK_WITHIN);
    const signal = AbortSignal.any([interruption, late]);
    try {
      return await look(end, (words) => shell.run(words, signal));
    } catch (error) {
      if (interruption.aborted) throw new CaptureError('the probe was ended before it had its answers');
      if (!late.aborted) throw error;
      throw new CaptureError(
        `${escapeControls(end.name)}: no answer within ${LOOK_WITHIN / 1000} s; connect once by hand, to see what it waits for`,
      );
    }
  });
}

async function look({ name, netns }: HostEnd, run: Run): Promise<HostLook> {
  const links = await run(['ip', '-o', 'link', 'show', 'up']);
  if (links.status !== 0) {
    const why = links.stderr.trim().split('\n').at(-1) ?? '';
    throw new CaptureError(`${escapeControls(name)}: ${escapeControls(why) || 'it can’t be reached'}`);
  }
  const mtus = [...links.stdout.matchAll(/^\d+: (\S+?)[@:].*? mtu (\d+) /gm)].flatMap(([, device, mtu]) =>
    device === 'lo' ? [] : [Number(mtu)],
  );
  const { stdout } = await run(['ip', '-o', 'addr', 'show', 'scope', 'global', 'up']);
  const all = [...stdout.matchAll(/ inet6? ([0-9a-f.:]+)\//g)].map(([, address]) => address as string);
  const known = [...all.filter((one) => !one.includes(':')), ...all.filter((one) => one.includes(':'))];
  const reached = netns === undefined ? await run(['sh', '-c', 'echo "$SSH_CONNECTION"']) : undefined;
  const [, , here] = (reached?.stdout ?? '').trim().split(' ');
  const first = here !== undefined && known.includes(here) ? [here] : [];
  if (mtus.length === 0)
    throw new CaptureError(`${escapeControls(name)} has no interface that is up besides lo`);
  return { addresses: [...new Set([...first, ...known])], mtu: Math.max(...mtus) };
}

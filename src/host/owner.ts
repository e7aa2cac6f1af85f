/** Whose a process is: a container's, a pod's, or just its own. */
import { processName, readProcess } from './process-files.ts';

export interface Owner {
  readonly pid: number;
  /** The process's name, as it gave itself: any bytes. */
  readonly process: string;
  /** `docker`, `containerd`, `cri-o`, `podman`, `lxc`; undefined outside of containers. */
  readonly runtime?: string;
  /** The container's id or, of lxc, its name. */
  readonly container?: string;
  /** The pod's name, which Kubernetes tells processes as their HOSTNAME; where that is missing, the pod's UID. */
  readonly pod?: string;
}

/** How runtimes name a container's control group. */
const RUNTIMES: readonly (readonly [pattern: RegExp, runtime: string])[] = [
  [/\/docker[-/]([0-9a-f]{64})/, 'docker'],
  [/\/cri-containerd-([0-9a-f]{64})/, 'containerd'],
  [/\/crio-([0-9a-f]{64})/, 'cri-o'],
  [/\/libpod-([0-9a-f]{64})/, 'podman'],
  [/\/lxc(?:\.payload\.|\/)([^/]+)/, 'lxc'],
  // Kubernetes' own folders, without systemd: containerd, mostly.
  [/\/kubepods\/.*\/([0-9a-f]{64})/, 'containerd'],
];

const POD_UID = /[/-]pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})/;
const POD_NAME = /(?:^|\0)HOSTNAME=([a-z0-9][-a-z0-9.]{0,252})(?:\0|$)/;

export function processOwner(pid: number): Owner {
  const pod = () => POD_NAME.exec(readProcess(pid, 'environ') ?? '')?.[1];
  return { pid, process: processName(pid), ...containerOf(readProcess(pid, 'cgroup') ?? '', pod) };
}

/**
 * @param groups /proc/PID/cgroup
 * @param podName looked up where it is a pod's
 */
export function containerOf(
  groups: string,
  podName: () => string | undefined,
): Pick<Owner, 'runtime' | 'container' | 'pod'> {
  const podUid = POD_UID.exec(groups)?.[1]?.replaceAll('_', '-');
  const pod = podUid === undefined ? undefined : (podName() ?? podUid);
  for (const [pattern, runtime] of RUNTIMES) {
    const container = pattern.exec(groups)?.[1];
    if (container !== undefined) return { runtime, container, ...(pod !== undefined && { pod }) };
  }
  return pod === undefined ? {} : { pod };
}

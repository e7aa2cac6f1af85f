/** Which container a process is in, as runtimes name control groups (cgroups(7)): /proc/PID/cgroup. */

export interface ContainerId {
  /** `docker`, `containerd`, `cri-o`, `podman`, `nerdctl`, `lxc`. */
  readonly runtime?: string;
  /** The container's id or, of lxc, its name: any characters but slash. */
  readonly container?: string;
  readonly podUid?: string;
}

const RUNTIMES: readonly (readonly [pattern: RegExp, runtime: string])[] = [
  [/\/docker[-/]([0-9a-f]{64})/, 'docker'],
  [/\/cri-containerd-([0-9a-f]{64})/, 'containerd'],
  [/\/crio-([0-9a-f]{64})/, 'cri-o'],
  [/\/libpod-([0-9a-f]{64})/, 'podman'],
  [/\/nerdctl-([0-9a-f]{64})/, 'nerdctl'],
  [/\/lxc(?:\.payload\.|\/)([^/\n]+)/, 'lxc'],
  // Kubernetes' own folders, without systemd: containerd, mostly.
  [/\/kubepods\/.*\/([0-9a-f]{64})/, 'containerd'],
  // containerd's namespaces: moby of docker, default of nerdctl and ctr.
  [/:\/moby\/([0-9a-f]{64})/, 'docker'],
  [/:\/[\w.-]+\/([0-9a-f]{64})$/m, 'containerd'],
];

/** A UUID, whose dashes systemd has to write otherwise; of a pod that a kubelet read from a file, a hash. */
const POD_UID = /[/-]pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?=[./])/;

/** @param groups /proc/PID/cgroup */
export function containerId(groups: string): ContainerId {
  const podUid = POD_UID.exec(groups)?.[1]?.replaceAll('_', '-');
  const pod = podUid === undefined ? {} : { podUid };
  for (const [pattern, runtime] of RUNTIMES) {
    const container = pattern.exec(groups)?.[1];
    if (container !== undefined) return { runtime, container, ...pod };
  }
  return pod;
}

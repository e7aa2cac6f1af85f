/**
 * Whose a network namespace is, by the name that people call it: a pod's or a container's. No runtime is asked: control groups, command
 * lines and files tell. The room's other files:
 *
 * - container-id.ts, manager.ts: which container a process is in, and the runtime's process beside it
 * - kept-names.ts: logs' folders, annotations, docker's files;  cni-results.ts  what CNI gave to whom
 * - named-interface.ts: `pod:NAMESPACE/NAME:IFACE`, found
 */
import type { Link } from '../links.ts';
import { processName, readProcess } from '../process-files.ts';
import { type CniResult, cniResultOf, readCniResults } from './cni-results.ts';
import { containerId } from './container-id.ts';
import { annotationsOf, containerName, dockerName, type PodName, podsByUid } from './kept-names.ts';
import { managerOf } from './manager.ts';

/** A container, as one of its processes tells. */
export interface Container {
  readonly pid: number;
  /** The process's name, as it gave itself: any bytes. */
  readonly process: string;
  /** `docker`, `containerd`, `cri-o`, `podman`, `nerdctl`, `lxc`; undefined outside of containers. */
  readonly runtime?: string;
  /** The container's id or, of lxc and ctr, its name. */
  readonly container?: string;
  readonly containerName?: string;
  /** The pod's name; where that is missing, the pod's UID. */
  readonly pod?: string;
  readonly podNamespace?: string;
  /** Where the pod's name is from or, outside of pods, the container's. */
  readonly knownBy?: string;
}

/** What a network namespace is called. */
export interface NamespaceName {
  /** As `-i` takes it: `pod:shop/web-0`, `container:web-1`. */
  readonly called: string;
  /** Without what kind it is: `shop/web-0`. */
  readonly name: string;
  readonly knownBy: string;
}

export interface ContainerNames {
  container(pid: number): Container;
  /** @returns undefined if no pod or container with a name is in it */
  namespace(
    containers: readonly Container[],
    found: { readonly boundName: string | undefined; readonly links: readonly Link[] },
  ): NamespaceName | undefined;
}

const HOST_NAME = /(?:^|\0)HOSTNAME=([a-z0-9][-a-z0-9.]{0,252})(?:\0|$)/;
/** CRI-O's for conmon, and docker's for Kubernetes: k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT. */
const KUBELETS_NAME = /^k8s_([^_]+)_[^_]+_[^_]+_[^_]+_\d+$/;

/** Reads a file when the first one asks, and each once: for one look at the host. */
export function createContainerNames(): ContainerNames {
  let pods: ReadonlyMap<string, PodName> | undefined;
  let results: readonly CniResult[] | undefined;

  function container(pid: number): Container {
    const { runtime, container: inGroup, podUid } = containerId(readProcess(pid, 'cgroup') ?? '');
    const manager = managerOf(pid);
    const id = inGroup ?? manager?.container;
    const which = {
      pid,
      process: processName(pid),
      ...(id !== undefined && { runtime: runtime ?? manager?.runtime ?? 'containerd', container: id }),
    };
    if (id === undefined && podUid === undefined) return which;
    const annotations = id === undefined ? {} : annotationsOf(id, manager?.bundle(id));
    const told = manager?.container === id ? manager?.name : undefined;
    const kept = runtime === 'docker' && id !== undefined ? dockerName(id) : undefined;
    const [name, nameFrom] = first<string>([
      [annotations.container, "its bundle's annotations"],
      [shortName(told), 'conmon -n'],
      [shortName(kept), "docker's files"],
      // lxc's, and what ctr was given, are names; an id is not.
      [id !== undefined && /^[0-9a-f]{64}$/.test(id) ? undefined : containerName(id), 'its control group'],
    ]);
    const named = { ...which, ...(name !== undefined && { containerName: name, knownBy: nameFrom }) };
    const [pod, podFrom] = first<PodName>([
      [podUid === undefined ? undefined : (pods ??= podsByUid()).get(podUid), '/var/log/pods'],
      [annotations.pod, "its bundle's annotations"],
    ]);
    if (pod !== undefined) {
      return { ...named, pod: pod.name, podNamespace: pod.namespace, knownBy: podFrom };
    }
    if (podUid === undefined) return named;
    const hostName = HOST_NAME.exec(readProcess(pid, 'environ') ?? '')?.[1];
    return {
      ...named,
      pod: hostName ?? podUid,
      knownBy: hostName === undefined ? 'its control group' : 'its HOSTNAME',
    };
  }

  return {
    container,
    namespace(containers, found) {
      for (const { pod, podNamespace, knownBy = '' } of containers) {
        if (pod !== undefined && podNamespace !== undefined) return podCalled(podNamespace, pod, knownBy);
      }
      const isNamed = containers.find(({ containerName }) => containerName !== undefined);
      if (isNamed !== undefined) {
        return containerCalled(isNamed.containerName as string, isNamed.knownBy as string);
      }
      const result = cniResultOf((results ??= readCniResults()), found);
      if (result?.pod !== undefined) return podCalled(result.pod.namespace, result.pod.name, "CNI's results");
      return result?.container === undefined ? undefined : containerCalled(result.container, "CNI's results");
    },
  };
}

function podCalled(namespace: string, name: string, knownBy: string): NamespaceName {
  return { called: `pod:${namespace}/${name}`, name: `${namespace}/${name}`, knownBy };
}

function containerCalled(name: string, knownBy: string): NamespaceName {
  return { called: `container:${name}`, name, knownBy };
}

/** The kubelet's names have the container's in them. */
function shortName(name: string | undefined): string | undefined {
  return containerName(name === undefined ? undefined : (KUBELETS_NAME.exec(name)?.[1] ?? name));
}

function first<T>(known: readonly (readonly [T | undefined, string])[]): readonly [T | undefined, string] {
  return known.find(([value]) => value !== undefined) ?? [undefined, ''];
}

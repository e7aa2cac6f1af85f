/** What runtimes keep of their containers in files: names, checked letter by letter, since a container chooses what is in some of them. */
import { listHostFolder, readHostFile } from '../host-root.ts';

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** Kubernetes' own limits: a DNS label, and labels with dots. */
const POD_NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const POD_NAME = /^[a-z0-9][-a-z0-9.]{0,252}$/;
/** As docker and podman allow. */
const CONTAINER_NAME = /^[A-Za-z0-9][\w.-]{0,127}$/;

/** Bytes of a file. Annotations may hold a pod's whole description, which Kubernetes keeps below 1.5 MiB. */
const MOST_BYTES = 4 << 20;
/** Entries of a folder. */
const MOST_ENTRIES = 1 << 16;

const POD_LOGS = '/var/log/pods';
const DOCKER = '/var/lib/docker/containers';
/** Where containerd, and those who bring one with them, have its running containers, by containerd's namespaces. */
const CONTAINERD = [
  '/run/containerd',
  '/run/k3s/containerd',
  '/run/k0s/containerd',
  '/run/docker/containerd/daemon',
  '/var/snap/microk8s/common/run/containerd',
].map((folder) => `${folder}/io.containerd.runtime.v2.task`);
const CRI_O = ['/run/containers/storage', '/var/lib/containers/storage'].map(
  (folder) => `${folder}/overlay-containers`,
);

export function podName(namespace: unknown, name: unknown): PodName | undefined {
  return typeof namespace === 'string' &&
    typeof name === 'string' &&
    POD_NAMESPACE.test(namespace) &&
    POD_NAME.test(name)
    ? { namespace, name }
    : undefined;
}

export function containerName(name: unknown): string | undefined {
  return typeof name === 'string' && CONTAINER_NAME.test(name) ? name : undefined;
}

/** Pods by UID, as the kubelet calls the folders of their logs: NAMESPACE_NAME_UID. */
export function podsByUid(): Map<string, PodName> {
  const found = new Map<string, PodName>();
  for (const folder of listHostFolder(POD_LOGS, MOST_ENTRIES)) {
    const [namespace, name, uid, ...more] = folder.split('_');
    const pod = podName(namespace, name);
    if (pod !== undefined && uid !== undefined && more.length === 0) found.set(uid, pod);
  }
  return found;
}

export interface Annotations {
  readonly pod?: PodName;
  readonly container?: string;
}

/**
 * What containerd, CRI-O and nerdctl write about a container into its bundle's config.json (OCI's runtime-spec).
 *
 * @param bundle its folder, if its manager told
 */
export function annotationsOf(container: string, bundle: string | undefined): Annotations {
  if (containerName(container) === undefined) return {};
  for (const folder of bundle === undefined ? knownBundles(container) : [bundle]) {
    const config = readJson(`${folder}/config.json`);
    if (config === undefined) continue;
    const { annotations } = config;
    const of = (key: string) => memberOf(annotations, key);
    const pod =
      podName(of('io.kubernetes.cri.sandbox-namespace'), of('io.kubernetes.cri.sandbox-name')) ??
      podName(of('io.kubernetes.pod.namespace'), of('io.kubernetes.pod.name'));
    const name = containerName(
      of('io.kubernetes.cri.container-name') ?? of('io.kubernetes.container.name') ?? of('nerdctl/name'),
    );
    return { ...(pod !== undefined && { pod }), ...(name !== undefined && { container: name }) };
  }
  return {};
}

function knownBundles(container: string): string[] {
  return [
    ...CONTAINERD.flatMap((folder) =>
      listHostFolder(folder, MOST_ENTRIES).map((namespace) => `${folder}/${namespace}/${container}`),
    ),
    ...CRI_O.map((folder) => `${folder}/${container}/userdata`),
  ];
}

/** docker's name of a container: with a slash in front. */
export function dockerName(container: string): string | undefined {
  const name = readJson(`${DOCKER}/${container}/config.v2.json`)?.Name;
  return typeof name === 'string' ? containerName(name.replace(/^\//, '')) : undefined;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** @returns undefined if it isn't there, is too long, or is no JSON object */
export function readJson(path: string): JsonObject | undefined {
  const text = readHostFile(path, MOST_BYTES);
  if (text === undefined) return undefined;
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** A member of its own: of what may be no object. */
export function memberOf(value: unknown, key: string): unknown {
  const object = objectOf(value);
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}

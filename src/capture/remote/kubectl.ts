/** The system's `kubectl`: a pod for debugging on a node, or a shell in a pod that is there. */
import { SCRIPT_WORDS } from './capture-script.ts';
import { KUBE_IMAGE, KUBE_PROFILE } from './kubectl-defaults.ts';
import type { NodePoint, PodPoint } from './point-name.ts';

export interface KubeOptions {
  /** Of the container on a node: it has tcpdump or tunnelscope. Default: {@link KUBE_IMAGE}. */
  readonly image?: string | undefined;
  /** kubectl's `--profile` for it; empty to leave it out, for kubectl before 1.27. Default: {@link KUBE_PROFILE}. */
  readonly profile?: string | undefined;
}

/** Program and arguments that start the capture script. */
export function kubectlWords(point: NodePoint | PodPoint, options: KubeOptions = {}): string[] {
  const { context } = point;
  const { image = KUBE_IMAGE, profile = KUBE_PROFILE } = options;
  const where = context === undefined ? [] : [`--context=${context}`];
  if (point.kind === 'pod') {
    const { namespace, pod, container } = point;
    const inside = container === undefined ? [] : [`--container=${container}`];
    return [
      'kubectl',
      ...where,
      'exec',
      '--stdin',
      `--namespace=${namespace}`,
      pod,
      ...inside,
      '--',
      ...SCRIPT_WORDS,
    ];
  }
  return [
    ...['kubectl', ...where, 'debug', `node/${point.node}`, '--stdin', `--image=${image}`],
    ...(profile === '' ? [] : [`--profile=${profile}`]),
    ...['--', ...SCRIPT_WORDS],
  ];
}

/** What is about to be made in the cluster, for its user. */
export function announcement({ image = KUBE_IMAGE, profile = KUBE_PROFILE }: KubeOptions = {}): string {
  const told = profile === '' ? 'kubectl’s own profile' : `profile ${profile}`;
  return `captured in a pod that is made for it and deleted at the end: image ${image}, ${told} (--kube-image, --kube-profile)`;
}

/** What `kubectl debug` says of the pod that it makes, on standard output in front of what the pod writes. */
const CREATED = /^Creating debugging pod ([a-z0-9][-a-z0-9.]{0,252}) with container /;

/** @returns the pod's name; undefined if the line does not tell it */
export function createdPod(line: string): string | undefined {
  return CREATED.exec(line)?.[1];
}

/** `kubectl debug` leaves its pod behind. */
export function deleteWords({ context }: NodePoint, pod: string): string[] {
  const where = context === undefined ? [] : [`--context=${context}`];
  return [
    'kubectl',
    ...where,
    'delete',
    'pod',
    pod,
    '--wait=false',
    '--grace-period=1',
    '--ignore-not-found',
  ];
}

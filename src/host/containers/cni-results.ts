/**
 * What CNI's library (libcni) keeps of the networks that it gave to containers: /var/lib/cni/results/NETWORK-CONTAINER-IFNAME. It stays when a node
 * crashes, so it is believed only of a namespace that still has what it says.
 */
import { basename } from 'node:path';
import { listHostFolder } from '../host-root.ts';
import type { Link } from '../links.ts';
import { containerName, memberOf, objectOf, type PodName, podName, readJson } from './kept-names.ts';

export interface CniResult {
  /** Without a pod it is a container, such as podman's. */
  readonly pod?: PodName | undefined;
  readonly container?: string | undefined;
  /** The interface in the container. */
  readonly device: string;
  readonly mac: string;
  /** Path of its network namespace. */
  readonly sandbox: string;
  /** With prefix: 10.88.0.9/16. */
  readonly addresses: readonly string[];
}

const RESULTS = '/var/lib/cni/results';
const MOST_RESULTS = 1 << 14;

export function readCniResults(): CniResult[] {
  return listHostFolder(RESULTS, MOST_RESULTS).flatMap((file) => parseResult(readJson(`${RESULTS}/${file}`)));
}

/** @param text cniCacheV1 of libcni */
function parseResult(cached: unknown): CniResult[] {
  const result = memberOf(cached, 'result');
  const device = memberOf(cached, 'ifName');
  const args = new Map(
    listOf(memberOf(cached, 'cniArgs')).flatMap((pair) =>
      Array.isArray(pair) ? [[pair[0], pair[1]] as const] : [],
    ),
  );
  const [namespace, name] = [args.get('K8S_POD_NAMESPACE'), args.get('K8S_POD_NAME')];
  // Without a namespace it isn't Kubernetes'.
  const whose =
    namespace === undefined ? { container: containerName(name) } : { pod: podName(namespace, name) };
  // Only that in the container has a sandbox: the bridge and the other end are the host's.
  const inside = listOf(memberOf(result, 'interfaces'))
    .map(objectOf)
    .find((one) => one?.name === device && typeof one?.sandbox === 'string' && one.sandbox !== '');
  const isNamed = Object.values(whose).some((one) => one !== undefined);
  if (!isNamed || inside === undefined || typeof device !== 'string') return [];
  const addresses = listOf(memberOf(result, 'ips')).flatMap((ip) => {
    const address = memberOf(ip, 'address');
    return typeof address === 'string' ? [address] : [];
  });
  const mac = String(inside.mac ?? '').toLowerCase();
  return [{ ...whose, device, mac, sandbox: inside.sandbox as string, addresses }];
}

/** The result that a namespace was made by: it has the device with an address that the result gave it, and its name or its MAC address. */
export function cniResultOf(
  results: readonly CniResult[],
  { boundName, links }: { readonly boundName: string | undefined; readonly links: readonly Link[] },
): CniResult | undefined {
  return results.find(({ device, mac, sandbox, addresses }) => {
    const link = links.find(({ name }) => name === device);
    if (link === undefined || link.isLoopback) return false;
    const isThere = addresses.some((address) => link.addresses.includes(address));
    return isThere && (link.address === mac || isBoundTo(sandbox, boundName));
  });
}

function isBoundTo(sandbox: string, boundName: string | undefined): boolean {
  return /^(\/var)?\/run\/netns\/[^/]+$/.test(sandbox) && basename(sandbox) === boundName;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

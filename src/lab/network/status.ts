/** What is there of a lab now, as the kernel tells it, and what is missing of what there was when it was brought up. */
import type { DeviceDetails } from '../../host/device-details.ts';
import { isSameNamespace } from '../../host/namespace.ts';
import { processName } from '../../host/process-files.ts';
import { type SurveyedInterface, surveyNamespaces } from '../../host/survey.ts';
import { runCommand } from './command.ts';
import type { Lab } from './labs.ts';
import type { LabNode } from './network.ts';
import { isAlive } from './processes.ts';

export interface LabStatus {
  readonly name: string;
  readonly network: string;
  readonly title: string;
  /** When it was brought up: ISO 8601. */
  readonly since: string;
  readonly nodes: readonly NodeStatus[];
  readonly processes: readonly ProcessStatus[];
  /** What is missing, in words; empty if all is as it was made. */
  readonly problems: readonly string[];
}

export interface NodeStatus {
  readonly name: string;
  readonly kind: LabNode['kind'];
  /** The host that a container is on. */
  readonly host?: string;
  /** False if its namespace is gone. */
  readonly isThere: boolean;
  readonly devices: readonly DeviceStatus[];
}

export interface DeviceStatus {
  readonly name: string;
  /** Its kind in the kernel's words: veth, bridge, vxlan, tun; undefined if it is missing. */
  readonly kind?: string;
  readonly state: 'up' | 'down' | 'missing';
  readonly mtu?: number;
  readonly addresses: readonly string[];
  /** `rt r1`: the other end of a pair. */
  readonly peer?: string;
  /** The bridge that it is a port of. */
  readonly master?: string;
  /** Whether packets are put into envelopes here. */
  readonly isTunnel: boolean;
  /** Of its kind: vni, port, local, remote. */
  readonly details: DeviceDetails;
  /** Where envelopes go, as far as the kernel knows it: by forwarding entries. */
  readonly remotes: readonly string[];
}

export interface ProcessStatus {
  readonly pid: number;
  readonly node: string;
  /** Id of the step that started it. */
  readonly step: string;
  readonly command: string;
  /** What the kernel calls it: `socat`; undefined where it does not run. */
  readonly program?: string;
  readonly isRunning: boolean;
}

/** Kinds that are cables and switches; every other one wraps packets. */
const PLAIN_KINDS = new Set(['veth', 'bridge', 'dummy', 'vlan', 'macvlan', 'ipvlan', 'bond', 'vrf', 'ifb']);

/**
 * @throws {CaptureError} if koffi is not installed
 * @throws {LabError}
 */
export async function labStatus(lab: Lab): Promise<LabStatus> {
  const survey = surveyNamespaces();
  const nodeOf = new Map(lab.namespaces.map(({ name, node }) => [name, node]));
  const nodes = await Promise.all(
    lab.namespaces.map(async (namespace): Promise<NodeStatus> => {
      const { name, node } = namespace;
      const { kind, host } = lab.network.nodes[node] as LabNode;
      const found = survey.namespaces.find(
        (one) => one.boundName === name && isSameNamespace(namespace, one),
      );
      const isOurs = (one: SurveyedInterface) =>
        !one.link.isLoopback && (one.link.isUp || one.link.addresses.length > 0 || isExpected(one));
      // The kernel makes devices of its own in every namespace once a tunnel's module is loaded: gre0, tunl0.
      const isExpected = ({ link }: SurveyedInterface) => PLAIN_KINDS.has(link.kind ?? '');
      const devices = await Promise.all(
        (found?.interfaces ?? []).filter(isOurs).map((one) => deviceStatus(one, name, nodeOf)),
      );
      const missing = (lab.devices[node] ?? []).filter(
        (device) => found !== undefined && !found.interfaces.some(({ link }) => link.name === device),
      );
      return {
        name: node,
        kind,
        ...(host !== undefined && { host }),
        isThere: found !== undefined,
        devices: [...devices, ...missing.map(missingDevice)],
      };
    }),
  );
  const processes = lab.processes.map(({ pid, startTime, node, step, command }) => {
    const isRunning = isAlive({ pid, startTime });
    const program = isRunning ? processName(pid) : undefined;
    return { pid, node, step, command, ...(program !== undefined && { program }), isRunning };
  });
  const { name, network, time: since } = lab;
  const problems = problemsOf(nodes, processes);
  return { name, network: network.name, title: network.title, since, nodes, processes, problems };
}

async function deviceStatus(
  { link, peer, master }: SurveyedInterface,
  namespace: string,
  nodeOf: ReadonlyMap<string, string>,
): Promise<DeviceStatus> {
  const { name, kind, mtu, addresses, details, isUp } = link;
  const colon = peer?.lastIndexOf(':') ?? -1;
  const peerNode = peer === undefined ? undefined : nodeOf.get(peer.slice(0, colon));
  return {
    name,
    ...(kind !== undefined && { kind }),
    state: isUp ? 'up' : 'down',
    mtu,
    addresses,
    ...(peerNode !== undefined && { peer: `${peerNode} ${peer?.slice(colon + 1)}` }),
    ...(master !== undefined && { master: master.slice(master.lastIndexOf(':') + 1) }),
    isTunnel: kind !== undefined && !PLAIN_KINDS.has(kind),
    details,
    remotes: kind === 'vxlan' ? await forwardingRemotes(namespace, name) : [],
  };
}

/** A device that was there when the lab was brought up. */
function missingDevice(name: string): DeviceStatus {
  return { name, state: 'missing', addresses: [], isTunnel: false, details: {}, remotes: [] };
}

async function forwardingRemotes(namespace: string, device: string): Promise<string[]> {
  const { stdout } = await runCommand(['bridge', '-n', namespace, '-j', 'fdb', 'show', 'dev', device]);
  const entries = JSON.parse(stdout || '[]') as readonly { dst?: string }[];
  return [...new Set(entries.flatMap(({ dst }) => dst ?? []))];
}

/** What is missing of these, in words. */
export function problemsOf(nodes: readonly NodeStatus[], processes: readonly ProcessStatus[]): string[] {
  return [
    ...nodes.filter(({ isThere }) => !isThere).map(({ name }) => `${name}: its namespace is gone`),
    ...processes
      .filter(({ isRunning }) => !isRunning)
      .map(({ node, pid, command }) => `${node}: process ${pid} has ended: ${command}`),
    ...nodes.flatMap(({ name, devices }) =>
      devices
        .filter(({ state }) => state !== 'up')
        .map((device) => `${name}: device ${device.name} is ${device.state}`),
    ),
  ];
}

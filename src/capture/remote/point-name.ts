/** Points elsewhere, as `-i` takes them: `ssh://HOST/IFACE`, `kube://…`, `cmd:NAME=COMMAND`. */
import { CaptureError } from '../../packet/source.ts';
import { escapeControls } from '../../text/printable.ts';

interface PointBase {
  /** As it is given. */
  readonly text: string;
  /** Short, for tables and messages: `node1:eth0`. */
  readonly name: string;
  /** Whose clock stamps its packets: two points with the same words here have the same clock. */
  readonly clock: string;
}

export interface SshPoint extends PointBase {
  readonly kind: 'ssh';
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  /** As `-i` there takes it: `eth0`, `NETNS:eth0`. */
  readonly device: string;
}

export interface NodePoint extends PointBase {
  readonly kind: 'node';
  readonly context: string | undefined;
  readonly node: string;
  readonly device: string;
}

export interface PodPoint extends PointBase {
  readonly kind: 'pod';
  readonly context: string | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
  readonly device: string;
}

export interface CommandPoint extends PointBase {
  readonly kind: 'command';
  readonly command: string;
}

export type RemotePoint = SshPoint | NodePoint | PodPoint | CommandPoint;

/** What may stand in a user's `ssh_config` as %h and %r, where a shell reads it: no sign that means something to one. */
const USER = /^[A-Za-z0-9_.][A-Za-z0-9_.@+-]*$/;
const HOST = /^(?:[\p{L}\p{N}_][\p{L}\p{N}_.-]*|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?\])$/u;
/** RFC 1123, section 2.1, as Kubernetes has it for names of nodes, pods and namespaces. */
const KUBE_NAME = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const LONGEST = 512;

/**
 * @param text of `-i`
 * @returns undefined if it is an interface of this machine
 * @throws {CaptureError} if it is none, and no point elsewhere either
 */
export function parseRemotePoint(text: string): RemotePoint | undefined {
  if (text.startsWith('ssh://')) return parseSsh(text, text.slice('ssh://'.length));
  if (text.startsWith('kube://')) return parseKube(text, text.slice('kube://'.length));
  const [, name, command] = /^cmd:([^=]*)=(.*)$/s.exec(text) ?? [];
  return name === undefined || command === undefined ? undefined : namedCommand(text, name, command);
}

function parseSsh(text: string, rest: string): SshPoint {
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const device = slash < 0 ? '' : rest.slice(slash + 1);
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : authority.slice(0, at);
  const [, place = '', digits] = /^(.*?)(?::(\d{1,5}))?$/s.exec(authority.slice(at + 1)) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (user !== undefined && !USER.test(user)) fail(text, 'the user’s name has a sign that ssh is not given');
  if (!HOST.test(place)) fail(text, 'expected the name or address of a host');
  if (port !== undefined && (port === 0 || port > 65_535)) fail(text, 'ports are 1 to 65535');
  checkDevice(text, device);
  const host = place.replace(/^\[|\]$/g, '');
  return {
    ...{ kind: 'ssh', text, user, host, port, device },
    name: `${host.includes(':') ? place : host}:${device}`,
    clock: port === undefined ? place.toLowerCase() : `${place.toLowerCase()}:${port}`,
  };
}

/** The context, whose name may have slashes, stands in front. */
function parseKube(text: string, rest: string): NodePoint | PodPoint {
  const onNode = /^(?:(.+?)\/)?node\/([^/]+)\/(.+)$/s.exec(rest);
  if (onNode !== null) {
    const [, context, node = '', device = ''] = onNode;
    checkKube(text, context, node);
    checkDevice(text, device);
    const clock = context === undefined ? node : `${context}/${node}`;
    return { kind: 'node', text, context, node, device, name: `${node}:${device}`, clock };
  }
  const inPod = /^(?:(.+?)\/)?([^/]+)\/pod\/([^/:]+)(?::([^/:]+))?\/(.+)$/s.exec(rest);
  if (inPod === null) fail(text, 'neither a node nor a pod');
  const [, context, namespace = '', pod = '', container, device = ''] = inPod;
  checkKube(text, context, namespace, pod, container ?? pod);
  checkDevice(text, device);
  // Which node it is on is not known.
  const clock = `${context === undefined ? '' : `${context}/`}${namespace}/${pod}`;
  return {
    ...{ kind: 'pod', text, context, namespace, pod, container, device },
    ...{ name: `${namespace}/${pod}:${device}`, clock },
  };
}

function namedCommand(text: string, name: string, command: string): CommandPoint {
  if (name === '' || name.length > LONGEST || /[\p{C}/]/u.test(name))
    fail(text, 'the name is missing, or has a slash');
  if (command.trim() === '' || command.includes('\0')) fail(text, 'the command is missing');
  return { kind: 'command', text, name, clock: name, command };
}

function checkKube(text: string, context: string | undefined, ...names: readonly string[]): void {
  const wrong = names.find((name) => name.length > 253 || !KUBE_NAME.test(name));
  if (wrong !== undefined) fail(text, `Kubernetes does not have names like ${escapeControls(wrong)}`);
  if (context !== undefined && (context.startsWith('-') || /\p{C}/u.test(context)))
    fail(text, 'the context’s name is not one that kubectl is given');
}

/** It goes over there on a line of its own. */
function checkDevice(text: string, device: string): void {
  if (device === '') fail(text, 'the interface is missing');
  if (device.startsWith('-') || device.length > LONGEST || /[\p{C}\p{Zl}\p{Zp}\s]/u.test(device))
    fail(text, 'the interface’s name is not one that is handed on');
  if (parseRemotePoint(device) !== undefined) fail(text, 'a point elsewhere can’t lead on to another');
}

function fail(text: string, why: string): never {
  throw new CaptureError(
    `-i ${escapeControls(text)}: ${why}; expected ssh://[USER@]HOST[:PORT]/[NETNS:]IFACE, kube://[CONTEXT/]node/NAME/IFACE, kube://[CONTEXT/]NAMESPACE/pod/NAME[:CONTAINER]/IFACE or cmd:NAME=COMMAND`,
  );
}

/** Where two would have the same name, as of two users of one host, they are called as they were given. */
export function distinctNames(points: readonly RemotePoint[], taken: readonly string[]): RemotePoint[] {
  const names = [...taken, ...points.map(({ name }) => name)];
  return points.map((point) =>
    names.filter((name) => name === point.name).length === 1 ? point : { ...point, name: point.text },
  );
}

/** Names as `-i` takes them, by the clock that stamps the packets there: those of this machine together, and first. */
export function byClock(names: readonly string[]): string[][] {
  const groups = new Map<string | undefined, string[]>();
  for (const name of names) {
    const clock = parseRemotePoint(name)?.clock;
    groups.set(clock, [...(groups.get(clock) ?? []), name]);
  }
  const here = groups.get(undefined);
  groups.delete(undefined);
  return here === undefined ? [...groups.values()] : [here, ...groups.values()];
}

/** What drawings of labs are put together from: boxes, cells, and what a host has in them. */
import type { DeviceStatus, NodeStatus } from './status.ts';

export interface SortedHost {
  readonly node: NodeStatus;
  /** Bridges and tunnels. */
  readonly upper: readonly DeviceStatus[];
  /** What leads to another host or the router. */
  readonly cables: readonly DeviceStatus[];
}

export function sortDevices(node: NodeStatus): SortedHost {
  const own = node.devices.filter(({ master }) => master === undefined);
  const cables = own.filter(({ kind }) => kind === 'veth').slice(0, 1);
  const bridges = own.filter(({ kind }) => kind === 'bridge');
  const others = own.filter((device) => !cables.includes(device) && !bridges.includes(device));
  return { node, upper: [...bridges, ...others], cables };
}

export function isPlugged(container: NodeStatus, host: NodeStatus): boolean {
  return host.devices.some(
    ({ peer, master, state }) =>
      peer?.startsWith(`${container.name} `) && master !== undefined && state === 'up',
  );
}

/** `br0 172.16.0.1/24` */
export function cell({ name, addresses, state }: DeviceStatus): string {
  return [name, ...addresses, ...(state === 'up' ? [] : [`✗ ${state}`])].join(' ');
}

export function tunnelName({ kind, details }: DeviceStatus, program: string | undefined): string {
  const { vni, port } = details;
  return [
    (kind === 'tun' ? program : undefined) ?? kind ?? '',
    ...(vni === undefined ? [] : [vni]),
    ...(port === undefined ? [] : [`:${port}`]),
  ].join(' ');
}

/** Two names in few cells, without what they share: `vxlan 42 ≠ 43`. */
export function difference(name: string, other: string): string {
  const [words, others] = [name.split(' '), other.split(' ')];
  const [kind = '', otherKind = ''] = [words[0], others[0]];
  if (kind !== otherKind) return `${kind} ≠ ${otherKind}`;
  const at = words.findIndex((word, i) => word !== others[i]);
  return `${kind} ${words[at] ?? ''} ≠ ${others[at] ?? ''}`;
}

/** Whether a tunnel's envelopes go to a node, as far as the kernel says where they go. */
export function reaches(device: DeviceStatus | undefined, { devices }: NodeStatus): boolean {
  const { remote } = device?.details ?? {};
  const remotes = [...(device?.remotes ?? []), ...(typeof remote === 'string' ? [remote] : [])];
  const own = devices.flatMap(({ addresses }) => addresses.map((address) => address.split('/')[0]));
  return remotes.length === 0 || remotes.some((address) => own.includes(address));
}

export function drawBox(
  canvas: string[][],
  x: number,
  y: number,
  width: number,
  { name, isThere }: NodeStatus,
  content: readonly string[],
  height = content.length,
): void {
  const room = width - 2;
  put(canvas, x, y, `┌─ ${name} ${'─'.repeat(Math.max(room - name.length - 3, 0))}┐`);
  for (let row = 0; row < height; row++) {
    const text = isThere ? (content[row] ?? '') : row === 0 ? '✗ gone' : '';
    put(
      canvas,
      x,
      y + 1 + row,
      `│${text.length > room ? `${text.slice(0, room - 1)}…` : text.padEnd(room)}│`,
    );
  }
  put(canvas, x, y + 1 + height, `└${'─'.repeat(room)}┘`);
}

export function put(canvas: string[][], x: number, y: number, text: string): void {
  for (let row = canvas.length; row <= y; row++) canvas.push([]);
  for (const [i, character] of [...text].entries()) (canvas[y] as string[])[x + i] = character;
}

/** The canvas as lines. */
export function linesOf(canvas: readonly (readonly string[])[]): string[] {
  return canvas.map((row) =>
    Array.from(row, (character) => character ?? ' ')
      .join('')
      .trimEnd(),
  );
}

/** A lab's hosts, bridges, tunnels and addresses as a drawing in text. */
import {
  cell,
  difference,
  drawBox,
  isPlugged,
  linesOf,
  put,
  reaches,
  type SortedHost,
  sortDevices,
  tunnelName,
} from './drawing-parts.ts';
import type { DeviceStatus, LabStatus, NodeStatus } from './status.ts';
import { drawRows } from './status-drawing-rows.ts';

/** Columns of the whole. */
const LEAST_WIDTH = 80;
const MOST_WIDTH = 120;
const ROUTER_WIDTH = 16;
/** Of what is between the hosts, at least. */
const LEAST_MIDDLE = 20;

/**
 * Two hosts with the router between, if there is one, and their containers above them; more hosts below each other.
 *
 * @param columns that there are
 * @returns lines; undefined if the lab is of another shape, or the room too small
 */
export function drawLab(status: LabStatus, columns: number): string[] | undefined {
  const { nodes, processes } = status;
  const hosts = nodes.filter(({ kind }) => kind === 'host');
  const routers = nodes.filter(({ kind }) => kind === 'router');
  const containers = hosts.map(({ name }) => nodes.filter(({ host }) => host === name));
  if (hosts.length > 2) return drawRows(status, columns);
  const [one, two] = hosts.map(sortDevices) as [SortedHost | undefined, SortedHost | undefined];
  const fits = columns >= LEAST_WIDTH && containers.every(({ length }) => length <= 2);
  if (one === undefined || two === undefined || routers.length > 1 || !fits) return undefined;

  const width = Math.min(columns, MOST_WIDTH);
  const middle = LEAST_MIDDLE + Math.floor((width - LEAST_WIDTH) / 4);
  const hostWidth = Math.floor((width - middle) / 4) * 2;
  const canvas: string[][] = [];

  const top = Math.max(0, ...containers.flat().map(({ devices }) => devices.flatMap(cellLines).length + 2));
  const upper = Math.max(one.upper.length, two.upper.length);
  const cableRow = top + upper + 2;
  const [router] = routers;
  const columnsOfHosts = [0, hostWidth + middle];
  for (const [i, host] of [one, two].entries()) {
    const x = columnsOfHosts[i] as number;
    const cables = host.cables.map(cell);
    // The second host's cable goes to the router's second device, one row below the first.
    const lower = router === undefined ? cables : i === 0 ? [...cables, ''] : ['', ...cables];
    const padding = Array.from({ length: upper - host.upper.length + 1 }, () => '');
    drawBox(canvas, x, top, hostWidth, host.node, [...host.upper.map(cell), ...padding, ...lower]);
    for (const [j, container] of (containers[i] as NodeStatus[]).entries()) {
      const half = hostWidth / 2;
      drawBox(canvas, x + j * half, 0, half, container, container.devices.flatMap(cellLines), top - 2);
      if (!isPlugged(container, host.node)) continue;
      const column = x + j * half + Math.floor(half / 2);
      put(canvas, column, top - 1, '┬');
      put(canvas, column, top, '┴');
    }
  }
  const rows = [one, two].map(({ upper }) =>
    upper.findIndex(({ isTunnel, state }) => isTunnel && state === 'up'),
  );
  const ends = rows.map((row) => row >= 0);
  if (ends.includes(true)) {
    const row = rows.find((found) => found >= 0) as number;
    // What is started last is the tunnel; what it needs, before.
    const { program } =
      processes.findLast(({ node }) => node === one.node.name || node === two.node.name) ?? {};
    const devices = [one, two].map(({ upper }) => upper.find(({ isTunnel }) => isTunnel));
    const names = devices.flatMap((device) => (device === undefined ? [] : [tunnelName(device, program)]));
    const [name = '', other = name] = names;
    const isJoined = name === other && reaches(devices[0], two.node) && reaches(devices[1], one.node);
    const said = isJoined
      ? name
      : name === other
        ? `${name.replace(/ :\d+$/, '')} → ?`
        : difference(name, other);
    put(canvas, hostWidth - 1, top + 1 + row, tunnelLine(said, middle, ends, isJoined));
  }
  const hasCable = [one, two].map(({ cables }) => cables.length > 0);
  if (router === undefined) {
    if (hasCable[0] && hasCable[1]) put(canvas, hostWidth - 1, cableRow, `├${'─'.repeat(middle)}┤`);
  } else {
    const x = hostWidth + Math.floor((middle - ROUTER_WIDTH) / 2);
    const towards = (host: SortedHost) =>
      router.devices.filter(({ peer }) => peer?.startsWith(`${host.node.name} `));
    const [left, right] = [towards(one)[0], towards(two)[0]];
    const others = router.devices.filter((device) => device !== left && device !== right);
    drawBox(canvas, x, cableRow - 1, ROUTER_WIDTH, router, [
      ...[left, right].map((device) => (device === undefined ? '' : cell(device))),
      ...others.map(cell),
    ]);
    const toRouter = x - hostWidth;
    const fromRouter = middle - toRouter - ROUTER_WIDTH;
    if (hasCable[0] && left !== undefined) put(canvas, hostWidth - 1, cableRow, `├${'─'.repeat(toRouter)}┤`);
    if (hasCable[1] && right !== undefined) {
      put(canvas, x + ROUTER_WIDTH - 1, cableRow + 1, `├${'─'.repeat(fromRouter)}┤`);
    }
  }
  return linesOf(canvas);
}

/** The same for a narrow box: below each other. */
function cellLines({ name, addresses, state }: DeviceStatus): string[] {
  return [state === 'up' ? name : `${name} ✗ ${state}`, ...addresses];
}

/**
 * @param ends whether the tunnel has them
 * @param isJoined whether what goes in at one comes out at the other
 */
function tunnelLine(name: string, width: number, ends: readonly boolean[], isJoined: boolean): string {
  const shown = name.slice(0, width - 4);
  const room = width - shown.length - 2;
  const before = Math.floor(room / 2);
  const [left, right] = ends.map((isThere) => (isThere && isJoined ? '═' : '╌')) as [string, string];
  return `${ends[0] ? '╞' : '│'}${left.repeat(before)} ${shown} ${right.repeat(room - before)}${ends[1] ? '╡' : '│'}`;
}

/** A lab of three hosts or more as a drawing in text: hosts below each other, their containers on the left, the router on the right. */
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
import type { LabStatus, NodeStatus } from './status.ts';

/** Columns: of boxes with an address in each line, and of what is between them. */
const CONTAINER_WIDTH = 22;
const CABLE = 2;
const HOST_WIDTH = 27;
const GAP = 13;
const ROUTER_WIDTH = 16;
/** Of the line that joins the tunnel's ends, in the gap. */
const BUS = 3;
/** Of a container with one line in it. */
const CONTAINER_HEIGHT = 3;

const HOST_X = CONTAINER_WIDTH + CABLE;
const GAP_X = HOST_X + HOST_WIDTH;
const ROUTER_X = GAP_X + GAP;

/** @returns undefined if the room is too small, or the lab of another shape */
export function drawRows({ nodes, processes }: LabStatus, columns: number): string[] | undefined {
  const hosts = nodes.filter(({ kind }) => kind === 'host').map(sortDevices);
  const [router, ...routers] = nodes.filter(({ kind }) => kind === 'router');
  if (columns < ROUTER_X + ROUTER_WIDTH || routers.length > 0) return undefined;

  const canvas: string[][] = [];
  const placed: { host: SortedHost; tunnelRow: number; cableRow: number }[] = [];
  for (const host of hosts) {
    const y = canvas.length;
    const containers = nodes.filter((node) => node.host === host.node.name);
    const own = host.upper.length + 1 + host.cables.length;
    const height = Math.max(own, containers.length * CONTAINER_HEIGHT - 2);
    drawBox(
      canvas,
      HOST_X,
      y,
      HOST_WIDTH,
      host.node,
      [...host.upper.map(cell), '', ...host.cables.map(cell)],
      height,
    );
    for (const [i, container] of containers.entries()) {
      const top = y + i * CONTAINER_HEIGHT;
      drawBox(canvas, 0, top, CONTAINER_WIDTH, container, [container.devices.map(cell).join(' ')], 1);
      if (isPlugged(container, host.node))
        put(canvas, CONTAINER_WIDTH - 1, top + 1, `├${'─'.repeat(CABLE)}┤`);
    }
    const tunnel = host.upper.findIndex(({ isTunnel, state }) => isTunnel && state === 'up');
    placed.push({ host, tunnelRow: tunnel < 0 ? -1 : y + 1 + tunnel, cableRow: y + own });
  }

  if (router !== undefined) drawRouter(canvas, router, placed);
  const ends = placed.filter(({ tunnelRow }) => tunnelRow >= 0);
  if (ends.length > 1) drawTunnel(canvas, ends, processes);
  return linesOf(canvas);
}

function drawRouter(
  canvas: string[][],
  router: NodeStatus,
  placed: readonly { host: SortedHost; cableRow: number }[],
): void {
  const cables = placed.flatMap(({ host, cableRow }) => {
    const device = router.devices.find(({ peer }) => peer?.startsWith(`${host.node.name} `));
    return device === undefined || host.cables.length === 0 ? [] : [{ device, row: cableRow }];
  });
  const rows = cables.map(({ row }) => row);
  const top = Math.min(...rows, canvas.length) - 1;
  const height = Math.max(Math.max(...rows, top + 1) - top, 1);
  const content = Array.from({ length: height }, (_, i) => {
    const found = cables.find(({ row }) => row === top + 1 + i);
    return found === undefined ? '' : cell(found.device);
  });
  drawBox(canvas, ROUTER_X, top, ROUTER_WIDTH, router, content);
  for (const row of rows) put(canvas, GAP_X - 1, row, `├${'─'.repeat(GAP)}┤`);
}

/** A line from each end to one that joins them: whole only where each host's envelopes reach each other host. */
function drawTunnel(
  canvas: string[][],
  ends: readonly { host: SortedHost; tunnelRow: number }[],
  processes: LabStatus['processes'],
): void {
  const tunnels = ends.map(({ host, tunnelRow }) => {
    const device = host.upper.find(({ isTunnel, state }) => isTunnel && state === 'up');
    const program = processes.findLast(({ node }) => node === host.node.name)?.program;
    return {
      node: host.node,
      row: tunnelRow,
      device,
      name: device === undefined ? '' : tunnelName(device, program),
    };
  });
  const [{ name }] = tunnels as [(typeof tunnels)[number]];
  const other = tunnels.find((one) => one.name !== name)?.name;
  const apart = tunnels.flatMap((from) =>
    tunnels
      .filter((to) => to !== from && !reaches(from.device, to.node))
      .map((to) => `${from.node.name} ↛ ${to.node.name}`),
  );
  const isJoined = other === undefined && apart.length === 0;
  const said = other === undefined ? [name, ...apart].join(', ') : difference(name, other);
  const [across, down, crossed] = isJoined ? ['═', '║', '╫'] : ['╌', '╎', '┼'];
  const [first, middle, last] = isJoined ? ['╗', '╣', '╝'] : ['┐', '┤', '┘'];

  const x = GAP_X + BUS;
  const rows = tunnels.map(({ row }) => row);
  const [start, end] = [rows[0] as number, rows.at(-1) as number];
  for (let y = start + 1; y < end; y++) put(canvas, x, y, canvas[y]?.[x] === '─' ? crossed : down);
  for (const row of rows) {
    const corner = row === start ? first : row === end ? last : middle;
    put(canvas, GAP_X - 1, row, `╞${across.repeat(BUS)}${corner}`);
  }
  put(canvas, x + 2, start, said.slice(0, ROUTER_X + ROUTER_WIDTH - x - 2));
}

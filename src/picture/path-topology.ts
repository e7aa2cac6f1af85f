/** Hosts and devices as captures show them: those where pings were seen, in the order of the way, and tunnels between them. */
import { tunnelsCell } from '../exchange/tunnel-words.ts';
import type { PathPing, PathView, Sighting } from '../path/path-view.ts';
import { escapeControls } from '../text/printable.ts';
import { counted } from '../text/words.ts';
import { splitName } from './ladder.ts';
import type { Box, Device, Edge, Topology } from './topology.ts';

/**
 * What lies between two points of a way is not in a capture: they are joined as neighbours. A tunnel goes from where it was first seen around
 * a ping to where it was last.
 */
export function pathTopology(view: PathView): Topology {
  const boxes = new Map<string, Device[]>();
  const order = [...new Set(view.ways.flatMap(({ points }) => points))];
  const others = view.points.map((_, point) => point).filter((point) => !order.includes(point));
  for (const point of [...order, ...others]) {
    const { host, name } = splitName(escapeControls(view.points[point]?.name ?? ''));
    const title = host === '' ? name : host;
    const devices = boxes.get(title) ?? [];
    devices.push(deviceOf(view, point, name));
    boxes.set(title, devices);
  }
  return {
    boxes: [...boxes].map(([title, devices]): Box => ({ title, devices })),
    edges: [...neighbourEdges(view), ...tunnelEdges(view)],
  };
}

function deviceOf({ points, rows }: PathView, point: number, name: string): Device {
  const { requests = 0, replies = 0, name: id = '' } = points[point] ?? {};
  const seen = [counted(requests, 'request'), counted(replies, 'reply', 'replies')];
  return {
    ...{ id, name, what: requests + replies === 0 ? 'no ping seen here' : seen.join(', '), addresses: [] },
    ...{ isUp: true, isPort: false },
    isTunnel: rows.some(({ request, reply }) =>
      [...request, ...reply].some((at) => at.point === point && at.tunnels !== 0),
    ),
  };
}

function neighbourEdges({ points, ways }: PathView): Edge[] {
  const edges = new Map<string, Edge>();
  const hostOf = (name: string) => splitName(name).host;
  for (const way of ways) {
    for (const [i, point] of way.points.entries()) {
      const [from, to] = [points[way.points[i - 1] ?? -1]?.name, points[point]?.name];
      if (from === undefined || to === undefined) continue;
      if (hostOf(from) === hostOf(to) && hostOf(from) !== '') continue;
      edges.set(`${from}\n${to}`, { from, to, kind: 'pair', label: '' });
    }
  }
  return [...edges.values()];
}

/** Of each tunnel the longest part that one ping shows. */
function tunnelEdges(view: PathView): Edge[] {
  const found = new Map<string, { edge: Edge; length: number }>();
  for (const { request } of view.rows) {
    for (const [tunnels, first, last, length] of runsOf(request)) {
      const label = tunnelsCell(view.tunnels[tunnels] ?? []);
      const [from, to] = [view.points[first]?.name ?? '', view.points[last]?.name ?? ''];
      if ((found.get(label)?.length ?? 1) >= length) continue;
      found.set(label, { edge: { from, to, kind: 'tunnel', label }, length });
    }
  }
  return [...found.values()].map(({ edge }) => edge);
}

type Run = [tunnels: number, first: number, last: number, length: number];

/** Sightings one after the other in the same tunnels. */
function runsOf(sightings: PathPing['request']): Run[] {
  const runs: Run[] = [];
  let before: Sighting | undefined;
  for (const sighting of sightings) {
    const run = runs.at(-1);
    const { tunnels, point } = sighting;
    if (run !== undefined && before?.tunnels === tunnels) {
      run[2] = point;
      run[3]++;
    } else runs.push([tunnels, point, point, 1]);
    before = sighting;
  }
  return runs.filter(([tunnels]) => tunnels !== 0);
}

/** A lab as a drawing, with its tunnels, processes, and what is missing. */
import wrapAnsi from 'wrap-ansi';
import type { Lab } from '../../../../lab/network/labs.ts';
import { type DeviceStatus, type LabStatus, labStatus } from '../../../../lab/network/status.ts';
import { drawLab } from '../../../../lab/network/status-drawing.ts';
import { asciiJson, escapeControls } from '../../../../text/printable.ts';
import { EXIT } from '../../../errors.ts';
import { writeText } from '../../../standard-output.ts';

const WIDTH = 80;
const INDENT = '      ';

/**
 * @param columns of the drawing; default: the terminal's
 * @returns the exit code: not met where something is missing
 */
export async function showStatus(lab: Lab, format: 'text' | 'json', columns?: number): Promise<number> {
  const status = await labStatus(lab);
  const width = columns ?? process.stdout.columns ?? WIDTH;
  writeText(format === 'json' ? `${asciiJson(status)}\n` : statusText(status, width));
  return status.problems.length === 0 ? EXIT.done : EXIT.notMet;
}

function statusText(status: LabStatus, columns: number): string {
  const { name, title, since, nodes, processes, problems } = status;
  const lines = [`lab ${name}: ${title}`, `up since ${since.slice(0, 19).replace('T', ' ')} UTC`, ''];
  lines.push(...(drawLab(status, columns) ?? nodeLines(status)));
  const tunnels = nodes.flatMap((node) =>
    node.devices.filter(({ isTunnel }) => isTunnel).map((device) => tunnelText(node.name, device)),
  );
  if (tunnels.length > 0) lines.push('', 'tunnels', ...tunnels);
  if (processes.length > 0) {
    lines.push('', 'processes');
    for (const { pid, node, command, isRunning } of processes) {
      lines.push(`  ${isRunning ? pid : '✗ ended'} ${node}: ${command}`);
    }
  }
  lines.push('');
  if (problems.length === 0) lines.push('everything is in place');
  else lines.push('missing', ...problems.map((problem) => `  ${problem}`));
  return lines.map((line) => `${wrapped(escapeControls(line), columns)}\n`).join('');
}

/** What does not fit goes on below, a little to the right. */
function wrapped(line: string, columns: number): string {
  if (line.length <= columns) return line;
  const [first = '', ...rest] = wrapAnsi(line, columns - INDENT.length, { trim: false, hard: true }).split(
    '\n',
  );
  return [first, ...rest.map((text) => INDENT + text.trimStart())].join('\n');
}

function tunnelText(node: string, { name, kind, state, mtu, details, remotes }: DeviceStatus): string {
  const own = Object.entries(details).map(([key, value]) => (value === true ? key : `${key} ${value}`));
  const { remote } = details;
  const others = remotes.filter((address) => address !== remote).map((address) => `forwards to ${address}`);
  const parts = [kind ?? '', ...own, ...others, `mtu ${mtu}`, ...(state === 'up' ? [] : [state])];
  return `  ${node} ${name}: ${parts.join(', ')}`;
}

/** Where there is no drawing: a line a device. */
function nodeLines({ nodes }: LabStatus): string[] {
  return nodes.flatMap(({ name, kind, isThere, devices }) => [
    `${name} (${kind})${isThere ? '' : ' ✗ gone'}`,
    ...devices.map((device) => {
      const ends = [device.peer ?? '', device.master === undefined ? '' : `in ${device.master}`];
      const state = device.state === 'up' ? '' : `✗ ${device.state}`;
      const parts = [device.name, ...device.addresses, ...ends, state].filter((part) => part !== '');
      return `  ${parts.join('  ')}`;
    }),
  ]);
}

/** Programs that hold devices, and don't let the kernel know where they send what goes into them. */
import type { ProgramFacts } from '../../host/facts/facts.ts';
import { run } from '../commands.ts';
import { type Device, deviceTitle, type Namespace } from '../model.ts';
import { type Problem, problem } from '../problem.ts';
import type { Check } from '../situation.ts';

export const programDevices: Check = ({ model, tunnels }) => {
  const known = new Set(tunnels.map(({ device }) => device));
  return model.namespaces.flatMap((namespace) => {
    const held = namespace.devices.filter(
      (device) => device.kind === 'tun' && device.isUp && device.programs.length > 0 && !known.has(device),
    );
    const pids = new Set(held.map(({ programs: [program] }) => program?.pid));
    return [...pids].map((pid) =>
      unknownTunnel(
        namespace,
        held.filter(({ programs: [program] }) => program?.pid === pid),
      ),
    );
  });
};

function unknownTunnel(namespace: Namespace, devices: readonly Device[]): Problem {
  const [device] = devices as [Device];
  const [program] = device.programs as [ProgramFacts];
  const { process, pid } = program;
  const others = devices.slice(1).map(({ name }) => name);
  const ask = question(namespace, program);
  return problem('program-device', 'info', device, {
    seen: `${[deviceTitle(device), ...others].join(' and ')} ${devices.length === 1 ? 'belongs' : 'belong'} to ${process} (${pid})`,
    wrong: 'where its tunnels lead is known to that program alone, and was not checked',
    fix: [],
    advice: ask === undefined ? `ask ${process}, or read its configuration` : `ask it: ${ask}`,
  });
}

/** What it answers. */
function question(namespace: Namespace, { process, pid, command }: ProgramFacts): string | undefined {
  // Its socket is in its own file system, which may be another one.
  if (process === 'wireguard-go') return `nsenter -t ${pid} -m -n wg show`;
  if (process !== 'ovs-vswitchd') return undefined;
  const database = command.find((word) => /^(unix|tcp|ssl):/.test(word));
  return run(namespace, 'ovs-vsctl', ...(database === undefined ? [] : [`--db=${database}`]), 'show');
}

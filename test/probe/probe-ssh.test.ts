/** A probe between hosts that ssh reaches, and from a namespace on one of them: nothing of them is seen from here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namespaceName } from '../../src/lab/network/network.ts';
import type { ProbeResult } from '../../src/probe/probe-result.ts';
import { COMMAND } from '../support/command.ts';
import { Lab, missingForLiveCapture, skipNote } from '../support/lab.ts';
import { Running } from '../support/running.ts';
import { missingForSsh, SshHosts } from '../support/ssh-hosts.ts';

const missing = missingForLiveCapture() ?? missingForSsh();
const LAB = `tps${process.pid}`;

describe.skipIf(missing !== undefined)(`a probe over ssh${skipNote(missing)}`, () => {
  const lab = new Lab(LAB);
  const hosts = new SshHosts();
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    await lab.up();
    await lab.tunnel('vxlan-learning');
    hosts.start(lab, { h1: 2_000_000_000n, h2: -1_000_000_000n });
    env = hosts.environment({ h1: '10.1.0.10', h2: '10.2.0.10' });
  });
  afterAll(async () => {
    hosts.stop();
    await lab.down();
  });

  async function probe(...words: string[]): Promise<{ result: ProbeResult; status: number | null }> {
    const running = new Running(
      [...lab.on('rt'), process.execPath, COMMAND, 'probe', ...words, '--json'],
      env,
    );
    const status = await running.end();
    if (running.stdout === '') throw new Error(running.stderr);
    return { result: JSON.parse(running.stdout), status };
  }

  it('between hosts, to the address that ssh reaches; from a namespace there into the tunnel', async () => {
    const [container, target] = ['h1-ns1', 'h2-ns1'].map((node) => namespaceName(LAB, node));
    const [plain, inside] = await Promise.all([
      probe('ssh://h1', 'ssh://h2'),
      probe(`ssh://h1/${container}`, `ssh://h2//var/run/netns/${target}`),
    ]);
    expect(plain).toMatchObject({
      status: 0,
      result: { verdict: 'pass', address: '10.2.0.10', largest: 1500, limit: 1500 },
    });
    expect(inside.result.checks.filter(({ met }) => !met)).toEqual([]);
    expect(inside.result).toMatchObject({ verdict: 'pass', address: '172.16.1.2', largest: 1450 });
    expect(inside.result.conclusion).toContain('larger ones are refused with MTU 1450');
    // Through the envelope, by clocks three seconds apart.
    expect(inside.result.path.tunnels.flat().map(({ kind, vni }) => [kind, vni])).toContainEqual([
      'vxlan',
      42,
    ]);
    expect(inside.result.path.clocks.map(({ name }) => name).sort()).toEqual(['h1', 'h2']);
  });

  it('a host that is not there: one line', async () => {
    const running = new Running(
      [...lab.on('rt'), process.execPath, COMMAND, 'probe', 'ssh://nobody.invalid', 'ssh://h2'],
      env,
    );
    expect(await running.end()).toBe(2);
    expect(running.stderr.trim().split('\n')).toHaveLength(1);
    expect(running.stderr).toMatch(/^tunnelscope: ssh:\/\/nobody\.invalid: .*nobody\.invalid/);
  });
});

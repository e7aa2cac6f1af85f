/** Captures through kubectl, with a stand-in that has kubectl itself look at each command line, and runs what would run in the pod. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../../support/command.ts';
import { Running } from '../../support/running.ts';

const kubectl = spawnSync('which', ['kubectl'], { encoding: 'utf8' }).stdout.trim();
const missing = kubectl === '' ? ' (needs kubectl: apt-get install kubernetes-client)' : '';
const help = kubectl === '' ? '' : spawnSync(kubectl, ['debug', '--help'], { encoding: 'utf8' }).stdout;
/** kubectl before 1.23, as Debian 12 has it, knows no profiles. */
const PROFILE = help.includes('--profile') ? [] : ['--kube-profile', ''];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-kubectl-'));
  const scripts = {
    // --help has kubectl read the flags and do nothing; what it does not know it refuses.
    kubectl: `printf '%s\\n' "$*" | cut -c1-150 >> ${folder}/log
before=
for word in "$@"; do [ "$word" = -- ] && break; before="$before $word"; done
${kubectl} $before --help > /dev/null 2>> ${folder}/refused || exit 1
case "$*" in
  *delete*) exit 0 ;;
  *debug*) echo "Creating debugging pod node-debugger-n1-x7k2p with container debugger on node n1." ;;
esac
while [ "$1" != -- ]; do shift; done; shift
exec "$@"`,
    tcpdump: `cat ${process.cwd()}/fixtures/socat.pcap; sed q >&2; echo "hostile \\033[2J line" >&2; exec sleep 60`,
    tunnelscope: 'exit 1',
    sudo: 'exit 1',
  };
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(join(folder, 'refused'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(missing !== '')(`kube://${missing}`, () => {
  it('a node and a pod: packets come, kubectl knows every word, and the pod that was made is deleted', async () => {
    const points = ['kube://prod/node/n1/cni0', 'kube://shop/pod/web-0:proxy/eth0'];
    const args = ['-T', 'line', ...points.flatMap((name) => ['-i', name]), ...PROFILE, 'udp'];
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const command = new Running([process.execPath, COMMAND, ...args], env);
    const count = (name: string) =>
      command.stdout.split('\n').filter((line) => line.endsWith(` on ${name}`)).length;
    await command.until(() => count('n1:cni0') === 8 && count('shop/web-0:eth0') === 8);
    expect(await command.end('SIGINT'), command.stderr).toBe(0);
    expect(readFileSync(join(folder, 'refused'), 'utf8')).toBe('');
    const log = readFileSync(join(folder, 'log'), 'utf8').split('\n');
    expect(log.map((line) => line.replace(/ -- sh -c .*/, ' --'))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^--context=prod debug node\/n1 --stdin --image=nicolaka\/netshoot( --profile=netadmin)? --$/,
        ),
        'exec --stdin --namespace=shop web-0 --container=proxy --',
        '--context=prod delete pod node-debugger-n1-x7k2p --wait=false --grace-period=1 --ignore-not-found',
      ]),
    );
    // Said under the point's name, and escaped.
    expect(command.stderr).toContain('tunnelscope: n1:cni0: hostile \\x1b[2J line');
    expect(command.stderr).toContain('tunnelscope: n1:cni0: captured in a pod that is made for it');
    expect(command.stderr).not.toContain('\u001b');
  });
});

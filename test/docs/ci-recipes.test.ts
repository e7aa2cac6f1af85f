/** examples/ci: what can be run without GitHub and without a cluster is run. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { COMMAND } from '../support/command.ts';
import { Lab, missingForLiveCapture, skipNote } from '../support/lab.ts';
import { Running } from '../support/running.ts';

const kubernetes = readFileSync('examples/ci/kubernetes-node.yaml', 'utf8');
const missing = missingForLiveCapture();
const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-recipes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the workflow', () => {
  const { jobs } = parse(readFileSync('examples/ci/github-workflow.yml', 'utf8'));
  const steps: { uses?: string; run?: string; with?: Record<string, string> }[] = jobs.overlay.steps;

  it('installs the archive that npm pack makes', () => {
    const run = steps.find((step) => step.run?.includes('npm install'))?.run;
    const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(run).toBe(`npm install --global ./ci/${name}-${version}.tgz`);
  });

  it('runs the script where it says to copy it, and keeps what it writes', () => {
    const run = steps.find((step) => step.run?.includes('overlay-check.sh'))?.run as string;
    const [, script, report] = /(\S+overlay-check\.sh) (\S+)$/.exec(run) as RegExpExecArray;
    expect(script).toBe('ci/overlay-check.sh');
    expect(existsSync('examples/ci/overlay-check.sh')).toBe(true);
    const keep = steps.find((step) => step.uses?.startsWith('actions/upload-artifact@'));
    expect(keep?.with?.path).toBe(`${report}/`);
  });

  it('the script is sound shell', () => {
    expect(spawnSync('bash', ['-n', 'examples/ci/overlay-check.sh']).status).toBe(0);
  });
});

describe('the DaemonSet', () => {
  const documents = parseAllDocuments(kubernetes);

  it('is YAML that names what it makes, in one namespace', () => {
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    const [namespace, set] = documents.map((document) => document.toJS());
    expect([namespace.kind, set.kind]).toEqual(['Namespace', 'DaemonSet']);
    expect(set.metadata.namespace).toBe(namespace.metadata.name);
    expect(set.spec.template.metadata.labels).toEqual(set.spec.selector.matchLabels);
    expect(set.spec.template.spec.hostNetwork).toBe(true);
  });
});

describe.skipIf(missing !== undefined)(`recipes, run${skipNote(missing)}`, () => {
  const lab = new Lab(`ty${process.pid}`);
  beforeAll(() => lab.up());
  afterAll(() => lab.down());

  const check = (report: string, environment: NodeJS.ProcessEnv = {}) =>
    spawnSync('examples/ci/overlay-check.sh', [report], {
      encoding: 'utf8',
      env: { ...process.env, TUNNELSCOPE: `${process.execPath} ${COMMAND}`, COUNT: '3', ...environment },
    });

  it('overlay-check.sh: pings, judges, keeps report and capture, leaves nothing else', () => {
    const report = join(folder, 'report');
    const { status, stdout, stderr } = check(report);
    expect(stderr).not.toContain('gave up');
    expect(stdout).toMatch(/^PASS {2}4 of 4 expectations met, 3 of 3 requests answered/m);
    expect(status).toBe(0);
    expect(readFileSync(join(report, 'junit.xml'), 'utf8')).toContain('tests="4" failures="0"');
    const counted = execFileSync('capinfos', ['-c', '-M', join(report, 'overlay.pcapng')], {
      encoding: 'utf8',
    });
    expect(counted).toMatch(/Number of packets:\s+6$/m);
    expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).not.toMatch(/^oc\d+-[ab]\b.*\n?oc/);
  });

  it('the workflow: its step, in a repository of the layout that it asks for', () => {
    const repository = join(folder, 'repository');
    mkdirSync(join(repository, 'bin'), { recursive: true });
    mkdirSync(join(repository, 'ci'));
    copyFileSync('examples/ci/overlay-check.sh', join(repository, 'ci/overlay-check.sh'));
    // What npm install --global makes, and sudo of somebody who is root already.
    symlinkSync(COMMAND, join(repository, 'bin/tunnelscope'));
    writeFileSync(join(repository, 'bin/sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    const { jobs } = parse(readFileSync('examples/ci/github-workflow.yml', 'utf8'));
    const step = jobs.overlay.steps.find((one: { run?: string }) => one.run?.includes('overlay-check.sh'));
    const path = [join(repository, 'bin'), dirname(process.execPath), process.env.PATH].join(':');
    const { status, stdout } = spawnSync('bash', ['-e', '-c', step.run], {
      cwd: repository,
      encoding: 'utf8',
      env: { ...process.env, PATH: path, COUNT: '2' },
    });
    expect(stdout).toMatch(/^PASS {2}4 of 4 expectations met, 2 of 2 requests answered/m);
    expect(status).toBe(0);
    expect(readdirSync(join(repository, 'overlay-report')).sort()).toEqual([
      'capture.log',
      'junit.xml',
      'overlay.pcapng',
    ]);
  });

  it('overlay-check.sh: its exit code is the verdict’s', () => {
    // No ping is sent, so that none is answered.
    const { status, stdout } = check(join(folder, 'failed'), { COUNT: '3', PING: 'false' });
    expect(stdout).toMatch(/^FAIL/m);
    expect(status).toBe(1);
  });

  it('kubernetes-node.yaml: its pipeline, on a host with Flannel’s VXLAN', async () => {
    await lab.tunnel('vxlan');
    lab.ping(1);
    const lines = [...kubernetes.matchAll(/-- (timeout \d+ tcpdump .*) \| tunnelscope (verify -r -)$/gm)];
    expect(lines).toHaveLength(2);
    for (const [, tcpdump, verify] of lines as unknown as [string, string, string][]) {
      // It ends with the pings instead of with the time.
      const ending = tcpdump.replace(' tcpdump ', ' tcpdump -c 6 ');
      const pipeline = `${ending} | '${process.execPath}' '${COMMAND}' ${verify}`;
      const running = new Running([...lab.on('h1'), 'sh', '-c', pipeline]);
      await running.until(({ stderr }) => stderr.includes('listening on'));
      expect(lab.ping(3)).toContain('3 received');
      expect(await running.end()).toBe(0);
      expect(running.stdout).toContain('vxlan vni 1 10.1.0.10 → 10.2.0.10');
      expect(running.stdout).toMatch(/^PASS {2}3 of 3 requests answered/m);
    }
  });
});

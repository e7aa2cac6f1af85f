/** What a release is made of: the Krew manifest beside Krew's own rules, and the workflow beside the scripts that it runs. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageDescription from '../package.json' with { type: 'json' };

describe('npm run krew', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-krew-test-'));
  const made = join(folder, 'dist-executable');
  const krew = (...words: string[]) =>
    spawnSync(process.execPath, [resolve('scripts/krew.mjs'), ...words], { cwd: folder, encoding: 'utf8' });
  const manifest = () => parse(readFileSync(join(made, 'tunnelscope.yaml'), 'utf8'));

  beforeAll(() => {
    for (const file of ['package.json', 'LICENSE']) copyFileSync(file, join(folder, file));
    mkdirSync(made);
    writeFileSync(join(made, 'THIRD-PARTY-LICENSES.txt'), 'licences\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says what is missing', () => {
    expect(krew()).toMatchObject({ status: 2, stderr: expect.stringContaining('npm run executable') });
  });

  it('makes a manifest that keeps Krew’s rules, and archives that it names with their sums', () => {
    for (const processor of ['x64', 'arm64']) {
      writeFileSync(join(made, `tunnelscope-linux-${processor}`), `#!/bin/sh\necho ${processor}\n`, {
        mode: 0o755,
      });
    }
    expect(krew()).toMatchObject({ status: 0, stderr: '' });
    const { apiVersion, kind, metadata, spec } = manifest();
    // internal/index/validation/validate.go, and semver with a v in front.
    expect(apiVersion).toBe('krew.googlecontainertools.github.com/v1alpha2');
    expect(kind).toBe('Plugin');
    expect(metadata).toEqual({ name: 'tunnelscope' });
    expect(metadata.name).toMatch(/^[\w-]+$/);
    expect(spec.version).toBe(`v${packageDescription.version}`);
    expect(spec.version).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(spec.shortDescription).toMatch(/^[^\r\n]{1,60}$/);
    expect(spec.homepage).toBe('https://github.com/tunnelscope/tunnelscope');
    expect(Object.keys(spec).sort()).toEqual([
      'description',
      'homepage',
      'platforms',
      'shortDescription',
      'version',
    ]);
    expect(spec.platforms.map((one: { selector: unknown }) => one.selector)).toEqual([
      { matchLabels: { os: 'linux', arch: 'amd64' } },
      { matchLabels: { os: 'linux', arch: 'arm64' } },
    ]);
    for (const { uri, sha256, bin } of spec.platforms) {
      const archive = join(made, uri.split('/').at(-1));
      expect(uri).toMatch(
        new RegExp(`^${spec.homepage}/releases/download/${spec.version}/[\\w.-]+\\.tar\\.gz$`),
      );
      expect(execFileSync('sha256sum', [archive], { encoding: 'utf8' })).toMatch(new RegExp(`^${sha256} `));
      // Krew asks for the licence in the archive, and unpacks all of it.
      const listed = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');
      expect(listed).toEqual(['LICENSE', 'THIRD-PARTY-LICENSES.txt', bin]);
      const unpacked = mkdtempSync(join(folder, 'unpacked-'));
      execFileSync('tar', ['-xzf', archive, '-C', unpacked]);
      expect(uri).toContain(execFileSync(join(unpacked, bin), { encoding: 'utf8' }).trim());
    }
  });

  it('makes the same bytes each time, for the place that is named', () => {
    const before = manifest().spec.platforms;
    expect(krew('https://example.org/files').status).toBe(0);
    const after = manifest().spec.platforms;
    expect(after.map((one: { sha256: string }) => one.sha256)).toEqual(
      before.map((one: { sha256: string }) => one.sha256),
    );
    expect(after[0].uri).toBe('https://example.org/files/tunnelscope-linux-x64.tar.gz');
  });
});

describe('the release workflow', () => {
  interface Job {
    needs?: string | string[];
    permissions?: Record<string, string>;
    steps: { uses?: string; run?: string; with?: Record<string, string> }[];
  }
  const text = readFileSync('.github/workflows/release.yml', 'utf8');
  const { permissions, jobs } = parse(text) as { permissions: unknown; jobs: Record<string, Job> };
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('runs scripts that are there', () => {
    const runs = steps.flatMap(({ run = '' }) => run.split('\n'));
    const scripts = runs.flatMap((line) => line.match(/\bscripts\/[\w.-]+/g) ?? []);
    expect(new Set(scripts)).toEqual(new Set(['scripts/test.sh', 'scripts/deb.sh']));
    for (const script of scripts) expect(existsSync(script)).toBe(true);
    const named = runs.flatMap((line) => /^npm run ([\w:]+)/.exec(line)?.[1] ?? []);
    expect(named).toEqual(['krew']);
    for (const name of named) expect(packageDescription.scripts).toHaveProperty(name);
  });

  it('pins actions by their major version', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) expect(action).toMatch(/^(actions|docker)\/[\w-]+@v\d+$/);
  });

  it('gives each job the rights that it needs, and no other', () => {
    expect(permissions).toEqual({ contents: 'read' });
    expect(jobs.test?.permissions).toBeUndefined();
    for (const job of Object.values(jobs)) {
      const attests = job.steps.some(({ uses }) => uses?.startsWith('actions/attest-build-provenance@'));
      const publishes = job.steps.some(({ run }) => run?.includes('npm publish'));
      expect(job.permissions?.['id-token']).toBe(attests || publishes ? 'write' : undefined);
      expect(job.permissions?.attestations).toBe(attests ? 'write' : undefined);
    }
  });

  it('publishes with provenance, what was tested, and nothing of another machine’s', () => {
    expect(jobs.build?.needs).toBe('test');
    expect(jobs.publish?.needs).toEqual(['build', 'image']);
    expect(text).toMatch(/npm publish \S+\.tgz --provenance/);
    expect(text).not.toMatch(/secrets\.|\/home\/|\/root\//);
  });
});

it('the package says where it is from', () => {
  const { repository, homepage, bugs } = packageDescription;
  const project = 'https://github.com/tunnelscope/tunnelscope';
  expect({ repository, homepage, bugs }).toEqual({
    repository: { type: 'git', url: `git+${project}.git` },
    homepage: `${project}#readme`,
    bugs: `${project}/issues`,
  });
});

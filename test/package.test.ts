/** The package as npm packs it, in an empty project: JavaScript, TypeScript, and every path that it exports. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
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
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLED } from '../src/cli/bundled.ts';
import { Lab, missingForLiveCapture, skipNote } from './support/lab.ts';
import { installPackage } from './support/package.ts';
import { Running } from './support/running.ts';
import { NATIVE_TSC, TSC } from './support/types.ts';

/** Node in other versions, besides the one that runs: paths of programs, with colons between. */
const NODES = [
  process.execPath,
  ...(process.env.TUNNELSCOPE_NODES ?? '').split(':').filter((path) => path !== ''),
];

/** vitest in other versions, besides the one that runs: folders that have it in their node_modules, with colons between. */
const VITESTS = [
  '.',
  ...(process.env.TUNNELSCOPE_VITESTS ?? '').split(':').filter((path) => path !== ''),
].map((path) => {
  const modules = resolve(path, 'node_modules');
  const { version, engines } = JSON.parse(readFileSync(join(modules, 'vitest/package.json'), 'utf8'));
  const majors = [...engines.node.matchAll(/\d+(?=\.\d+\.)/g)].map(Number);
  return { version, modules, leastNode: Math.min(...majors) };
});

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-package-'));
const installed = join(folder, 'node_modules/tunnelscope');
const capture = resolve('fixtures/vxlan.pcap');

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function majorOf(node: string): number {
  return Number(/\d+/.exec(run(node, '--version')));
}

function compile(moduleResolution: 'nodenext' | 'bundler'): string {
  const module = moduleResolution === 'nodenext' ? 'nodenext' : 'esnext';
  const options = [
    '--strict',
    '--target',
    'es2022',
    '--types',
    'node',
    '--outDir',
    `out-${moduleResolution}`,
  ];
  // No --skipLibCheck: the package's own declarations have to be whole.
  const resolution = ['--module', module, '--moduleResolution', moduleResolution];
  // Once without the browser's declarations, which are there where nothing is said.
  if (moduleResolution === 'nodenext') resolution.push('--lib', 'es2022');
  run(process.execPath, TSC, ...options, ...resolution, 'assert-layers.ts', 'surface.ts');
  return join(folder, `out-${moduleResolution}`, 'assert-layers.js');
}

beforeAll(() => {
  installPackage(folder);
  // All else that it needs is in its bundles; its declarations want Node's.
  mkdirSync(join(folder, 'node_modules/@types'));
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const standardInput = 'export const standardInput = library.openCaptureStream(process.stdin);\n';
  writeFileSync(join(folder, 'surface.ts'), SURFACE + standardInput);
  for (const name of readdirSync('examples').filter((name) => /\.m?[jt]s$/.test(name))) {
    cpSync(join('examples', name), join(folder, name));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what is in the package', () => {
  const paths = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(value as object).flatMap(paths);

  it('every exported path, and the command', () => {
    const { exports, bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const exported = [...paths(exports), ...paths(bin)];
    expect(exported).toContain('./dist/library/index.js');
    expect(exported.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
  });

  it('README’s pictures', () => {
    const readme = readFileSync(join(installed, 'README.md'), 'utf8');
    const pictures = [...readme.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, path = '']) => path);
    expect(pictures.length).toBeGreaterThan(0);
    expect(pictures.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
  });

  it('no path of the machine that built it, and neither sources nor tests', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(expect.arrayContaining(['schema/pings.schema.json', 'docs/api.md', 'LICENSE']));
    // Of the captures those that lessons are taken with offline, and those that have a name.
    const isLeftOut = /^(src|test|bench|node_modules|fixtures\/(?!lessons\b|findings$))/;
    expect(files.filter((name) => isLeftOut.test(name)).sort()).toEqual([...BUNDLED.values()].sort());
    const texts = files.filter((name) => /\.(js|ts|json|md)$/.test(name));
    expect(
      texts.filter((name) => readFileSync(join(installed, name), 'utf8').includes(process.cwd())),
    ).toEqual([]);
  });

  it('nothing that is in the bundles is installed besides, and their licences are there', () => {
    const description = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(description.dependencies).toBeUndefined();
    expect(Object.keys(description.optionalDependencies)).toEqual(['koffi']);
    const licenses = readFileSync(join(installed, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['commander', 'ink', 'react', 'yoga-layout', 'zod', 'zstddec']) {
      expect(licenses).toMatch(new RegExp(`^--- ${name} [\\d.]+: MIT.*\n\n.*(Copyright|MIT)`, 'ims'));
    }
  });

  it('where cap is not installed, capturing through it says how to have it', () => {
    const words = [join(installed, 'dist/cli.js'), '-i', 'lo', '-T', 'line', '--engine', 'cap'];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^tunnelscope: [^\n]* needs the package cap, which is not installed [^\n]*npm install cap[^\n]*\n$/,
    );
  });

  it('the library’s modules know neither the screen nor the command line', () => {
    const seen = new Set<string>();
    const visit = (path: string): string => {
      if (seen.has(path)) return '';
      seen.add(path);
      const text = readFileSync(path, 'utf8');
      const imports = [...text.matchAll(/(?:from|import)\s*\(?"(\.{1,2}\/[^"]+)"/g)];
      return text + imports.map(([, name]) => visit(join(path, '..', name as string))).join('');
    };
    const text =
      visit(join(installed, 'dist/library/index.js')) + visit(join(installed, 'dist/library/matchers.js'));
    expect(seen.size).toBeGreaterThan(3);
    // Words that stand in each: Ink's own, React's, commander's. The command has them all.
    const marks = [/ink-box|ink-text/, /react\.(?:transitional\.)?element|ReactCurrent/, /excessArguments/];
    const whole = ['command.js', 'others.js', 'screen.mjs']
      .map((name) => readFileSync(join(installed, 'dist', name), 'utf8'))
      .join('');
    for (const mark of marks) {
      expect(whole).toMatch(mark);
      expect(mark.test(text), `${mark}`).toBe(false);
    }
  });
});

/** A test of somebody's own, with all matchers. */
const VITEST_SAMPLE = `
import 'tunnelscope/vitest';
import { openCapture, openCaptureFile, verifyCapture } from 'tunnelscope';
import { expect, it } from 'vitest';
const file = ${JSON.stringify(capture)};
it('holds', async () => {
  for await (const packet of openCapture(file)) {
    expect(packet).toHaveLayers(['...', 'vxlan', '...']);
    expect(packet).not.toHaveField('vxlan.vni', 43);
    expect([packet]).toEqual([expect.toHaveField('vxlan.vni', 42)]);
  }
  await expect(file).toHaveAnsweredPings({ tunnel: 'vxlan', vni: 42, min: 4 });
  await expect(Promise.resolve(file)).resolves.toHaveAnsweredPings({ tunnel: 'vxlan' });
  await expect((async () => expect(file).toHaveAnsweredPings({ min: 5 }))()).rejects.toThrow('at least 5');
  expect(await verifyCapture(await openCaptureFile(file))).toHaveAnsweredPings();
  await expect(file).not.toHaveAnsweredExchanges({ proto: 'tcp', port: 443 });
});
// @ts-expect-error a list is expected
void (() => expect(file).toHaveLayers('eth'));
// @ts-expect-error no such demand
void (() => expect(file).toHaveAnsweredPings({ vnu: 42 }));
`;

/** In a project of its own: each run writes, compares or refuses. */
const SNAPSHOT_SAMPLE = `
import 'tunnelscope/vitest';
import { expect, it } from 'vitest';
it('is the same', async () => {
  await expect(process.env.CAPTURE).toMatchCaptureSnapshot('kept.txt', { mask: ['eth.src'] });
});
`;

/** Of all that is exported some, by type. */
const SURFACE = `
import * as library from 'tunnelscope';
import { matchers, type TunnelscopeMatchers } from 'tunnelscope/matchers';
const verdict: Promise<library.Verdict> = library.openCaptureFile('x').then((source) => library.verifyCapture(source, {
  expectations: [library.expectPings('x', { tunnel: 'vxlan', vni: 42 })],
}));
async function* bytes() { yield new Uint8Array(4); }
const stream: Promise<library.PacketSource> = library.openCaptureStream(bytes());
export type Names = keyof typeof matchers & keyof TunnelscopeMatchers;
export { library, stream, verdict };
`;

it('the types of all that is exported are whole without @types/node', () => {
  const surface = join(folder, 'surface');
  mkdirSync(surface);
  // Were nothing checked, the error that is expected would be missing: an error itself.
  const wrong = "// @ts-expect-error no number\nexport const wrong: number = library.openCapture('x');\n";
  writeFileSync(join(surface, 'surface.ts'), SURFACE + wrong);
  const compilerOptions = { strict: true, noEmit: true, skipLibCheck: false, types: [], lib: ['es2022'] };
  const options = { compilerOptions: { ...compilerOptions, module: 'nodenext', target: 'es2022' } };
  writeFileSync(join(surface, 'tsconfig.json'), JSON.stringify({ ...options, files: ['surface.ts'] }));
  run(process.execPath, TSC, '-p', surface);
});

it.each(['nodenext', 'bundler'] as const)(
  'TypeScript with @types/node and moduleResolution %s: compiled, and run',
  (resolution) => {
    expect(run(process.execPath, compile(resolution), capture)).toBe('8 packets as expected\n');
    expect(() =>
      run(
        process.execPath,
        join(folder, `out-${resolution}/assert-layers.js`),
        resolve('fixtures/socat.pcap'),
      ),
    ).toThrow();
  },
);

describe.each(VITESTS)('with vitest $version', ({ version, modules, leastNode }) => {
  const project = join(folder, `vitest-${version}`);

  beforeAll(() => {
    cpSync(installed, join(project, 'node_modules/tunnelscope'), { recursive: true });
    const link = (from: string, names: readonly string[]) => {
      for (const name of names) {
        const to = join(project, 'node_modules', name);
        mkdirSync(dirname(to), { recursive: true });
        if (existsSync(join(from, name)) && !existsSync(to)) symlinkSync(join(from, name), to);
      }
    };
    const types = ['chai', 'deep-eql', 'estree'].map((name) => `@types/${name}`);
    link(modules, ['vitest', '@vitest', 'vite', ...types]);
    link(resolve('node_modules'), ['@types/node', 'undici-types']);
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    writeFileSync(join(project, 'sample.test.ts'), VITEST_SAMPLE);
  });

  it('the matchers are typed, and the declarations whole', () => {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2022',
      types: ['node'],
    };
    const options = JSON.stringify({ compilerOptions, files: ['sample.test.ts'] });
    writeFileSync(join(project, 'tsconfig.json'), options);
    run(process.execPath, NATIVE_TSC, '-p', project);
  });

  it.for(NODES)('the matchers run with %s', (node, { skip }) => {
    skip(majorOf(node) < leastNode, `this vitest needs Node ${leastNode}`);
    const words = [join(modules, 'vitest/vitest.mjs'), 'run', '--root', project];
    expect(run(node, ...words)).toMatch(/Tests .*1 passed/);
  });

  it.for(NODES)('a snapshot’s file is made and updated as vitest’s own are, with %s', (node, { skip }) => {
    skip(majorOf(node) < leastNode, `this vitest needs Node ${leastNode}`);
    const other = mkdtempSync(join(folder, 'snapshots-'));
    symlinkSync(join(project, 'node_modules'), join(other, 'node_modules'));
    writeFileSync(join(other, 'package.json'), '{ "private": true, "type": "module" }');
    writeFileSync(join(other, 'snapshot.test.ts'), SNAPSHOT_SAMPLE);
    const kept = join(other, 'kept.txt');
    const snapshotOf = (file: string) =>
      run(process.execPath, join(installed, 'dist/cli.js'), 'snapshot', '-r', file, '--mask', 'eth.src');
    const vitest = (file: string, isContinuous: boolean, ...flags: string[]) => {
      const words = [join(modules, 'vitest/vitest.mjs'), 'run', ...flags];
      const { CI: _, ...inherited } = process.env;
      const env = { ...inherited, CAPTURE: file, NO_COLOR: '1', ...(isContinuous && { CI: 'true' }) };
      const { status, stdout, stderr } = spawnSync(node, words, {
        cwd: other,
        env,
        encoding: 'utf8',
      });
      return { status, said: stdout + stderr };
    };
    const another = resolve('fixtures/vxlan-snaplen-96.pcap');

    const inCi = vitest(capture, true);
    expect(inCi.status).toBe(1);
    expect(inCi.said).toContain('kept.txt');
    expect(existsSync(kept)).toBe(false);

    const first = vitest(capture, false);
    expect(first.status, first.said).toBe(0);
    expect(first.said).toMatch(/Snapshots +1 written/);
    expect(readFileSync(kept, 'utf8')).toBe(snapshotOf(capture));
    expect(vitest(capture, true).status).toBe(0);

    const different = vitest(another, false);
    expect(different.status).toBe(1);
    expect(different.said).toContain('frame.cap_len 148 → 96');
    expect(different.said).toMatch(/Snapshots +1 failed/);
    expect(readFileSync(kept, 'utf8')).toBe(snapshotOf(capture));

    const updated = vitest(another, false, '-u');
    expect(updated.status, updated.said).toBe(0);
    expect(updated.said).toMatch(/Snapshots +1 updated/);
    expect(readFileSync(kept, 'utf8')).toBe(snapshotOf(another));
    expect(vitest(another, true).status).toBe(0);
  });
});

describe.each(NODES)('with %s', (node) => {
  it('counts pings', () => {
    expect(run(node, 'count-pings.mjs', capture)).toBe(
      '172.16.0.2 > 172.16.1.2 vxlan 42: 4 of 4\n4 of 4 answered\n',
    );
  });

  it('writes what a display filter takes', () => {
    const output = join(folder, 'requests.pcapng');
    expect(run(node, 'write-filtered.mjs', capture, 'inner.icmp.type == 8', output)).toBe(
      '4 packets written\n',
    );
    const types = execFileSync('tshark', ['-r', output, '-T', 'fields', '-e', 'icmp.type'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(types).toBe('8\n8\n8\n8\n');
  });

  it('imports all that there is', () => {
    const script = `import * as library from 'tunnelscope';
      import { matchers } from 'tunnelscope/matchers';
      console.log(Object.keys(library).length > 15, Object.values({ ...library, ...matchers }).includes(undefined));`;
    writeFileSync(join(folder, 'import.mjs'), script);
    expect(run(node, 'import.mjs')).toBe('true false\n');
  });

  it('reads standard input batch by batch', () => {
    const output = execFileSync(node, ['count-layers.mjs', '-', 'udp port 4789'], {
      cwd: folder,
      input: readFileSync(capture),
      encoding: 'utf8',
    });
    expect(output).toBe('eth 16\nip 16\nudp 8\nvxlan 8\nicmp 8\ndata 8\n');
  });

  it('judges a stream', () => {
    expect(run(node, 'expect-pings.mjs', 'cat', capture)).toBe(
      'met: all through VXLAN 42\nmet: nothing odd\n',
    );
    expect(() => run(node, 'expect-pings.mjs', 'cat', resolve('fixtures/socat.pcap'))).toThrow();
  });

  it('follows pings from point to point', () => {
    expect(run(node, 'trace-path.mjs', resolve('fixtures/vxlan-any-sll2.pcap'))).toMatch(
      /^3 of 3 answered, by way of .+, .+/,
    );
  });

  it('has the labs’ networks', () => {
    const script = run(node, join(installed, 'dist/cli.js'), 'lab', 'up', 'vxlan', '--dry-run');
    expect(script).toContain('\nip -n vxlan-h1 link set flannel.1 up\n');
  });

  it.each([capture, '@vxlan'])('runs the command: %s', (file) => {
    const printed = run(node, join(installed, 'dist/cli.js'), 'verify', '-r', file);
    expect(printed).toMatch(/^PASS {2}4 of 4 requests answered/m);
  });
});

const missing = missingForLiveCapture();
describe.skipIf(missing !== undefined)(`the package, live${skipNote(missing)}`, () => {
  const lab = new Lab(`tk${process.pid}`);
  beforeAll(async () => {
    await lab.up();
    await lab.tunnel('vxlan');
    lab.ping(1);
  });
  afterAll(() => lab.down());

  it.each(NODES)('%s: prints pings as they come', async (node) => {
    const script = new Running([...lab.on('h1'), node, join(folder, 'live-pings.mjs'), 'eth0', '4']);
    await script.until(({ stderr }) => stderr.includes('capturing'));
    expect(lab.ping(2)).toContain('2 received');
    expect(await script.end()).toBe(0);
    expect(script.stdout.split('\n')).toEqual([
      '172.16.0.2 > 172.16.1.2 request 1',
      '172.16.1.2 > 172.16.0.2 reply 1',
      '172.16.0.2 > 172.16.1.2 request 2',
      '172.16.1.2 > 172.16.0.2 reply 2',
      '',
    ]);
  });
});

/**
 * Runs tests with other versions of Node, and with vitest 5 in addition to vitest 4. All come from npm and are kept under node_modules/.nodes
 * (some 100 MB for each Node).
 * usage: node scripts/nodes.mjs [VERSION…]       all tests of the packed package with each version; default: 20.19 22 24 26
 *        node scripts/nodes.mjs --suite [WORD…]   the built command with each version for one verdict and one reading; then all tests
 *                                                 (vitest run WORD…), those of the package with Node 22 and vitest 5 too. What npm can't
 *                                                 fetch in time is skipped, by name
 *        node scripts/nodes.mjs --fetch           fetches what --suite needs
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fetchInstalled, fetchPackage } from './fetch-package.mjs';

const VERSIONS = ['20.19', '22', '24', '26'];
const VITEST = 'vitest@5';
/** The first Node that vitest 5 runs with. */
const LEAST_OF_VITEST = '22';
const PATIENCE = 60_000;
const CAPTURE = 'fixtures/socat.pcap';

const [first, ...words] = process.argv.slice(2);
if (first === '--fetch') await fetchAll();
else if (first === '--suite') process.exitCode = await suite(words);
else process.exitCode = await packageTests(process.argv.length > 2 ? process.argv.slice(2) : VERSIONS);

/** Programs by version, and a folder with vitest 5; undefined for what npm could not fetch. */
async function fetchAll() {
  const [vitest, ...nodes] = await Promise.all([
    fetchInstalled(VITEST, PATIENCE).catch(() => undefined),
    ...VERSIONS.map((version) => fetchNode(version, PATIENCE).catch(() => undefined)),
  ]);
  return { vitest, nodes: new Map(VERSIONS.map((version, index) => [version, nodes[index]])) };
}

async function fetchNode(version, milliseconds) {
  const folder = await fetchPackage(`node-${process.platform}-${process.arch}@${version}`, milliseconds);
  return join(folder, 'bin/node');
}

async function suite(words) {
  const { vitest, nodes } = await fetchAll();
  const wanted = look(process.execPath);
  console.log(`Node ${process.versions.node} runs the tests`);
  for (const [version, program] of nodes) {
    if (program === undefined) {
      console.log(`Node ${version}: SKIPPED, npm could not fetch it`);
      continue;
    }
    const seen = look(program);
    if (JSON.stringify(seen.answers) !== JSON.stringify(wanted.answers)) {
      console.error(
        `Node ${seen.version}: the command prints something else than with Node ${wanted.version}:`,
      );
      console.error(seen.answers.join('\n'));
      return 1;
    }
    console.log(`Node ${seen.version}: verify and reading give the same as with Node ${wanted.version}`);
  }
  console.log(`vitest ${versionOf('.')}: types and run`);
  if (vitest === undefined) console.log(`${VITEST}: SKIPPED, npm could not fetch it`);
  else console.log(`vitest ${versionOf(vitest)}: types; run with Node ${LEAST_OF_VITEST}`);
  return runVitest(words, [nodes.get(LEAST_OF_VITEST)], [vitest]);
}

/** What the built command prints; the verdict must be the known one. */
function look(program) {
  const run = (...args) => {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    return `${status}\n${stdout}${stderr}`;
  };
  const answers = [run('dist/cli.js', 'verify', CAPTURE), run('dist/cli.js', '-r', CAPTURE, '-T', 'json')];
  if (!/^0\n[\s\S]*^PASS {2}4 of 4 requests answered/m.test(answers[0])) {
    throw new Error(`${program} dist/cli.js verify ${CAPTURE}: ${answers[0]}`);
  }
  return { version: run('-p', 'process.versions.node').split('\n')[1], answers };
}

function versionOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'node_modules/vitest/package.json'), 'utf8')).version;
}

async function packageTests(versions) {
  const [vitest, ...nodes] = await Promise.all([
    fetchInstalled(VITEST),
    ...versions.map((version) => fetchNode(version)),
  ]);
  return runVitest(['test/package.test.ts'], nodes, [vitest]);
}

/**
 * Where nothing failed but a process ended by itself, which vitest says of no file, its files are run once more, and it is said.
 *
 * @param words what the tests' files are chosen by; all where there is none
 * @param nodes programs, @param vitests folders: those of test/package.test.ts, besides this Node and our vitest
 */
function runVitest(words, nodes, vitests) {
  const listed = (paths) => paths.filter((path) => path !== undefined).join(':');
  const crashed = join(mkdtempSync(join(tmpdir(), 'tunnelscope-tests-')), 'crashed');
  const run = (files) => {
    const { status } = spawnSync('npx', ['vitest', 'run', ...files], {
      stdio: 'inherit',
      env: {
        ...process.env,
        TUNNELSCOPE_NODES: listed(nodes),
        TUNNELSCOPE_VITESTS: listed(vitests),
        TUNNELSCOPE_CRASHED: crashed,
      },
    });
    return status ?? 1;
  };
  let status = run(words);
  if (status !== 0 && existsSync(crashed)) {
    const files = readFileSync(crashed, 'utf8').split('\n');
    console.log(`RUN ONCE MORE, since their process ended before they did: ${files.join(', ')}`);
    rmSync(crashed);
    status = run(files);
  }
  rmSync(dirname(crashed), { recursive: true });
  return status;
}

/**
 * Makes what Krew installs as `kubectl tunnelscope` from the executables in dist-executable/ (npm run executable): an archive for each
 * processor, and the manifest with their addresses and checksums.
 * usage: node scripts/krew.mjs [BASE]      BASE: where the archives will be (default: the release on GitHub)
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

const FOLDER = 'dist-executable';
/** Node's names of processors, and Go's, which Krew uses. */
const PROCESSORS = { x64: 'amd64', arm64: 'arm64' };

const { version, repository } = JSON.parse(readFileSync('package.json', 'utf8'));
const project = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
const [base = `${project}/releases/download/v${version}`] = process.argv.slice(2);

const made = Object.keys(PROCESSORS).filter((processor) => existsSync(executableOf(processor)));
if (made.length === 0) {
  console.error(`krew: there is no executable in ${FOLDER}; run: npm run executable`);
  process.exit(2);
}
const manifest = {
  apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
  kind: 'Plugin',
  metadata: { name: 'tunnelscope' },
  spec: {
    version: `v${version}`,
    homepage: project,
    shortDescription: 'See what is inside overlay tunnels, and why pings are lost',
    description: `Decodes packets of overlay networks (VXLAN, Geneve, IP-in-IP, GRE, ...) with outer
and inner headers side by side, and says whether the ping that went into a
tunnel came back, and if not, why. It reads capture files, what a capture in
the cluster prints, and live interfaces of the machine that it runs on:

  kubectl debug node/NAME -q -i --image=nicolaka/netshoot -- \\
    tcpdump -i any -U -w - 'udp port 8472' | kubectl tunnelscope verify -r -
`,
    platforms: made.map(platform),
  },
};
const path = join(FOLDER, 'tunnelscope.yaml');
writeFileSync(path, stringify(manifest, { lineWidth: 0 }));
console.log(path);

function executableOf(processor) {
  return join(FOLDER, `tunnelscope-linux-${processor}`);
}

function platform(processor) {
  const archive = `tunnelscope-linux-${processor}.tar.gz`;
  const content = makeArchive(processor);
  writeFileSync(join(FOLDER, archive), content);
  return {
    selector: { matchLabels: { os: 'linux', arch: PROCESSORS[processor] } },
    uri: `${base}/${archive}`,
    sha256: createHash('sha256').update(content).digest('hex'),
    bin: 'tunnelscope',
  };
}

/** Reproducible: the same files give the same bytes. */
function makeArchive(processor) {
  const work = mkdtempSync(join(tmpdir(), 'tunnelscope-krew-'));
  try {
    copyFileSync(executableOf(processor), join(work, 'tunnelscope'));
    copyFileSync('LICENSE', join(work, 'LICENSE'));
    copyFileSync(join(FOLDER, 'THIRD-PARTY-LICENSES.txt'), join(work, 'THIRD-PARTY-LICENSES.txt'));
    const plain = [
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mtime=@0',
      '--sort=name',
      '--mode=a+rX,u+w,go-w',
    ];
    const tar = join(work, 'archive.tar');
    execFileSync('tar', [
      ...plain,
      '-cf',
      tar,
      '-C',
      work,
      'LICENSE',
      'THIRD-PARTY-LICENSES.txt',
      'tunnelscope',
    ]);
    return execFileSync('gzip', ['-9nc', tar], { maxBuffer: 2 ** 30 });
  } finally {
    rmSync(work, { recursive: true });
  }
}

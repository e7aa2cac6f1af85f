/** The licences of the packages whose code is in a bundle. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package's own folder: the last node_modules of a path, and the name after it. */
const PACKAGE_FOLDER = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;
const FIRST_COMMENT = /^\s*\/\*[\s\S]*?\*\//;

/**
 * @param metafile esbuild's, of the bundle
 * @returns a text: each package with its name, version, licence and the files that say so
 * @throws {Error} if a package names no licence, or has no text of one
 */
export function licenses(metafile) {
  const sources = new Map();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = PACKAGE_FOLDER.exec(path)?.[0];
      if (folder === undefined || bytesInOutput === 0) continue;
      if (!sources.has(folder)) sources.set(folder, new Set());
      sources.get(folder).add(path);
    }
  }
  const texts = [...sources].map(([folder, paths]) => licenseOf(folder, paths)).sort();
  return `tunnelscope contains code of these packages.\n\n${[...new Set(texts)].join('\n')}`;
}

function licenseOf(folder, paths) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const read = (path) => readFileSync(path, 'utf8').trim();
  const files = readdirSync(folder).filter((file) => LICENSE_FILE.test(file));
  let texts = files.map((file) => read(join(folder, file)));
  // yoga-layout's package has no such file: each of its sources says whose it is.
  if (texts.length === 0) {
    const comments = [...paths].map((path) => FIRST_COMMENT.exec(read(path))?.[0] ?? '');
    texts = [...new Set(comments)].filter((comment) => /copyright/i.test(comment));
  }
  if (license === undefined || texts.length === 0) throw new Error(`${folder}: no licence is given`);
  return `--- ${name} ${version}: ${license}\n\n${texts.join('\n\n')}\n`;
}

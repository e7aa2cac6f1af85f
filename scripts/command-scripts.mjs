/**
 * The command in several scripts, so that a run reads and unpacks little more than it uses. A script has what its roots import, but for what
 * is in a script above it; the last has all that is left. What a script needs of another it asks src/cli/start.ts for, by the module's path.
 */
import { relative } from 'node:path';
import { build } from 'esbuild';
import { commandOptions } from './bundle-options.mjs';

const ENTRY = 'src/cli/command.ts';

const ROOTS = {
  command: [ENTRY, 'src/cli/program.ts'],
  packets: [
    'src/cli/commands/show/show-packets.ts',
    'src/cli/commands/show/threaded-printing.ts',
    'src/output/line.ts',
  ],
  formats: ['src/output/json.ts', 'src/output/fields.ts'],
  verdict: ['src/cli/commands/verify/verify-captures.ts'],
  others: undefined,
};

export const SCRIPTS = Object.keys(ROOTS);

/** Writes NAME.js for each into a folder. @returns what esbuild says of the command as one script */
export async function buildScripts(outdir) {
  const one = await build({
    ...commandOptions,
    entryPoints: [ENTRY],
    metafile: true,
    write: false,
    outdir,
  });
  const { inputs } = one.metafile;
  const scriptOf = assign(inputs);
  const shared = await sharedOf(inputs, scriptOf);
  await Promise.all(SCRIPTS.map((name) => buildScript(name, { inputs, scriptOf, shared, outdir })));
  return one;
}

/** @returns the script of each module; those that plugins make are small, and in each script that imports them */
function assign(inputs) {
  const scriptOf = new Map();
  const visit = (path, name) => {
    if (inputs[path] === undefined || isMade(path) || scriptOf.has(path)) return;
    scriptOf.set(path, name);
    for (const one of inputs[path].imports) if (one.kind !== 'dynamic-import') visit(one.path, name);
  };
  for (const [name, roots = Object.keys(inputs)] of Object.entries(ROOTS))
    for (const root of roots) visit(root, name);
  return scriptOf;
}

/** `lazy:node:os` */
const isMade = (path) => /^[a-z]+:/.test(path);

/** @returns the names that each module exports which is imported out of another script; undefined where it is CommonJS */
async function sharedOf(inputs, scriptOf) {
  const paths = new Set([ENTRY]);
  for (const [importer, { imports }] of Object.entries(inputs)) {
    const others = imports.filter(
      ({ path }) => scriptOf.has(path) && scriptOf.get(path) !== scriptOf.get(importer),
    );
    for (const { path } of others) paths.add(path);
  }
  const { metafile } = await build({ entryPoints: [...paths], outdir: '.', metafile: true, write: false });
  const outputs = Object.values(metafile.outputs);
  return new Map(
    outputs.map(({ entryPoint, exports }) => [
      entryPoint,
      inputs[entryPoint].format === 'esm' ? exports : undefined,
    ]),
  );
}

async function buildScript(name, { inputs, scriptOf, shared, outdir }) {
  const modules = [...shared.keys()]
    .filter((path) => scriptOf.get(path) === name)
    .map((path) => `${JSON.stringify(path)}: () => require(${JSON.stringify(`./${path}`)}),`);
  const otherScripts = {
    name: 'other-scripts',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path: words, importer }) => {
        const imports = inputs[relative('.', importer)]?.imports ?? [];
        const path = imports.find(({ original }) => original === words)?.path;
        const isOther = scriptOf.has(path) && scriptOf.get(path) !== name;
        return isOther ? { path, namespace: 'other' } : undefined;
      });
      onLoad({ filter: /.*/, namespace: 'other' }, ({ path }) => {
        const names = shared.get(path);
        const load = `loadModule(${JSON.stringify(scriptOf.get(path))}, ${JSON.stringify(path)})`;
        // No import stands for itself again: what is exported does not change once its module has run.
        return {
          contents: names ? `export const { ${names.join(', ')} } = ${load};` : `module.exports = ${load};`,
        };
      });
    },
  };
  await build({
    ...commandOptions,
    plugins: [otherScripts, ...commandOptions.plugins],
    stdin: { contents: `module.exports = {\n${modules.join('\n')}\n};`, resolveDir: '.' },
    outfile: `${outdir}/${name}.js`,
    banner: {
      js: '(function (exports, require, module, __filename, __dirname, importModule, loadModule) {',
    },
    footer: { js: '})' },
  });
}

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
  choice: [
    'src/cli/commands/show/write-packets.ts',
    'src/display-filter/display-filter.ts',
    'src/capture/filter/filter.ts',
  ],
  verdict: ['src/cli/commands/verify/verify-captures.ts'],
  paths: ['src/cli/commands/path/follow-paths.ts'],
  // All that imports Ink's packages: they are loaded once a script.
  screen: [
    'src/cli/commands/show/show-on-screen.ts',
    'src/cli/commands/show/screen-packages.ts',
    'src/tui/run-tui.ts',
  ],
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

/** @returns the script of each module, but for those that are in each script that imports them */
function assign(inputs) {
  const scriptOf = new Map();
  const visit = (path, name) => {
    if (inputs[path] === undefined || isInEach(path) || scriptOf.has(path)) return;
    scriptOf.set(path, name);
    for (const one of inputs[path].imports) if (one.kind !== 'dynamic-import') visit(one.path, name);
  };
  for (const [name, roots = Object.keys(inputs)] of Object.entries(ROOTS))
    for (const root of roots) visit(root, name);
  return scriptOf;
}

/** Those that plugins make (`lazy:node:os`), and packages about the width of text, whose default no script can have from another: all are small. */
const isInEach = (path) =>
  /^[a-z]+:/.test(path) ||
  /node_modules\/(wrap-ansi|string-width|strip-ansi|ansi-regex|ansi-styles|emoji-regex|get-east-asian-width)\//.test(
    path,
  );

/** @returns the names that each module exports which is a root, or is imported out of another script */
async function sharedOf(inputs, scriptOf) {
  const paths = new Set(Object.values(ROOTS).flatMap((roots) => roots ?? []));
  for (const [importer, { imports }] of Object.entries(inputs)) {
    const others = imports.filter(
      ({ path }) => scriptOf.has(path) && scriptOf.get(path) !== scriptOf.get(importer),
    );
    for (const { path } of others) paths.add(path);
  }
  const { metafile } = await build({ entryPoints: [...paths], outdir: '.', metafile: true, write: false });
  return new Map(
    Object.values(metafile.outputs).map(({ entryPoint, exports }) => {
      // Of CommonJS nobody knows, and the default of such as this has another meaning.
      if (exports.length === 0 || exports.includes('default'))
        throw new Error(`${entryPoint}: a script can't have it from another`);
      return [entryPoint, exports];
    }),
  );
}

async function buildScript(name, { inputs, scriptOf, shared, outdir }) {
  const given = [...shared.keys()].filter((path) => scriptOf.get(path) === name);
  const entry = given.map((path) => `case '${path}': return require('${path}');`);
  const otherScripts = {
    name: 'other-scripts',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path: words, importer, namespace }) => {
        if (importer === '<stdin>') return { path: words, namespace: 'given' };
        if (namespace === 'given') return undefined;
        const imports = inputs[relative('.', importer)]?.imports ?? [];
        const path = imports.find(({ original }) => original === words)?.path;
        const isOther = scriptOf.has(path) && scriptOf.get(path) !== name;
        return isOther ? { path, namespace: 'other' } : undefined;
      });
      // Values in both: what is exported does not change once its module has run, and getters cost each run more than the rest of it.
      onLoad({ filter: /.*/, namespace: 'given' }, ({ path }) => {
        const names = shared.get(path).join(', ');
        return {
          contents: `import { ${names} } from './${path}'; give('${path}', [${names}]);`,
          resolveDir: process.cwd(),
        };
      });
      onLoad({ filter: /.*/, namespace: 'other' }, ({ path }) => {
        const names = shared.get(path).map((exported, i) => `${exported} = given[${i}]`);
        const load = `loadModule('${scriptOf.get(path)}', '${path}')`;
        return { contents: `const given = ${load}; export const ${names.join(', ')};` };
      });
    },
  };
  await build({
    ...commandOptions,
    plugins: [otherScripts, ...commandOptions.plugins],
    stdin: { contents: `module.exports = (path) => { switch (path) { ${entry.join('\n')} } };` },
    outfile: `${outdir}/${name}.js`,
    banner: {
      js: '(function (exports, require, module, __filename, __dirname, importModule, loadModule, give) {',
    },
    footer: { js: '})' },
  });
}

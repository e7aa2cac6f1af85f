/** How esbuild makes one file, or a few, of the sources and of the packages that they use. */
import { readFileSync } from 'node:fs';
import { lazyNodeModules } from './lazy-node-modules.mjs';
import { screenPackages } from './screen-packages.mjs';

/**
 * Ink looks for React's developer tools, and for files of its own package, where the environment says DEV=true: a variable
 * that our users may have for purposes of theirs.
 */
const inkWithoutDeveloperTools = {
  name: 'ink-without-developer-tools',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]ink[\\/]build[\\/]utils\.js$/ }, () => ({
      contents: 'export const isDev = () => false;',
    }));
    onLoad({ filter: /[\\/]ink[\\/]build[\\/]devtools\.js$/ }, () => ({ contents: '' }));
  },
};

/** Of package.json the command knows the version. */
const versionAlone = {
  name: 'version-alone',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => {
      const { name, version } = JSON.parse(readFileSync(path, 'utf8'));
      return name === 'tunnelscope' ? { contents: JSON.stringify({ version }), loader: 'json' } : undefined;
    });
  },
};

export const bundleOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // Native, optional, and found at run time or not; vitest is whoever's tests use the matchers.
  external: ['cap', 'koffi', 'vitest'],
  define: { 'process.env.NODE_ENV': '"production"' },
  // Bundled CommonJS packages ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  // Names stay (errors and profiles are read by people), and so do constants: V8 folds a const of a closure, which the
  // minifier would turn into a let.
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [inkWithoutDeveloperTools, versionAlone],
};

/** CommonJS: V8's cached data is for scripts alone, and Node starts without its loader of ES modules. */
export const commandOptions = {
  ...bundleOptions,
  format: 'cjs',
  banner: {},
  define: {
    ...bundleOptions.define,
    'import.meta.filename': '__filename',
    'import.meta.dirname': '__dirname',
  },
  plugins: [...bundleOptions.plugins, lazyNodeModules, screenPackages],
};

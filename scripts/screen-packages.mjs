/**
 * Ink and React beside the command's script: `screen.mjs`, an ES module, since they wait at their top level, which CommonJS can't. What
 * the script imports of them it finds once src/cli/commands/show/screen-packages.ts has loaded that file.
 */

const PACKAGES = ['ink', 'react', 'react/jsx-runtime'];
const FILE = 'screen.mjs';

/** The file's contents, for esbuild. */
export const screenEntry = {
  contents: PACKAGES.map((name, i) => `export * as package${i} from '${name}';`).join('\n'),
  resolveDir: process.cwd(),
};

/**
 * Yoga, which does Ink's layout, has its WebAssembly as a data URL, and would have Node's `fetch` bring it: that alone is a third of what loading
 * all of it takes. Without one it decodes the text itself.
 */
export const screenDefines = { fetch: 'undefined' };

/** The same by the script: a getter for each name, as they are not there when it starts. */
export const screenPackages = {
  name: 'screen-packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(ink|react(\/.*)?)$/ }, ({ path }) => ({ path, namespace: 'screen' }));
    onResolve({ filter: /^screen-packages$/ }, ({ path }) => ({ path, namespace: 'screen' }));
    onLoad({ filter: /^screen-packages$/, namespace: 'screen' }, () => ({
      contents: 'module.exports = {};',
    }));
    onLoad({ filter: /^(ink|react(\/.*)?)$/, namespace: 'screen' }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== 'default');
      const at = PACKAGES.indexOf(path);
      const getters = names.map((name) => `get ${name}() { return loaded.package${at}.${name}; }`);
      return {
        contents: `const loaded = require('screen-packages'); module.exports = { ${getters.join(', ')} };`,
      };
    });
    onLoad({ filter: /\/screen-packages\.ts$/ }, () => ({
      contents: `import loaded from 'screen-packages';
export const packagesLoaded = importModule('./${FILE}').then((packages) => Object.assign(loaded, packages));`,
    }));
  },
};

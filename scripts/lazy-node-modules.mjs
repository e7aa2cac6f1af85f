/**
 * Node's own modules are loaded where something of them is used, and not where they are imported: `node:zlib`, `node:net` and
 * `node:child_process` take longer to load than a small capture to read, and most runs use none of them.
 * For CommonJS alone: what an ES module imports is there before it runs.
 */
import { isBuiltin } from 'node:module';

/** Those that Node itself loads at every start. */
const LOADED = new Set(['process', 'fs', 'path', 'vm', 'util', 'events', 'url', 'buffer']);

export const lazyNodeModules = {
  name: 'lazy-node-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, namespace }) => {
      const name = path.slice('node:'.length);
      if (namespace === 'lazy' || LOADED.has(name) || !isBuiltin(path)) return undefined;
      return { path, namespace: 'lazy' };
    });
    // Inherited, since esbuild copies for each import what a module itself has.
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: `module.exports = {
        __proto__: new Proxy({}, { get: (_, name) => name === '__esModule' ? undefined : require('${path}')[name] }),
      };`,
    }));
  },
};

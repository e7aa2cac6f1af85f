import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIBRARY_HEAD = `# The library

Written by \`npm run docs:api\` from the docstrings of what \`src/index.ts\` exports. [library.md](library.md) says where to
begin, [examples/](../examples) has whole scripts, and [matchers.md](matchers.md) is about tests. What can't be opened, read or written throws a
\`CaptureError\`; a name, an expression or a demand that is not understood, a \`RangeError\`. Both say in one line what was received, what was expected,
and what to do. The types need neither \`@types/node\` nor \`skipLibCheck\`.

`;

const MATCHERS_HEAD = `# The matchers

Written by \`npm run docs:api\` from the docstrings of what \`src/library/matchers/matchers.ts\` exports. In vitest (4 and 5), \`import 'tunnelscope/vitest'\` in a test or in
\`setupFiles\` is all, types included. There \`toHaveAnsweredPings\` and \`toHaveAnsweredExchanges\` return \`void | Promise<void>\`: await them where they are given a path. In Jest, and
wherever its \`expect\` is:

\`\`\`ts
import { matchers, type TunnelscopeMatchers } from 'tunnelscope/matchers';

expect.extend(matchers);
declare module 'expect' {
  interface Matchers<R, T> extends TunnelscopeMatchers<T> {}
}
\`\`\`

The package is ES modules: Jest runs them with \`node --experimental-vm-modules node_modules/jest/bin/jest.js\`. What can't be checked (a misspelt
demand, a field that there is not, no packet) throws, with \`.not\` too.

`;

export interface ApiReference {
  /** docs/api.md */
  readonly library: string;
  /** docs/matchers.md */
  readonly matchers: string;
}

/** The reference of what the package exports, made by typedoc. */
export function apiReference(): ApiReference {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-api-'));
  try {
    execFileSync(process.execPath, [
      'node_modules/typedoc/bin/typedoc',
      ...[
        '--entryPoints',
        'src/index.ts',
        'src/library/matchers/matchers.ts',
        '--tsconfig',
        'tsconfig.build.json',
      ],
      ...['--plugin', 'typedoc-plugin-markdown', '--out', folder, '--entryFileName', 'modules.md'],
      ...['--outputFileStrategy', 'modules', '--readme', 'none', '--disableSources', '--disableGit'],
      ...['--hidePageHeader', '--hideBreadcrumbs', '--hidePageTitle', '--logLevel', 'Error'],
      ...['--parametersFormat', 'table', '--interfacePropertiesFormat', 'table'],
      ...['--groupOrder', 'Functions', '--groupOrder', '*'],
    ]);
    const read = (name: string) =>
      readFileSync(join(folder, name), 'utf8')
        .replaceAll(/(?:\.\.\/)*index\.md#/g, 'api.md#')
        // Which inner interface a class implements tells a reader nothing.
        .replaceAll(/#+ Implement(?:s|ation of)\n\n.*\n\n/g, '');
    // What the matchers re-export from the library is documented there.
    const matchers = read('library/matchers/matchers.md').replace(/## References\n[\s\S]*?\n(?=## )/, '');
    return { library: LIBRARY_HEAD + read('index.md'), matchers: MATCHERS_HEAD + matchers };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const libraryDocs = (): string => apiReference().library;
export const matcherDocs = (): string => apiReference().matchers;

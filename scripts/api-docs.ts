import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HEAD = `# The library

Written by \`npm run docs:api\` from the docstrings of what \`src/index.ts\` exports. [README.md](../README.md#as-a-library) says where to
begin, and [examples/](../examples) has whole scripts. What can't be opened, read or written throws a \`CaptureError\`; a name or an expression that
is not understood, a \`RangeError\`. Both say in one line what was received, what was expected, and what to do.

`;

/** docs/api.md: the library's reference, made by typedoc. */
export function apiDocs(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-api-'));
  try {
    execFileSync(process.execPath, [
      'node_modules/typedoc/bin/typedoc',
      ...['--entryPoints', 'src/index.ts', '--tsconfig', 'tsconfig.build.json'],
      ...['--plugin', 'typedoc-plugin-markdown', '--out', folder, '--entryFileName', 'api.md'],
      ...['--outputFileStrategy', 'modules', '--readme', 'none', '--disableSources', '--disableGit'],
      ...['--hidePageHeader', '--hideBreadcrumbs', '--hidePageTitle', '--logLevel', 'Error'],
      ...['--parametersFormat', 'table', '--interfacePropertiesFormat', 'table'],
      ...['--groupOrder', 'Functions', '--groupOrder', '*'],
    ]);
    return HEAD + readFileSync(join(folder, 'api.md'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

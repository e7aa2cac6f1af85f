/**
 * The same files and views in ClickHouse's own engine, in this process: what they answer is held against DuckDB's answers, and against verify's and
 * path's in test/sql/clickhouse.test.ts. The engine (chdb, half a gigabyte) is installed for it beside the project, once.
 * usage: npm run sql:clickhouse
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const VERSION = '3.4.0';
const place = resolve(process.env.CHDB ?? 'node_modules/.cache/chdb');
if (!existsSync(join(place, 'node_modules/chdb'))) {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{ "private": true }\n');
  execFileSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `chdb@${VERSION}`],
    {
      cwd: place,
      stdio: 'inherit',
    },
  );
}
const { status } = spawnSync('npx', ['vitest', 'run', 'test/sql/clickhouse.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, CHDB: place },
});
process.exitCode = status ?? 1;

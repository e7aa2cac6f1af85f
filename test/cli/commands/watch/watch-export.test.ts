/** Tables beside a watch, where they can't be written for a while. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { openWatchExport } from '../../../../src/cli/commands/watch/watch-export.ts';
import { decoder, echo, inVxlan, sourceOf } from '../../../support/pings.ts';

const work = mkdtempSync(join(tmpdir(), 'watch-export-'));
afterAll(() => rmSync(work, { recursive: true }));

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));

it('what can’t be written is one line, and the next files are tried', async () => {
  const folder = join(work, 'night');
  const source = sourceOf([{ bytes: inVxlan(echo(), 42), time: 0 }]);
  const batch = await source.next();
  if (batch === undefined) throw new Error('no packets');
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    const exported = openWatchExport({ folder, interfaces: source.interfaces, decoder }, 60, ['eth0']);
    exported.tick(0);
    exported.packet(batch, 0);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'in the way');
    exported.tick(60);
    expect(exported.failures).toBe(1);
    exported.packet(batch, 0);
    exported.tick(120);
    expect(exported.failures).toBe(2);
    rmSync(folder);
    exported.tick(180);
    exported.packet(batch, 0);
    exported.finish();
    expect(exported.failures).toBe(2);
    expect(told.mock.calls.map(([line]) => line)).toEqual([
      expect.stringMatching(
        /^tunnelscope: --export: [^\n]+; watching goes on, and the next files are tried in 60 s at the latest$/,
      ),
    ]);
    expect(filesIn(folder).filter((name) => name.startsWith('packets'))).toHaveLength(1);
  } finally {
    told.mockRestore();
  }
});

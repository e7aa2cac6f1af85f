/** Captures that come with the package, by name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BUNDLED } from '../../src/cli/bundled.ts';
import { COMMAND, inProcess, tunnelscope } from '../support/command.ts';
import { Running } from '../support/running.ts';

it.each([...BUNDLED])('%s is %s', (name, file) => {
  const words = ['verify', '-T', 'json'];
  const { verdict, requests, answered } = JSON.parse(tunnelscope([...words, file]).stdout);
  expect(requests).toBeGreaterThan(0);
  for (const named of [[name], ['-r', name]]) {
    expect(JSON.parse(inProcess([...words, ...named]).stdout)).toMatchObject({ verdict, requests, answered });
  }
});

it.each([['path'], ['explain'], ['snapshot'], ['-T', 'line']])('%s takes a name', (...words) => {
  const first = (file: string) => {
    const { status, stdout } = inProcess([...words, file]);
    return { status, text: stdout.replaceAll(/^.*pcapng.*$/gm, '') };
  };
  expect(first('@points')).toEqual(first('fixtures/socat-points.pcapng'));
});

it('is found from anywhere', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-bundled-'));
  try {
    const script = `cd ${folder} && exec ${process.execPath} ${COMMAND} verify @vxlan`;
    const command = new Running(['bash', '-c', script]);
    expect(await command.end()).toBe(0);
    expect(command.stdout).toContain('4 of 4 requests answered');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.each([
  [['@sokat'], 'unknown capture "@sokat"; did you mean @socat?'],
  [['verify', '-r', '@'], `unknown capture "@"; bundled are ${[...BUNDLED.keys()].join(', ')}`],
])('%j is refused', (words, message) => {
  expect(inProcess(words)).toEqual({ status: 2, stdout: '', stderr: `tunnelscope: ${message}\n` });
});

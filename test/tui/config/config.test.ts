import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/tui/config/config.ts';
import { configPath } from '../../../src/tui/config/config-path.ts';
import { commandOf, withKeys } from '../../../src/tui/keys/keymap.ts';
import { createTheme, withColors } from '../../../src/tui/terminal/theme.ts';

/** A home with this configuration, as the environment names it. */
function environment(text: string): NodeJS.ProcessEnv {
  const home = mkdtempSync(join(tmpdir(), 'config-'));
  mkdirSync(join(home, 'tunnelscope'));
  writeFileSync(join(home, 'tunnelscope', 'config.yaml'), text);
  return { XDG_CONFIG_HOME: home };
}

describe('the configuration', () => {
  it.each<[NodeJS.ProcessEnv, string]>([
    [{ XDG_CONFIG_HOME: '/x', HOME: '/home/a' }, '/x/tunnelscope/config.yaml'],
    [{ HOME: '/home/a' }, '/home/a/.config/tunnelscope/config.yaml'],
    [{ XDG_CONFIG_HOME: '', HOME: '/home/a' }, '/home/a/.config/tunnelscope/config.yaml'],
    [{ XDG_CONFIG_HOME: 'not/absolute', HOME: '/home/a' }, '/home/a/.config/tunnelscope/config.yaml'],
  ])('%j is in %s', (variables, path) => {
    expect(configPath(variables)).toBe(path);
  });

  it('is not needed', () => {
    expect(readConfig({ XDG_CONFIG_HOME: '/nowhere' })).toEqual({ config: {}, fault: undefined });
    expect(readConfig(environment('\n'))).toEqual({ config: {}, fault: undefined });
  });

  it('gives keys, colours and the time column', () => {
    const text =
      'keys:\n  filter: [f, ctrl+f]\ntheme:\n  outer: blue\n  inner: 208\n  tunnel: "#8a3f8f"\ntimes: delta\n';
    const { config, fault } = readConfig(environment(text));
    expect(fault).toBeUndefined();
    const table = withKeys(config.keys ?? {});
    expect(['f', 'ctrl+f', '/', 'pageDown'].map((key) => commandOf(key, 'packets', table))).toEqual([
      'filter',
      'filter',
      undefined,
      'pageDown',
    ]);
    const theme = withColors(createTheme(8), 8, config.theme ?? {});
    expect([theme.outer, theme.inner, theme.tunnel]).toEqual(['34', '38;5;208', '38;2;138;63;143']);
    expect(withColors(createTheme(1), 1, config.theme ?? {})).toEqual(createTheme(1));
    expect(config.times).toBe('delta');
  });

  it('gives fields columns', () => {
    const { config, fault } = readConfig(environment('columns: [ip.ttl#2, vxlan.vni]\n'));
    expect(fault).toBeUndefined();
    expect(config.columns).toEqual(['ip.ttl#2', 'vxlan.vni']);
  });

  it.each([
    // In a lesson one, with packets the other; and out where nothing is left to go back to.
    'keys:\n  right: [d]\n  peel: [d]\n',
    'keys:\n  quit: [Q]\n  leave: [Q]\n',
    'keys:\n  mark: []\n  search: [é, shift+tab, ctrl+w]\n',
  ])('%j is taken, and Ctrl-C quits all the same', (text) => {
    const { config, fault } = readConfig(environment(text));
    expect(fault).toBeUndefined();
    expect(commandOf('ctrl+c', 'packets', withKeys(config.keys ?? {}))).toBe('quit');
  });

  it.each([
    ['keys:\n  fliter: [f]\n', /:2: unknown key "fliter"; did you mean filter\?; using the defaults$/],
    ['times: delta\ntheme:\n  outer: blau\n', /:3: theme\.outer: expected a colour: black, red/],
    ['columns: [ip.ttl, ip.tll]\n', /:1: columns\.1: no field is called ip\.tll; did you mean ip\.ttl\?/],
    ['columns: ip.ttl\n', /:1: columns: expected names of fields in a list/],
    ['keys:\n  filter: f\n', /:2: keys\.filter: expected keys in a list/],
    ['colours: {}\n', /:1: unknown key "colours"; expected keys: keys, theme, mouse, screenReader, times/],
    ['keys:\n  quit: []\n', /:2: keys\.quit: no key is left to quit with/],
    ['keys:\n  mark: [F9]\n', /:2: keys\.mark\.0: "F9" is not a key; expected one character, ctrl\+ and/],
    ['keys:\n  mark: [""]\n', /:2: keys\.mark\.0: "" is not a key/],
    ['keys:\n  mark: [ctrl+i]\n', /"ctrl\+i" is not a key/],
    [
      'keys:\n  mark: [x]\n  search: [b, x]\n',
      /:3: keys\.search: "x" is also a key of mark|:2: keys\.mark: "x" is also a key of search/,
    ],
    ['keys:\n  mark: [ctrl+c]\n', /:2: keys\.mark: ctrl\+c always quits/],
    ['keys: [', /:1: not YAML/],
    ['- 1\n', /:1: /],
  ])('%j is refused, and the defaults hold', (text, message) => {
    const { config, fault } = readConfig(environment(text));
    expect(config).toEqual({});
    expect(fault).toMatch(message);
  });
});

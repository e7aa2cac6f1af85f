import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requirePrograms } from '../../../src/lab/network/command.ts';
import { filesFolder } from '../../../src/lab/network/labs-folder.ts';
import { loadNetwork, networkNames } from '../../../src/lab/network/network.ts';
import { networkScript } from '../../../src/lab/network/script.ts';
import { stepLines } from '../../../src/lab/network/step-commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-network-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Loads a file that holds this. */
function load(text: string) {
  const file = join(folder, 'mine.yaml');
  writeFileSync(file, text);
  return loadNetwork(file);
}

const HEAD = 'name: mine\ntitle: Mine\nabout: Mine.\n';

describe('networks', () => {
  it.each(networkNames())('%s is named after its file, and its steps have reasons', (name) => {
    const network = loadNetwork(name);
    expect(network.name).toBe(name);
    expect(network.steps.filter(({ why }) => !/[.?!]$/.test(why.trim()))).toEqual([]);
  });

  it('stand on others, in which steps are replaced or left out', () => {
    const network = load(`${HEAD}extends: socat
replace:
  h2-tunnel: null
  h1-route: {on: h1, run: ip route add 172.16.1.0/24 dev tun0 mtu 1400, why: Because.}
`);
    const lines = network.steps.flatMap((step) => stepLines('mine', step));
    const original = loadNetwork('socat').steps.flatMap((step) => stepLines('mine', step));
    expect(original.filter((line) => !lines.includes(line))).toEqual([
      'ip netns exec mine-h2 socat UDP:10.1.0.10:9000,bind=10.2.0.10:9000 TUN:172.16.1.100/32,tun-name=tun0,up &',
      'ip -n mine-h1 route add 172.16.1.0/24 dev tun0',
    ]);
    expect(lines.filter((line) => !original.includes(line))).toEqual([
      'ip -n mine-h1 route add 172.16.1.0/24 dev tun0 mtu 1400',
    ]);
  });

  it('keep words together that quotes hold together, also braces', () => {
    const network = load(`${HEAD}extends: two-hosts
steps:
  - on: h1
    run: nft 'add chain inet lab output { type filter hook output priority 0 ; }'
    why: Because.
  - run: ip -n {h2} link set lo alias "it's {h1}"
    why: Because.
`);
    expect(network.steps.at(-2)?.run).toEqual([
      ['nft', 'add chain inet lab output { type filter hook output priority 0 ; }'],
    ]);
    expect(network.steps.slice(-2).flatMap((step) => stepLines('x', step))).toEqual([
      "ip netns exec x-h1 nft 'add chain inet lab output { type filter hook output priority 0 ; }'",
      `ip -n x-h2 link set lo alias 'it'"'"'s x-h1'`,
    ]);
  });

  it.each([
    ['steps:\n  - run: ip link\n', 'mine.yaml:5: steps.0.why: '],
    ['step: []\n', 'mine.yaml:4: unknown key "step"; did you mean steps?'],
    [
      'extends: two-hosts\nsteps:\n  - on: h3\n    run: ip link\n    why: So.\n',
      'mine.yaml:6: there is no node h3',
    ],
    [
      'extends: two-hosts\nsteps:\n  - run: ip netns add {h3}\n    why: So.\n',
      'mine.yaml:6: there is no node h3',
    ],
    ['extends: socat\nreplace: {h3-tunnel: null}\n', 'there is no step h3-tunnel; there are: '],
    [
      'extends: two-hosts\nsteps:\n  - on: constructor\n    run: ip link\n    why: So.\n',
      'there is no node constructor',
    ],
    [
      'extends: two-hosts\nping: {from: constructor, to: h1-ns1, arrives: true}\n',
      'there is no node constructor',
    ],
    ['extends: socet\n', 'unknown network "socet"; did you mean socat?'],
    ['extends: ./mine.yaml\n', 'more than 8 files extend each other'],
    ['steps:\n  - {why: So.}\n', 'expected one of run, start and stop'],
    ['steps:\n  - {run: ip "link, why: So.}\n', 'not the words of a command: '],
    [
      'extends: two-hosts\nnodes: {files: {kind: host}}\n',
      "{files} is the lab's folder: no node can be named so",
    ],
    ['extends: two-hosts\nnodes: {lab: {kind: host}}\n', "{lab} is the lab's name: no node can be named so"],
    ['', 'ping is missing'],
    ['[', 'not YAML: '],
  ])('say what is wrong, and in which line: %j', (text, message) => {
    expect(() => load(HEAD + text)).toThrow(message);
  });

  it('have a name, a folder for files, and steps that need programs', () => {
    const network = load(`${HEAD}extends: two-hosts
steps:
  - {on: h1, run: 'mkdir {files}/{h1}/{lab}', requires: [no-such, other], unless: {kernel: wireguard}, why: So.}
`);
    const last = network.steps.at(-1);
    expect(last === undefined ? [] : stepLines('x', last)).toEqual([
      `ip netns exec x-h1 mkdir ${filesFolder('x')}/x-h1/x`,
    ]);
    expect(networkScript(network, 'x')).toContain(
      `if ! knows wireguard; then\n  needs no-such other\n  ip netns exec x-h1 mkdir `,
    );
  });

  it('may need a program that is on nobody’s path', () => {
    expect(() => requirePrograms([process.execPath])).not.toThrow();
    expect(() => requirePrograms([join(folder, 'no-such')])).toThrow('no-such is not installed');
  });

  it('a step may be named as JavaScript or the script names something; what is required is no code', () => {
    const network = load(`${HEAD}extends: two-hosts
requires: ['$(id)']
steps:
  - {id: namespaces, on: h1, start: sleep 9, why: So.}
  - {id: constructor, on: h1, run: ip link, why: So.}
`);
    const script = networkScript(network, 'x');
    expect(script).toContain("programs=(ip sysctl ping '$(id)')\n");
    expect(script).not.toContain('\nnamespaces=$!');
    writeFileSync(join(folder, 'parent.yaml'), readFileSync(join(folder, 'mine.yaml')));
    expect(load(`${HEAD}extends: ./parent.yaml\nreplace: {}\n`).steps).toEqual(network.steps);
  });

  it('are missing in words', () => {
    expect(() => loadNetwork('./no-such.yaml')).toThrow('./no-such.yaml: no such file; expected a network');
  });
});

/** Two hosts with a router between and tunnels that come and go, for tests: real ones, with real pings, as src/lab makes them. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { withShell } from '../../src/lab/network/command-shell.ts';
import { bringDown } from '../../src/lab/network/down.ts';
import type { Journal } from '../../src/lab/network/journal.ts';
import { loadNetwork, namespaceName, type Step } from '../../src/lab/network/network.ts';
import { endProcesses, isAlive } from '../../src/lab/network/processes.ts';
import { carryOut } from '../../src/lab/network/steps.ts';
import { bringUp } from '../../src/lab/network/up.ts';

export class Lab {
  readonly name: string;
  #journal: Journal | undefined;

  /** @param name of the lab, so that labs can stand side by side */
  constructor(name: string) {
    this.name = name;
  }

  /** @param network that tunnels are put into: its name or file */
  async up(network = 'two-subnets'): Promise<void> {
    this.#journal = { ...(await bringUp(loadNetwork(network), { name: this.name })) };
  }

  /**
   * Takes the tunnel that stands down, and puts another up; namespaces and what captures in them stay.
   *
   * @param network that has the tunnel: its name or file; what the lab has of it already is left as it is
   * @param change what is done to it then
   */
  async tunnel(network: string, change: readonly Step[] = []): Promise<void> {
    await this.untunnel();
    const there = this.#lab.network.steps;
    const { steps } = loadNetwork(network);
    const more = steps.filter((step) => !there.some((other) => isDeepStrictEqual(step, other)));
    await carryOut(this.#lab, [...more, ...change], {});
  }

  /** Routes go with the devices that they lead into. */
  async untunnel(): Promise<void> {
    const { processes, devices } = this.#lab;
    await endProcesses(() => processes.filter(isAlive).map(({ pid }) => pid));
    this.#lab.processes = [];
    await withShell(async (run) => {
      for (const [node, before] of Object.entries(devices)) {
        const inNode = ['ip', '-n', namespaceName(this.name, node)];
        const { stdout } = await run([...inNode, '-j', 'link', 'show']);
        const links = JSON.parse(stdout) as readonly { ifname: string }[];
        for (const { ifname } of links) {
          if (!before.includes(ifname)) await run([...inNode, 'link', 'del', ifname]);
        }
      }
    });
  }

  async down(): Promise<void> {
    if (this.#journal !== undefined) await bringDown(this.name);
    this.#journal = undefined;
  }

  /** Words to put before a command that is to run in a node's namespace. */
  on(node: string): string[] {
    return ['ip', 'netns', 'exec', namespaceName(this.name, node)];
  }

  /** Number of the process that a step of the tunnel's has started. */
  processOf(step: string): number | undefined {
    return this.#lab.processes.find((one) => one.step === step)?.pid;
  }

  /** Pings from the first host's container, or another node, to the second host's; what ping itself prints. */
  ping(count: number, target = '172.16.1.2', from = 'h1-ns1'): string {
    const [command = '', ...args] = [
      ...this.on(from),
      ...['ping', '-n', '-c', String(count), '-i', '0.05', '-W', '2', target],
    ];
    return spawnSync(command, args, { encoding: 'utf8' }).stdout;
  }

  get #lab(): Journal {
    if (this.#journal === undefined) throw new Error(`lab ${this.name} is not up`);
    return this.#journal;
  }
}

/** What a machine lacks for tests in network namespaces, in words for a skipped test's title; undefined where nothing. */
export function missingForNamespaces(...tools: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const tool of ['ip', ...tools]) {
    if (spawnSync('which', [tool]).status !== 0) return `needs ${tool}`;
  }
  const name = `tt${process.pid}-try`;
  const isEntered =
    spawnSync('ip', ['netns', 'add', name]).status === 0 &&
    spawnSync('ip', ['netns', 'exec', name, 'true']).status === 0;
  spawnSync('ip', ['netns', 'del', name]);
  return isEntered ? undefined : 'needs network namespaces';
}

/** What a machine lacks for live captures in the lab. */
export function missingForLiveCapture(): string | undefined {
  const missing = missingForNamespaces('socat', 'tcpdump', 'ping', 'sysctl');
  if (missing !== undefined) return missing;
  const load = createRequire(import.meta.url);
  for (const name of ['cap', 'koffi']) {
    try {
      load(name);
    } catch {
      return `needs the package ${name}`;
    }
  }
  return undefined;
}

/** What keeps another user from running the built command here, in words for a skipped test's title. */
export function missingForOtherUsers(): string | undefined {
  // The whole path: from a folder that we are in already, a relative one leads past those above that are not for others.
  const nobody = [...NOBODY, 'test', '-r', resolve('dist/cli.js'), '-a', '-x', process.execPath];
  const [program, ...args] = nobody;
  return spawnSync(program as string, args).status === 0
    ? undefined
    : 'needs setpriv, and a folder that others can read';
}

/** Words to put before a command that is to run as somebody without rights. */
export const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

/** For a describe's title: what is skipped, and why, is said by name. */
export function skipNote(missing: string | undefined): string {
  return missing === undefined ? '' : ` (SKIPPED: ${missing})`;
}

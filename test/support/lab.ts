/** The two-host container network of overlay.sh, for tests: real tunnels and real pings in network namespaces. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

export type TunnelKind =
  | 'route'
  | 'socat'
  | 'socat-nopi'
  | 'socat-mixed'
  | 'socat-tap'
  | 'half'
  | 'vxlan'
  | 'vxlan6'
  | 'flannel'
  | 'ipip';

/** Two hosts, the router between them, and a container on each host. */
export type LabNode = 'h1' | 'h2' | 'rt' | 'c1' | 'c2';

export class Lab {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #prefix: string;

  /**
   * @param prefix names the namespaces, so that labs can stand side by side
   * @param folder for the lab's own files
   */
  constructor(prefix: string, folder: string) {
    this.#prefix = prefix;
    this.#environment = { ...process.env, PREFIX: prefix, TMPDIR: folder };
  }

  up(): void {
    this.#run('down');
    this.#run('up');
  }

  tunnel(kind: TunnelKind): void {
    this.#run('tunnel', kind);
  }

  untunnel(): void {
    this.#run('untunnel');
  }

  /** Gives everything IPv6 addresses too, and the tunnel that stands routes for them. */
  ipv6(): void {
    this.#run('ipv6');
  }

  down(): void {
    this.#run('down');
  }

  /** Words to put before a command that is to run in a host's or container's namespace. */
  on(node: LabNode): string[] {
    return ['ip', 'netns', 'exec', `${this.#prefix}${node}`];
  }

  /** Pings from the first host's container, or another node, to the second host's; what ping itself prints. */
  ping(count: number, target = '172.16.1.2', from: LabNode = 'c1'): string {
    const [command, ...args] = [
      ...this.on(from),
      ...['ping', '-n', '-c', String(count), '-i', '0.05', '-W', '2', target],
    ];
    return spawnSync(command, args, { encoding: 'utf8' }).stdout;
  }

  #run(...args: readonly string[]): void {
    execFileSync('test/support/overlay.sh', args, { env: this.#environment, stdio: 'ignore' });
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
  const missing = missingForNamespaces('socat', 'tcpdump', 'ping');
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
  const nobody = [...NOBODY, 'test', '-r', 'dist/cli.js', '-a', '-x', process.execPath];
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

/** The lab's hosts with an sshd each, keys made for the test, and clocks of their own: what tcpdump and date say there is shifted. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Lab } from './lab.ts';

const SSHD = '/usr/sbin/sshd';

/** In words for a skipped test's title; undefined where nothing is missing. */
export function missingForSsh(): string | undefined {
  if (!existsSync(SSHD)) return 'needs openssh-server';
  return ['ssh', 'ssh-keygen', 'python3', 'nsenter'].find((tool) => spawnSync('which', [tool]).status !== 0);
}

/**
 * tcpdump and date by a clock that is ahead: time namespaces shift only the clocks that count from the start (time_namespaces(7)), not the
 * one that stamps packets. Writes one record at a time, as it comes.
 */
const SHIFTED = `
import signal, struct, subprocess, sys
ahead, name = int(sys.argv[1]), sys.argv[2]
if name == 'date':
    import time
    now = time.time_ns() + ahead
    print('ended at %d %09d' % (now // 10**9, now % 10**9))
    sys.exit()
child = subprocess.Popen(['/usr/bin/tcpdump'] + sys.argv[3:], stdout=subprocess.PIPE)
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
out, source = sys.stdout.buffer, child.stdout
out.write(source.read(24)); out.flush()
while True:
    head = source.read(16)
    if len(head) < 16: break
    seconds, nanoseconds, captured, length = struct.unpack('<IIII', head)
    time = seconds * 10**9 + nanoseconds + ahead
    out.write(struct.pack('<IIII', time // 10**9, time % 10**9, captured, length) + source.read(captured)); out.flush()
sys.exit(child.wait())
`;

export class SshHosts {
  /** Holds all that is made; no other process has it among its words. */
  readonly folder = mkdtempSync(join(tmpdir(), 'tunnelscope-ssh-'));
  readonly #servers = new Map<string, number>();

  /** @param ahead nanoseconds by which each host's clock is ahead of this machine's */
  async start(lab: Lab, ahead: Readonly<Record<string, bigint>>): Promise<void> {
    const { folder } = this;
    for (const name of ['user', 'host']) {
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    }
    cpSync(join(folder, 'user.pub'), join(folder, 'authorized'));
    writeFileSync(join(folder, 'shifted.py'), SHIFTED);
    mkdirSync('/run/sshd', { recursive: true });
    for (const [host, nanoseconds] of Object.entries(ahead)) {
      const bin = join(folder, host);
      mkdirSync(bin);
      for (const tool of ['tcpdump', 'date']) {
        this.#script(join(bin, tool), `exec python3 ${folder}/shifted.py ${nanoseconds} ${tool} "$@"`);
      }
      const file = join(folder, `${host}.pid`);
      const settings = [
        ...[`HostKey=${folder}/host`, `AuthorizedKeysFile=${folder}/authorized`, `PidFile=${file}`],
        ...['StrictModes=no', 'UsePAM=no', 'PermitRootLogin=yes', 'UseDNS=no', 'MaxStartups=100'],
        // What root's shell reads at its start here may take its time, and is none of the test's.
        `SetEnv=HOME=${folder} PATH=${bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
      ];
      const [command = '', ...words] = lab.on(host);
      spawnSync(command, [...words, SSHD, '-f', '/dev/null', ...settings.flatMap((one) => ['-o', one])]);
      // Written by the process that goes on in the background.
      while (!existsSync(file) || !readFileSync(file, 'utf8').endsWith('\n')) await setTimeout(10);
      this.#servers.set(host, Number(readFileSync(file, 'utf8')));
    }
  }

  /** An environment in which ssh knows the hosts by name, and nothing of the user's own. @param addresses of the hosts */
  environment(addresses: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const { folder } = this;
    const hosts = Object.entries(addresses).map(([name, address]) => `Host ${name}\n HostName ${address}\n`);
    const common = `Host *\n IdentityFile ${folder}/user\n UserKnownHostsFile ${folder}/known\n StrictHostKeyChecking accept-new\n LogLevel ERROR\n`;
    writeFileSync(join(folder, 'config'), hosts.join('') + common);
    mkdirSync(join(folder, 'here'));
    this.#script(join(folder, 'here', 'ssh'), `exec /usr/bin/ssh -F ${folder}/config "$@"`);
    return { ...process.env, PATH: `${folder}/here:${process.env.PATH}` };
  }

  /** As if its power were cut: nothing says goodbye. */
  kill(host: string): void {
    const server = this.#servers.get(host) ?? 0;
    const sessions = spawnSync('pgrep', ['-P', String(server)], { encoding: 'utf8' }).stdout.split('\n');
    this.#servers.delete(host);
    for (const pid of [server, ...sessions.filter((line) => line !== '').map(Number)])
      process.kill(pid, 'SIGKILL');
  }

  /** Programs that run by the hosts' clocks at this moment. */
  captures(): number {
    const { stdout } = spawnSync('pgrep', ['-f', `${this.folder}/shifted.py`], { encoding: 'utf8' });
    return stdout.split('\n').filter((line) => line !== '').length;
  }

  stop(): void {
    for (const pid of this.#servers.values()) process.kill(pid, 'SIGTERM');
    rmSync(this.folder, { recursive: true });
  }

  #script(path: string, text: string): void {
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
  }
}

/** A real terminal to run whole programs in: keys in, screen out. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { PATIENCE } from '../../support/patience.ts';

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

const BETWEEN_LOOKS = 25;

const pause = new Int32Array(new SharedArrayBuffer(4));

let terminals = 0;

/** The processes of some sessions that have not ended. */
function processesOf(sessions: ReadonlySet<number>): number[] {
  return readdirSync('/proc')
    .filter(isProcess)
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state !== 'Z' && sessions.has(Number(session));
      } catch {
        // It has ended meanwhile.
        return false;
      }
    });
}

const isProcess = (name: string) => /^\d+$/.test(name);

export class TmuxTerminal {
  readonly #socket = `tunnelscope-test-${process.pid}-${terminals++}`;

  /**
   * Opens a terminal with a shell, whose prompt is `$ `.
   *
   * @param folder where the shell is: a live capture whose terminal is closed leaves its packets there
   */
  static async open(
    columns: number,
    rows: number,
    environment: Readonly<Record<string, string>> = {},
    folder = tmpdir(),
  ): Promise<TmuxTerminal> {
    const terminal = new TmuxTerminal();
    const { NO_COLOR: _, ...inherited } = process.env;
    const shell = 'env PS1="\\$ " bash --norc --noprofile -i';
    execFileSync(
      'tmux',
      [
        '-u',
        '-L',
        terminal.#socket,
        '-f',
        '/dev/null',
        'new-session',
        '-d',
        '-x',
        `${columns}`,
        '-y',
        `${rows}`,
        '-c',
        folder,
        shell,
      ],
      { env: { ...inherited, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color', ...environment } },
    );
    await terminal.until((screen) => screen.startsWith('$'), 'the prompt');
    return terminal;
  }

  tmux(...words: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...words], { encoding: 'utf8' });
  }

  /** What is on the screen, row by row. */
  screen(): string {
    return this.tmux('capture-pane', '-p');
  }

  /** Presses keys, as tmux names them. */
  press(...keys: readonly string[]): void {
    this.tmux('send-keys', ...keys);
  }

  /** Types a line into the shell. */
  type(line: string): void {
    this.tmux('send-keys', '-l', line);
    this.press('Enter');
  }

  /** What tmux knows of the terminal: `cursor_flag`, `alternate_on`, `pane_title`. */
  ask(variable: string): string {
    return this.tmux('display-message', '-p', `#{${variable}}`).trimEnd();
  }

  /** From here on, every byte that programs send to the terminal goes into a file. */
  record(file: string): void {
    this.tmux('pipe-pane', '-o', `cat > '${file}'`);
  }

  /** Waits for the screen to be so. */
  async until(isSo: (screen: string) => boolean, what: string): Promise<string> {
    const end = performance.now() + PATIENCE;
    let screen = '';
    while (performance.now() < end) {
      screen = this.screen();
      if (isSo(screen)) return screen;
      await wait(BETWEEN_LOOKS);
    }
    throw new Error(`the terminal never showed ${what}; it shows\n${screen}`);
  }

  /** Waits for all these texts to be on the screen. */
  shows(...texts: readonly string[]): Promise<string> {
    return this.until((screen) => texts.every((text) => screen.includes(text)), texts.join(' and '));
  }

  /** Ends the terminal, and what ran in it: when this returns nobody writes to its folder any more. */
  close(): void {
    const words = ['-L', this.#socket, 'list-panes', '-a', '-F', '#{pane_pid}'];
    const { stdout } = spawnSync('tmux', words, { encoding: 'utf8' });
    // The shell leads a session, which its jobs are in too.
    const sessions = new Set(stdout.match(/\d+/g)?.map(Number));
    spawnSync('tmux', ['-L', this.#socket, 'kill-server']);
    const end = performance.now() + PATIENCE;
    let left = processesOf(sessions);
    while (left.length > 0 && performance.now() < end) {
      Atomics.wait(pause, 0, 0, BETWEEN_LOOKS);
      left = processesOf(sessions);
    }
    for (const pid of left) process.kill(pid, 'SIGKILL');
  }
}

/** A real terminal to run whole programs in: keys in, screen out. */
import { execFileSync, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** A busy machine takes its time; what never comes fails all the same. */
const DEADLINE = 20_000;
const BETWEEN_LOOKS = 25;

let terminals = 0;

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
    const end = performance.now() + DEADLINE;
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

  close(): void {
    spawnSync('tmux', ['-L', this.#socket, 'kill-server']);
  }
}

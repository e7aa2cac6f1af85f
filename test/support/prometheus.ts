/** A real Prometheus, for tests: Debian's package, without its service. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Running } from './running.ts';

/** What scripts/setup.sh unpacks, or is installed. */
const UNPACKED = resolve('.cache/prometheus/usr/bin');
const program = (name: string) => (existsSync(join(UNPACKED, name)) ? join(UNPACKED, name) : name);
const PROMETHEUS = program('prometheus');
export const PROMTOOL = program('promtool');

/** Why tests with it are skipped, if they are. */
export const missingPrometheus: string | undefined = [PROMETHEUS, PROMTOOL].every(
  (name) => spawnSync(name, ['--version']).status === 0,
)
  ? undefined
  : 'Prometheus is not there; scripts/setup.sh test unpacks it';

const ADDRESS = '127.0.0.1:9099';

/** What is asked of its API, and gives `data`. */
interface Question {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** What a query gives. */
export interface Vector {
  readonly result: readonly {
    readonly metric: Record<string, string>;
    readonly value: readonly [number, string];
  }[];
}

/** Runs in the server's namespace, with the URLs as its arguments. */
const FETCH_ALL = `
const texts = await Promise.all(process.argv.slice(1).map(async (url) => (await fetch(url)).json()));
console.log(JSON.stringify(texts));`;

/** One that runs. */
export class Prometheus {
  readonly running: Running;
  readonly #inside: readonly string[];

  /**
   * @param inside words before a command that is to run in its namespace
   * @param config its configuration's file
   * @param folder for its data
   */
  constructor(inside: readonly string[], config: string, folder: string) {
    this.#inside = inside;
    this.running = new Running([
      ...[...inside, PROMETHEUS, `--config.file=${config}`, `--storage.tsdb.path=${folder}`],
      `--web.listen-address=${ADDRESS}`,
    ]);
  }

  ready(): Promise<void> {
    return this.running.until(({ stderr }) => stderr.includes('Server is ready to receive web requests'));
  }

  /** What its API says to several questions at once; an error where it says that one is wrong. */
  ask<Answer>(questions: readonly Question[]): Answer[] {
    const urls = questions.map(
      ({ path, query = {} }) => `http://${ADDRESS}/api/v1/${path}?${new URLSearchParams(query)}`,
    );
    const [command, ...words] = [...this.#inside, process.execPath, '--input-type=module', '-e', FETCH_ALL];
    const answers = JSON.parse(execFileSync(command, [...words, ...urls], { encoding: 'utf8' }));
    return answers.map((answer: { status: string; data: Answer }, i: number) => {
      if (answer.status !== 'success') throw new Error(`${urls[i]}: ${JSON.stringify(answer)}`);
      return answer.data;
    });
  }

  /** The value of a query that has one sample; undefined where it has none yet. */
  value(query: string): number | undefined {
    const [answer] = this.ask<Vector>([{ path: 'query', query: { query } }]);
    const value = answer?.result[0]?.value[1];
    return value === undefined ? undefined : Number(value);
  }

  /** Asks again, scrape by scrape, until a query has the value. */
  async until(query: string, value: number): Promise<void> {
    for (let now = this.value(query); now !== value; now = this.value(query)) {
      if (this.running.child.exitCode !== null) throw new Error(this.running.stderr);
      await pause(300);
    }
  }
}

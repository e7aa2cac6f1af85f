/** Captures of labs, made by tcpdump: what fixtures are recorded with. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseCheckedYaml, readYamlText } from '../../text/checked-yaml.ts';
import { ENVIRONMENT, requirePrograms } from './command.ts';
import { type Run, withShell } from './command-shell.ts';
import { dataFolder } from './data-folder.ts';
import { bringDown } from './down.ts';
import { LabError } from './lab-error.ts';
import type { Lab } from './labs.ts';
import { oneLine, requireRoot } from './machine.ts';
import { loadNetwork } from './network.ts';
import { keysAt, type Recording, type RecordingPing, recordingsSchema } from './recording-schema.ts';
import { nodeWords } from './run.ts';
import { carryOut, Interrupted } from './steps.ts';
import { bringUp } from './up.ts';

export type { Recording } from './recording-schema.ts';

export interface RecordOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with each file's path when it is done. */
  readonly onFile?: ((file: string) => void) | undefined;
  /** Before the number in the names of the labs that are made. */
  readonly prefix?: string | undefined;
}

/** All that come with the package. */
export function loadRecordings(): Recording[] {
  const folder = dataFolder('recordings');
  return readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const path = join(folder, file);
      return parseCheckedYaml(readYamlText(path, path), path, recordingsSchema, keysAt).value.recordings;
    });
}

/** So many labs at a time: they wait for pings, mostly. */
const SIDE_BY_SIDE = 8;

/**
 * Makes captures again.
 *
 * @param folder that they are put into; files of the same names are replaced
 * @throws {LabError}
 */
export async function record(
  recordings: readonly Recording[],
  folder: string,
  options: RecordOptions = {},
): Promise<void> {
  requireRoot();
  requirePrograms(['tcpdump']);
  const waiting = [...recordings.entries()];
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (signal.aborted) throw new Interrupted();
      const [number, recording] = next;
      const name = `${options.prefix ?? 'record'}${number}`;
      await withShell((run) => recordOne(recording, name, folder, { ...options, signal }, run));
    }
  }
  const workers = Array.from({ length: SIDE_BY_SIDE }, () =>
    work().catch((error: unknown) => {
      // The others take down what is theirs.
      failure.abort();
      throw error;
    }),
  );
  const results = await Promise.allSettled(workers);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const reason = reasons.find((one) => !(one instanceof Interrupted)) ?? reasons[0];
  if (reason !== undefined) throw reason;
}

/** Milliseconds, for packets that are still on their way. */
const AFTERWARDS = 400;

async function recordOne(
  {
    network,
    change = [],
    warm = { options: ['-c', '1'] },
    captures,
    pings = [{ options: ['-c', '4'] }],
  }: Recording,
  name: string,
  folder: string,
  { signal, onFile }: RecordOptions,
  run: Run,
): Promise<void> {
  const lab = await bringUp(loadNetwork(network), { name, signal, run });
  const recorders: Recorder[] = [];
  try {
    await carryOut({ ...lab }, change, { signal, run });
    if (warm !== false) await ping(lab, warm, run, signal);
    for (const { file, at, options = [] } of captures) {
      recorders.push(startRecorder(lab, at.node, at.device, join(folder, file), options));
    }
    for (const recorder of recorders) await recorder.listening;
    for (const one of pings) {
      if ('change' in one) await carryOut({ ...lab }, one.change, { signal, run });
      else await ping(lab, one, run, signal);
    }
    await pause(AFTERWARDS);
    if (signal?.aborted) throw new Interrupted();
    for (const { file, stop } of recorders) {
      await stop();
      onFile?.(file);
    }
  } finally {
    for (const { stop } of recorders) await stop();
    await bringDown(name);
  }
}

function ping(
  lab: Lab,
  { from = 'h1-ns1', to = '172.16.1.2', options }: RecordingPing,
  run: Run,
  signal?: AbortSignal,
) {
  return run(nodeWords(lab, from, ['ping', '-n', '-i', '0.2', '-W', '1', ...options, to]), signal);
}

interface Recorder {
  readonly file: string;
  /** Resolved as soon as no packet is missed. */
  readonly listening: Promise<void>;
  stop(): Promise<void>;
}

function startRecorder(
  lab: Lab,
  node: string,
  device: string,
  file: string,
  options: readonly string[],
): Recorder {
  mkdirSync(dirname(file), { recursive: true });
  const how = ['tcpdump', '-Z', 'root', '--immediate-mode', '-U', '-n', '-i', device, '-w', file, ...options];
  const [program = '', ...args] = nodeWords(lab, node, how);
  const child = spawn(program, args, {
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const closed = once(child, 'close');
  return {
    file,
    listening: untilListening(child, `${node} ${device}`),
    stop: async () => {
      child.kill('SIGINT');
      await closed;
    },
  };
}

function untilListening(child: ChildProcess, point: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('listening on')) resolve();
    });
    child.on('close', () => reject(new LabError(`tcpdump at ${point}: ${oneLine(said)}`)));
  });
}

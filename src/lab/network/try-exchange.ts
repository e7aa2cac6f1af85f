/** TCP connections and DNS queries from node to node, with a server that is started for them where none listens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { ENVIRONMENT, endGroup, requirePrograms, runCommand } from './command.ts';
import { LabError } from './lab-error.ts';
import type { Lab } from './labs.ts';
import { oneLine } from './machine.ts';
import { nodeWords, targetAddress } from './run.ts';
import { shellLine } from './step-commands.ts';
import { Interrupted } from './steps.ts';

/** What is tried: a connection whose server sends back what it gets, or a query for a name's address. */
export type Exchange = { readonly tcp: number } | { readonly dns: string };

export interface ExchangeOptions {
  /** Nodes, or for `to` an address; those of the network's ping by default. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly count?: number | undefined;
  /** Seconds between the end of one and the start of the next. */
  readonly interval?: number | undefined;
  /** Bytes that a connection sends, and expects back. */
  readonly size?: number | undefined;
  /** Called with the client's command before the first, and what came of each. */
  readonly onText?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_COUNT = 4;
const DEFAULT_INTERVAL = 0.25;
const DEFAULT_SIZE = 64;
/** Seconds for an answer: Linux sends a SYN again after one second, so that a lost one is seen twice. */
const PATIENCE = 2;
const DNS_PORT = 53;

interface Trial {
  /** The client's line for a shell. */
  readonly line: string;
  readonly server: readonly string[];
  readonly programs: readonly string[];
  /** Words that print something where a server listens, in its node. */
  readonly listening: readonly string[];
  /** @returns what came of it; undefined if it was answered as it should be */
  fault(printed: string): string | undefined;
  readonly label: string;
  readonly answered: string;
}

/**
 * Tries exchanges one after the other. A server is started in the target's node unless one listens there, and ends with the last.
 *
 * @returns how many were answered, of how many
 * @throws {LabError} if a program is missing, a node unknown, or the server does not start
 */
export async function tryExchanges(
  lab: Lab,
  exchange: Exchange,
  options: ExchangeOptions = {},
): Promise<{ tried: number; answered: number }> {
  const { ping } = lab.network;
  const { from = ping.from, to = ping.to, count = DEFAULT_COUNT, interval = DEFAULT_INTERVAL } = options;
  const { onText = () => undefined, signal } = options;
  const trial = trialOf(exchange, targetAddress(lab, to), options.size ?? DEFAULT_SIZE);
  const client = nodeWords(lab, from, ['sh', '-c', trial.line]);
  requirePrograms(trial.programs);
  const server = Object.hasOwn(lab.network.nodes, to) ? await startServer(lab, to, trial, signal) : undefined;
  let [tried, answered] = [0, 0];
  try {
    onText(`$ ${shellLine(client)}`);
    for (; tried < count && !signal?.aborted; tried++) {
      if (tried > 0) await pause(interval * 1000, undefined, { signal }).catch(() => undefined);
      const { stdout, stderr } = await runCommand(client, signal);
      if (signal?.aborted) break;
      const fault = trial.fault(stdout);
      if (fault === undefined) answered++;
      onText(`${trial.label}: ${fault === undefined ? trial.answered : reasonOf(stderr) || fault}`);
    }
  } finally {
    if (server !== undefined) await endServer(server);
  }
  return { tried, answered };
}

function trialOf(exchange: Exchange, address: string, size: number): Trial {
  if ('tcp' in exchange) {
    const { tcp: port } = exchange;
    return {
      line: `head -c ${size} /dev/zero | socat -t ${PATIENCE} - TCP:${address}:${port},connect-timeout=${PATIENCE} | wc -c`,
      server: ['socat', `TCP-LISTEN:${port},fork,reuseaddr`, 'PIPE'],
      programs: ['socat', 'ss'],
      listening: ['ss', '-Hltn', `sport = ${port}`],
      fault: (printed) =>
        Number(printed) === size ? undefined : `connected, but ${Number(printed)} of ${size} bytes came back`,
      label: `tcp ${address}:${port}`,
      answered: `connected, ${size} bytes came back`,
    };
  }
  const { dns: name } = exchange;
  return {
    line: `dig +short +tries=1 +timeout=${PATIENCE} @${address} ${name}`,
    server: [
      ...[
        'dnsmasq',
        '--keep-in-foreground',
        '--no-resolv',
        '--no-hosts',
        '--conf-file=/dev/null',
        '--pid-file=',
      ],
      ...['--user=root', '--bind-interfaces', `--listen-address=${address}`, `--address=/${name}/${address}`],
    ],
    programs: ['dnsmasq', 'dig', 'ss'],
    listening: ['ss', '-Hlun', `sport = ${DNS_PORT}`],
    fault: (printed) =>
      printed.trim() === address ? undefined : `no answer: ${oneLine(printed.replace(/^;+ */, ''))}`,
    label: `dns ${name} at ${address}`,
    answered: address,
  };
}

/** Of what socat says, its last part: `2026/11/29 13:27:24 socat[5634] E connecting to AF=2 172.16.1.2:80: Connection timed out`. */
function reasonOf(stderr: string): string {
  const last = oneLine(stderr).split(': ').at(-1) ?? '';
  return last;
}

interface Server {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

/** Milliseconds. */
const START_PATIENCE = 5_000;
const LOOK_AGAIN = 15;

/** @returns undefined if one listens already */
async function startServer(
  lab: Lab,
  node: string,
  trial: Trial,
  signal: AbortSignal | undefined,
): Promise<Server | undefined> {
  const isListening = async () => {
    const { stdout } = await runCommand(nodeWords(lab, node, trial.listening), signal);
    if (signal?.aborted) throw new Interrupted();
    return stdout.trim() !== '';
  };
  if (await isListening()) return undefined;
  const words = nodeWords(lab, node, trial.server);
  const [program = '', ...args] = words;
  // In a group of its own: Ctrl-C is for us, who end it.
  const child = spawn(program, args, {
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-1000);
  });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      hasEnded = true;
      resolve();
    };
    child.once('close', end);
    child.once('error', (error) => {
      said = error.message;
      end();
    });
  });
  const server = { child, ended };
  try {
    for (const end = Date.now() + START_PATIENCE; ; await pause(LOOK_AGAIN)) {
      if (hasEnded || Date.now() > end) {
        throw new LabError(`${shellLine(words)}: it does not listen (${oneLine(said)})`);
      }
      if (await isListening()) return server;
    }
  } catch (error) {
    await endServer(server);
    throw error;
  }
}

async function endServer({ child, ended }: Server): Promise<void> {
  endGroup(child);
  await ended;
}

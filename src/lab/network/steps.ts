/** Steps carried out, each in the journal before and after. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { namedIdentity } from '../../host/namespace.ts';
import { type CommandResult, ENVIRONMENT } from './command.ts';
import { type Run, withShell } from './command-shell.ts';
import { type Journal, writeJournal } from './journal.ts';
import { LabError } from './lab-error.ts';
import { logFolder } from './labs-folder.ts';
import { kernelKinds, noNamespaces, oneLine } from './machine.ts';
import { type Step, withPlaces } from './network.ts';
import { endProcesses, isAlive, startTimeOf } from './processes.ts';
import { commandWords, shellLine, stepCommands } from './step-commands.ts';

export interface StepOptions {
  /** Called before each step; what it promises is waited for. */
  readonly onStep?: ((step: Step, number: number, count: number) => void | Promise<void>) | undefined;
  /** Where it is aborted, the step that runs is ended and {@link Interrupted} thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Runs the steps' commands; where not given, a shell of their own does. */
  readonly run?: Run | undefined;
}

/** The user does not want to go on. */
export class Interrupted extends LabError {
  constructor() {
    super('interrupted');
  }
}

/** The kinds of device that steps ask the kernel about. */
function conditionKinds(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => [step.if, step.unless].flatMap((condition) => condition?.kernel ?? []));
}

/** The steps without those that are not for this machine's kernel. */
export async function stepsHere(steps: readonly Step[], run: Run): Promise<Step[]> {
  const kinds = await kernelKinds(conditionKinds(steps), run);
  return steps.filter(
    (step) =>
      (step.if === undefined || kinds.has(step.if.kernel)) &&
      (step.unless === undefined || !kinds.has(step.unless.kernel)),
  );
}

/**
 * @param journal is changed, and written
 * @throws {LabError} if a step fails: what and why
 */
export async function carryOut(
  journal: Journal,
  steps: readonly Step[],
  options: StepOptions,
): Promise<void> {
  const { onStep, signal, run } = options;
  if (run === undefined) return withShell((own) => carryOut(journal, steps, { ...options, run: own }));
  const own = await stepsHere(steps, run);
  for (const [i, step] of own.entries()) {
    if (signal?.aborted) throw new Interrupted();
    await onStep?.(step, i + 1, own.length);
    if (signal?.aborted) throw new Interrupted();
    for (const words of stepCommands(journal.name, step)) await runStepCommand(journal, words, run, signal);
    if (step.stop !== undefined) await stopStarted(journal, step.stop);
    if (step.start !== undefined) startInBackground(journal, step, step.start);
    if (step.until !== undefined) await waitUntil(journal, step, step.until, run, signal);
  }
}

async function runStepCommand(journal: Journal, words: readonly string[], run: Run, signal?: AbortSignal) {
  const added = journal.namespaces.find(({ name }) => isDeepStrictEqual(words, ['ip', 'netns', 'add', name]));
  if (added !== undefined && namedIdentity(added.name) === undefined) {
    journal.adding = added.name;
    writeJournal(journal);
  }
  const result = await run(words, signal);
  if (added !== undefined) noteAdded(journal, added, result.status);
  if (signal?.aborted) throw new Interrupted();
  if (result.status === 0) return;
  const isFirstNamespace = !journal.namespaces.some(({ inode }) => inode !== undefined);
  if (words[1] === 'netns' && isFirstNamespace && !/File exists/.test(result.stderr)) {
    throw noNamespaces(result.stderr);
  }
  throw new LabError(`${shellLine(words)}: ${reasonOf(result)}`);
}

function reasonOf({ status, stdout, stderr }: CommandResult): string {
  return oneLine(stderr) || oneLine(stdout) || `it failed with exit code ${status}`;
}

/** @param status of `ip netns add`; where a signal ended it, it may have made the namespace or not */
function noteAdded(journal: Journal, added: Journal['namespaces'][number], status: number): void {
  if (status < 0) return;
  // Where it failed, a namespace of this name is somebody else's.
  if (status === 0) Object.assign(added, namedIdentity(added.name));
  journal.adding = undefined;
  writeJournal(journal);
}

function startInBackground(journal: Journal, step: Step, words: readonly string[]): void {
  const [program, ...args] = commandWords(journal.name, step.on, words);
  mkdirSync(logFolder(journal.name), { recursive: true });
  const log = openSync(logFile(journal, step), 'w');
  try {
    // In a session of its own, it outlives this process, and Ctrl-C does not reach it.
    const child = spawn(program, args, { env: ENVIRONMENT, stdio: ['ignore', log, log], detached: true });
    child.unref();
    // Told below; Node would tell it once more, as an error that nobody awaits.
    child.on('error', () => undefined);
    const line = shellLine([program, ...args]);
    if (child.pid === undefined) throw new LabError(`${line}: it can't be started`);
    const startTime = startTimeOf(child.pid);
    // It may be quicker than this look at it.
    if (startTime === undefined) throw new LabError(`${line}: ${ENDED}${saidText(journal, step)}`);
    journal.processes.push({
      pid: child.pid,
      startTime,
      node: step.on as string,
      step: step.id as string,
      command: shellLine(words.map((word) => withPlaces(journal.name, word))),
    });
    writeJournal(journal);
  } finally {
    closeSync(log);
  }
}

async function stopStarted(journal: Journal, ids: readonly string[]): Promise<void> {
  const started = journal.processes.filter(({ step }) => ids.includes(step));
  await endProcesses(() => started.filter(isAlive).map(({ pid }) => pid));
  journal.processes = journal.processes.filter((one) => !started.includes(one));
  writeJournal(journal);
}

function logFile(journal: Journal, step: Step): string {
  return join(logFolder(journal.name), `${step.id}.log`);
}

/** Milliseconds. */
const PATIENCE = 5_000;
const INTERVAL = 15;

async function waitUntil(
  journal: Journal,
  step: Step,
  words: readonly string[],
  run: Run,
  signal?: AbortSignal,
) {
  const until = commandWords(journal.name, step.on, words);
  const started = step.start === undefined ? undefined : journal.processes.at(-1);
  const what = shellLine(commandWords(journal.name, step.on, step.start ?? step.run?.at(-1) ?? []));
  for (const end = Date.now() + PATIENCE; ; await pause(INTERVAL)) {
    const { stdout } = await run(until, signal);
    if (signal?.aborted) throw new Interrupted();
    if (stdout.trim() !== '') return;
    const hasEnded = started !== undefined && startTimeOf(started.pid) !== started.startTime;
    if (!hasEnded && Date.now() < end) continue;
    const failure = hasEnded ? ENDED : `after ${PATIENCE / 1000} s still not met: ${shellLine(until)}`;
    throw new LabError(`${what}: ${failure}${started === undefined ? '' : saidText(journal, step)}`);
  }
}

const ENDED = 'it has ended';

/** What a step's program printed, behind a message about it. */
function saidText(journal: Journal, step: Step): string {
  const said = oneLine(readFileSync(logFile(journal, step), 'utf8'));
  return said === '' ? '' : ` (${said})`;
}

/** Notes which devices there are now: `lab status` expects these from here on. */
export async function finishJournal(journal: Journal, run: Run): Promise<void> {
  const devices: Record<string, string[]> = {};
  for (const { node, name, inode } of journal.namespaces) {
    if (inode === undefined) {
      throw new LabError(
        `no step makes the namespace of node ${node}; expected one with: ip netns add {${node}}`,
      );
    }
    const { stdout } = await run(['ip', '-n', name, '-j', 'link', 'show']);
    const links = JSON.parse(stdout) as readonly { ifname: string }[];
    devices[node] = links.map(({ ifname }) => ifname);
  }
  journal.devices = devices;
  journal.state = 'up';
  writeJournal(journal);
}

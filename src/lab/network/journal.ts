/**
 * What a lab has made, in a file that is written before each step: a lab that was broken off (a crash, kill -9) can still be
 * taken down, and nothing else with it.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { LabError } from './lab-error.ts';
import { filesFolder, LABS_FOLDER, logFolder } from './labs-folder.ts';
import type { Network } from './network.ts';
import { LAB_NAME } from './network-schema.ts';

const processEntry = z.object({
  pid: z.int().positive(),
  /** Clock ticks since the machine was started: with the number it names one process for ever. */
  startTime: z.string(),
  node: z.string(),
  /** Id of the step that started it. */
  step: z.string(),
  command: z.string(),
});

const journalSchema = z.object({
  name: z.string(),
  /** The resolved network: a file of the user's may change meanwhile. */
  network: z.looseObject({
    name: z.string(),
    nodes: z.record(z.string(), z.looseObject({ kind: z.string() })),
    ping: z.looseObject({ from: z.string(), to: z.string() }),
  }),
  /** The kernel's number of this run of the machine: after another start nothing of the lab is there. */
  bootId: z.string(),
  state: z.enum(['coming-up', 'up']),
  /** Who brings it up. */
  maker: processEntry.pick({ pid: true, startTime: true }),
  time: z.string(),
  namespaces: z.array(
    // Without inode: not made yet.
    z.object({
      node: z.string(),
      name: z.string(),
      inode: z.int().optional(),
      /** Absent before Linux 5.14: only then the inode tells whether it is still the same one. */
      cookie: z.string().optional(),
    }),
  ),
  /** The namespace that is just being made, where nobody had one of this name: it alone is the lab's without its inode. */
  adding: z.string().optional(),
  processes: z.array(processEntry),
  /** A network that was broken on purpose is repaired. */
  isMended: z.boolean().optional(),
  /** Names of devices by node, as they were when all steps were done. */
  devices: z.record(z.string(), z.array(z.string())),
});

export interface Journal extends Omit<z.infer<typeof journalSchema>, 'network'> {
  network: Network;
}
export type LabProcess = z.infer<typeof processEntry>;

/** A journal that can't be read: what the lab made is not known. */
export class DamagedJournalError extends LabError {}

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Names of the labs that have a journal. */
export function journalNames(): string[] {
  try {
    return readdirSync(LABS_FOLDER)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .filter((name) => LAB_NAME.test(name))
      .sort();
  } catch {
    return [];
  }
}

/**
 * @returns undefined if there is none
 * @throws {DamagedJournalError}
 */
export function readJournal(name: string): Journal | undefined {
  const file = journalFile(name);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new LabError(`${file} can't be read (${code}); labs belong to root: use sudo`);
  }
  try {
    return journalSchema.parse(JSON.parse(text)) as unknown as Journal;
  } catch {
    throw new DamagedJournalError(
      `the journal of lab ${name} (${file}) is damaged; take down every namespace whose name begins with ${name}- with: tunnelscope lab down ${name} --force`,
    );
  }
}

/**
 * Takes a lab's name: from here on it is this process's.
 *
 * @returns false if it is taken
 */
export function createJournal(journal: Journal): boolean {
  mkdirSync(LABS_FOLDER, { recursive: true, mode: 0o755 });
  try {
    writeFileSync(journalFile(journal.name), JSON.stringify(journal), { flag: 'wx', mode: 0o644 });
    // Keys may be in it.
    mkdirSync(filesFolder(journal.name), { recursive: true, mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    rmSync(journalFile(journal.name), { force: true });
    throw notWritten(journalFile(journal.name), error);
  }
}

function notWritten(file: string, error: unknown): LabError {
  return new LabError(`${file} can't be written (${(error as NodeJS.ErrnoException).code})`);
}

/** Whole or not at all. */
export function writeJournal(journal: Journal): void {
  const file = journalFile(journal.name);
  try {
    // Something may stand under that name already; a symbolic link above all must not be written through.
    rmSync(`${file}.new`, { force: true });
    writeFileSync(`${file}.new`, JSON.stringify(journal), { flag: 'wx', mode: 0o644 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw notWritten(file, error);
  }
}

export function removeJournal(name: string): void {
  for (const file of [journalFile(name), `${journalFile(name)}.new`, logFolder(name), filesFolder(name)]) {
    rmSync(file, { recursive: true, force: true });
  }
}

function journalFile(name: string): string {
  return join(LABS_FOLDER, `${name}.json`);
}

/** Asks this host, or reads what hosts said, and prints what is to be said of it. */
import { readFileSync } from 'node:fs';
import { openOutputFile } from '../../../capture/write/output-file.ts';
import { examine } from '../../../doctor/examine.ts';
import { formatJson, formatJunit, formatTable, hasErrors } from '../../../doctor/report.ts';
import { type HostFacts, hostFacts } from '../../../host/facts/facts.ts';
import { readFacts } from '../../../host/facts/read-facts.ts';
import { CaptureError } from '../../../packet/source.ts';
import { escapeControls, printable } from '../../../text/printable.ts';
import { EXIT, errorText, UsageError } from '../../errors.ts';
import { isTerminal } from '../../is-terminal.ts';
import { writeText } from '../../standard-output.ts';

export interface DoctorOptions {
  format?: string;
  /** Files with what hosts said. */
  from?: readonly string[];
  junit?: string;
}

/** @param namespaces names, in which `*` stands for anything */
export async function examineHosts(options: DoctorOptions, namespaces: readonly string[]): Promise<number> {
  const { junit } = options;
  try {
    const hosts =
      options.from === undefined ? [askThisHost(namespaces)] : readHosts(options.from, namespaces);
    const examination = examine(hosts);
    if (junit !== undefined) writeJunit(junit, formatJunit(examination));
    if (options.format === 'json')
      writeText(formatJson(examination, hosts.length === 1 ? hosts[0] : undefined));
    else {
      const look = isTerminal(1) ? { width: process.stdout.columns, color: process.stdout.hasColors() } : {};
      writeText(formatTable(examination, look));
    }
    if (examination.unseen.length > 0) {
      const how = options.from !== undefined || process.geteuid?.() === 0 ? '' : '; sudo shows more';
      console.error(escapeControls(`tunnelscope: not seen: ${examination.unseen.join('; ')}${how}`));
    }
    return hasErrors(examination) ? EXIT.notMet : EXIT.done;
  } catch (error) {
    if (junit !== undefined) tryJunit(junit, error);
    throw error;
  }
}

function askThisHost(patterns: readonly string[]): HostFacts {
  if (process.platform !== 'linux')
    throw new UsageError('doctor needs a Linux kernel; --from FILE judges another host’s report');
  const names = new Set<string>();
  const facts = readFacts((name) => {
    if (name !== undefined) names.add(name);
    return (
      patterns.length === 0 || (name !== undefined && patterns.some((pattern) => matches(name, pattern)))
    );
  });
  const missing = patterns.find((pattern) => ![...names].some((name) => matches(name, pattern)));
  if (missing !== undefined)
    throw new CaptureError(
      `no such network namespace: ${printable(missing)}; list them with: tunnelscope interfaces`,
    );
  if (facts.namespaces.length === 0)
    throw new CaptureError(
      `${facts.unseen[0] ?? 'these network namespaces'} can't be entered; run with sudo`,
    );
  return facts;
}

function matches(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}

function readHosts(files: readonly string[], namespaces: readonly string[]): HostFacts[] {
  if (namespaces.length > 0)
    throw new UsageError('both --from and names of network namespaces were given; expected one of them');
  const hosts = files.map(readHost);
  // Hosts of one name, such as namespaces of one machine that were asked one by one, are told apart by their files.
  return hosts.map(({ facts, file }) =>
    hosts.filter((other) => other.facts.host === facts.host).length > 1
      ? { ...facts, host: nameOf(file) }
      : facts,
  );
}

function nameOf(file: string): string {
  return file.replace(/^.*\//, '').replace(/\.json$/, '');
}

function readHost(file: string): { facts: HostFacts; file: string } {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`${printable(file)} can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
  let said: unknown;
  try {
    said = (JSON.parse(text) as { facts?: unknown } | null)?.facts;
  } catch {
    said = undefined;
  }
  const { data, error } = hostFacts.safeParse(said);
  if (data !== undefined) return { facts: data, file };
  const where = error.issues[0]?.path.join('.') ?? '';
  throw new UsageError(
    `${printable(file)} is not a doctor report${where === '' ? '' : ` (at facts.${printable(where)})`}; expected the output of doctor -T json`,
  );
}

/** @throws {CaptureError} where it can't be written to */
function writeJunit(path: string, text: string): void {
  const file = openOutputFile(path, false);
  file.write(Buffer.from(text));
  file.finish();
}

function tryJunit(path: string, failure: unknown): void {
  try {
    writeJunit(path, formatJunit({ error: errorText(failure) }));
  } catch {
    // That the report can't be written either does not matter beside the failure, which is told on standard error.
  }
}

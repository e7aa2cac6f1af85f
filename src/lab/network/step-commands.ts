/** A step's commands: their words for this lab, and as a line of shell. */
import { join } from 'shlex';
import type { LabProcess } from './journal.ts';
import { namespaceName, type Step, withPlaces } from './network.ts';

/** Programs of iproute2 that enter a namespace by a flag of their own. */
const WITH_FLAG = new Set(['ip', 'bridge']);

/**
 * @param node where it runs; undefined: on the machine
 * @param words of the command, with `{h1}` for namespaces, `{files}` and `{lab}`
 */
export function commandWords(
  lab: string,
  node: string | undefined,
  words: readonly string[],
): [program: string, ...args: string[]] {
  const [program = '', ...rest] = words.map((word) => withPlaces(lab, word));
  if (node === undefined) return [program, ...rest];
  const namespace = namespaceName(lab, node);
  return WITH_FLAG.has(program)
    ? [program, '-n', namespace, ...rest]
    : ['ip', 'netns', 'exec', namespace, program, ...rest];
}

/** The commands that a step runs to their end. */
export function stepCommands(lab: string, step: Step): [program: string, ...args: string[]][] {
  return (step.run ?? []).map((words) => commandWords(lab, step.on, words));
}

/** The line that a person would type. */
export function shellLine(words: readonly string[]): string {
  return join(words);
}

/**
 * A step as a person would type it, line by line: what is left running ends with `&`.
 *
 * @param processes of the lab, so that what is stopped has its number
 */
export function stepLines(lab: string, step: Step, processes: readonly LabProcess[] = []): string[] {
  const lines = stepCommands(lab, step).map(shellLine);
  if (step.start !== undefined) lines.push(`${shellLine(commandWords(lab, step.on, step.start))} &`);
  for (const id of step.stop ?? []) {
    const started = processes.find((one) => one.step === id);
    lines.push(`kill ${started?.pid ?? `"$${variableName(id)}"`}`);
  }
  return lines;
}

/** Of a shell's variable, for what a step starts: none of the script's own. */
export function variableName(id: string): string {
  return `step_${id.replaceAll('-', '_')}`;
}

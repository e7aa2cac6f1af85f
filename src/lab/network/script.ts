/** A network as a script that makes it without this program: `lab up --dry-run`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import wrapAnsi from 'wrap-ansi';
import { dataFolder } from './data-folder.ts';
import { filesFolder } from './labs-folder.ts';
import { deviceWords } from './machine.ts';
import { ALWAYS_REQUIRED, type Network, namespaceName, type Step } from './network.ts';
import { commandWords, shellLine, stepCommands, variableName } from './step-commands.ts';

/** @param lab names the namespaces */
export function networkScript(network: Network, lab: string): string {
  const { nodes, steps, requires, kernel, ping } = network;
  const namespaces = Object.keys(nodes).map((node) => namespaceName(lab, node));
  const target = nodes[ping.to]?.address as string;
  const pingLine = shellLine(commandWords(lab, ping.from, ['ping', ...(ping.options ?? []), target]));
  const lines = [
    '#!/usr/bin/env bash',
    ...comment(`${network.title}.`),
    ...comment(network.about),
    ...comment('usage: sudo bash THIS-FILE [up|down]'),
    ...comment(`then:  sudo ${pingLine}`),
    'set -euo pipefail',
    'PATH=$PATH:/usr/sbin:/sbin',
    `namespaces=(${namespaces.join(' ')})`,
    `files=${shellLine([filesFolder(lab)])}`,
    `programs=(${shellLine([...ALWAYS_REQUIRED, ...requires])})`,
    '',
    readFileSync(join(dataFolder('script'), 'functions.sh'), 'utf8').trimEnd(),
    ...kernel.flatMap((kind) => [
      `if ! knows ${shellLine(deviceWords(kind))}; then`,
      `  echo "this kernel has no ${kind} devices" >&2`,
      '  exit 2',
      'fi',
    ]),
    '(umask 077 && mkdir -p "$files")',
    ...steps.flatMap((step) => ['', ...stepScript(step, lab)]),
    '',
    'trap - EXIT INT TERM HUP',
    `echo ${shellLine([`up; ping with: ${pingLine}`])}`,
  ];
  return `${lines.join('\n')}\n`;
}

function stepScript(step: Step, lab: string): string[] {
  const lines = stepCommands(lab, step).map(shellLine);
  if (step.requires !== undefined) lines.unshift(`needs ${shellLine(step.requires)}`);
  if (step.start !== undefined) {
    const words = commandWords(lab, step.on, step.start);
    lines.push(`setsid ${shellLine(words)} </dev/null >/dev/null 2>&1 &`);
    lines.push(`${variableName(step.id as string)}=$!`);
  }
  for (const id of step.stop ?? []) lines.push(`kill "$${variableName(id)}" 2>/dev/null || true`);
  if (step.until !== undefined) {
    lines.push(`wait_for ${shellLine(commandWords(lab, step.on, step.until))}`);
  }
  const why = comment(step.why);
  const [condition, not] = step.if === undefined ? [step.unless, '! '] : [step.if, ''];
  if (condition === undefined) return [...why, ...lines];
  const test = shellLine(deviceWords(condition.kernel));
  return [...why, `if ${not}knows ${test}; then`, ...lines.map((line) => `  ${line}`), 'fi'];
}

const COMMENT_WIDTH = 100;

function comment(text: string): string[] {
  return wrapAnsi(text.trim(), COMMENT_WIDTH)
    .split('\n')
    .map((line) => `# ${line}`);
}

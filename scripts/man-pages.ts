/** Manual pages (man(7)) from the command line's own description. */
import type { Command } from 'commander';
import packageDescription from '../package.json' with { type: 'json' };
import { createLabProgram } from '../src/cli/commands/lab/lab-program.ts';
import { createMainProgram } from '../src/cli/program.ts';

const EXIT_STATUS = `.SH EXIT STATUS
.TP
.B 0
Success. For verify and path: every ping was answered, or every expectation met; for snapshot: no difference.
.TP
.B 1
A ping was not answered, an expectation was not met, or the snapshot differs.
.TP
.B 2
The command failed; a line on standard error says why.
`;

/** @returns pages by their files' names: `tunnelscope.1`, `tunnelscope-verify.1` */
export function manPages(): Map<string, string> {
  const program = createMainProgram(packageDescription.version);
  const lab = createLabProgram();
  const commands = visible(program).map((one) => (one.name() === 'lab' ? lab : one));
  const names = ['tunnelscope', ...commands.map(nameOf)];
  return new Map(
    [program, ...commands].map((one) => [
      `${nameOf(one)}.1`,
      page(one, one === lab ? visible(lab) : [], names),
    ]),
  );
}

/** `tunnelscope-lab`, as git has it; a command's parents are told by commander, and the lab's by its name. */
function nameOf(command: Command): string {
  return `${command.parent === null ? '' : 'tunnelscope '}${command.name()}`.replaceAll(' ', '-');
}

function visible(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
}

function page(command: Command, inner: readonly Command[], names: readonly string[]): string {
  const name = nameOf(command);
  const summary = command.summary() || (command.description().split(/(?<=[.?:]) |, /)[0] ?? '');
  const others = names.filter((other) => other !== name).map((other) => `.BR ${escaped(other)} (1)`);
  const commands = inner.length > 0 ? inner : visible(command);
  return `.TH ${name.toUpperCase()} 1 "" "tunnelscope ${packageDescription.version}" "tunnelscope"
.SH NAME
${escaped(name)} \\- ${escaped(summary.replace(/[.:,]$/, ''))}
.SH SYNOPSIS
.B ${escaped(name.replaceAll('-', ' '))}
${escaped(command.usage())}
.SH DESCRIPTION
${line(command.description())}
.SH OPTIONS
${options(command)}${inner.length > 0 ? labCommands(inner) : commandList(commands)}${EXIT_STATUS}.SH SEE ALSO
${others.join(',\n')}
`;
}

function options(command: Command): string {
  const help = command.createHelp();
  const described = [
    ...help.visibleArguments(command).map((one) => [help.argumentTerm(one), help.argumentDescription(one)]),
    ...help.visibleOptions(command).map((one) => [help.optionTerm(one), help.optionDescription(one)]),
  ];
  return described.map(([term = '', text = '']) => `.TP\n.B ${escaped(term)}\n${line(text)}\n`).join('');
}

function commandList(commands: readonly Command[]): string {
  if (commands.length === 0) return '';
  const entries = commands.map((one) => `.TP\n.BR ${escaped(nameOf(one))} (1)\n${line(one.description())}\n`);
  return `.SH COMMANDS\n${entries.join('')}`;
}

function labCommands(commands: readonly Command[]): string {
  const sections = commands.map(
    (one) =>
      `.SS ${escaped(one.createHelp().commandUsage(one))}\n${line(one.description())}\n${options(one)}`,
  );
  return `.SH COMMANDS\n${sections.join('')}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

/** A line of text: roff takes a dot or an apostrophe at its beginning for a request. */
function line(text: string): string {
  return escaped(text).replace(/^(?=[.'])/, '\\&');
}

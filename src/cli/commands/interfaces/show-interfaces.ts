/** What can be captured on, in every network namespace that can be seen: for `interfaces`, and for `-D`. */
import wrapAnsi from 'wrap-ansi';
import { listInterfaces } from '../../../host/interfaces.ts';
import type { Survey } from '../../../host/survey.ts';
import { CaptureError } from '../../../packet/source.ts';
import { asciiJson, escapeControls } from '../../../text/printable.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { requireOwnPlaces } from '../../input-kept.ts';
import { writeText } from '../../standard-output.ts';
import { type Entry, type Group, groupsOf } from './interface-groups.ts';

export interface InterfacesOptions {
  /** A table for anything but `json`, `mermaid` and `dot`; the packets' one counts where it stands in front of the command. */
  format?: string | undefined;
  /** A file to write a picture to. */
  svg?: string | undefined;
}

export async function showInterfaces({ format, svg }: InterfacesOptions): Promise<number> {
  const isPrinted = format === 'json' || format === 'mermaid' || format === 'dot';
  requireOwnPlaces({ '--svg': svg }, isPrinted ? format : undefined);
  const { groups, unseen, survey } = await findGroups();
  if (format === 'mermaid' || format === 'dot' || svg !== undefined) {
    if (survey === undefined) throw new UsageError('a picture of devices needs Linux and the package koffi');
    const { writeTopology } = await import('./draw-topology.ts');
    await writeTopology(survey, { format, svg });
    if (format === 'json') writeText(jsonLines(groups));
  } else writeText(format === 'json' ? jsonLines(groups) : table(groups, process.stdout.columns ?? WIDTH));
  if (unseen.length > 0) {
    const how = process.geteuid?.() === 0 ? '' : '; sudo shows them';
    console.error(
      escapeControls(`tunnelscope: not seen, for lack of permission: ${unseen.join('; ')}${how}`),
    );
  }
  return EXIT.done;
}

/** Interfaces by namespace, and what can't be seen. */
export async function findGroups(): Promise<{
  groups: Group[];
  unseen: readonly string[];
  survey?: Survey;
}> {
  if (process.platform === 'linux') {
    let survey: Survey;
    try {
      survey = (await import('../../../host/survey.ts')).surveyNamespaces();
      return { groups: groupsOf(survey), unseen: survey.unseen, survey };
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      console.error(escapeControls(`tunnelscope: only this network namespace is shown: ${error.message}`));
    }
  }
  return { groups: [{ title: undefined, entries: plainEntries() }], unseen: [] };
}

/** What Node itself tells: of this network namespace, without what devices are. */
function plainEntries(): Entry[] {
  return listInterfaces().map(({ name, up, loopback, addresses }) => ({
    json: { interface: name, name, up, ...(loopback && { loopback }), addresses },
    columns: [name, up ? 'up' : 'down', '', ''],
    remarks: [loopback ? 'loopback' : '', ...addresses].filter((remark) => remark !== ''),
  }));
}

function jsonLines(groups: readonly Group[]): string {
  const entries = groups.flatMap((group) => group.entries);
  return entries.map(({ json }) => `${asciiJson(json)}\n`).join('');
}

const WIDTH = 80;
const NAME_WIDTH = 15;
const LEAST_ROOM = 20;

/**
 * @param width of the terminal: remarks go on in the next line where it ends, none is broken
 */
function table(groups: readonly Group[], width: number): string {
  const lines: string[] = [];
  const entries = groups.flatMap((group) => group.entries);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...entries.map(({ columns }) => (columns[column] as string).length)),
  );
  widths[0] = Math.min(widths[0] as number, NAME_WIDTH);
  const indent = groups.length > 1 ? '  ' : '';
  for (const { title, entries } of groups) {
    if (groups.length > 1) lines.push(title ?? 'this network namespace');
    for (const { columns, remarks } of entries) {
      const cells = columns.map((cell, column) =>
        column === 2 ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
      );
      lines.push(...wrap(`${indent}${cells.join('  ')}`, remarks, width));
    }
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Between words. Of plain letters the length is the width, which wrapAnsi finds out a letter at a time. */
function broken(remark: string, room: number): string[] {
  if (remark.length <= room && /^[ -~]*$/.test(remark)) return [remark];
  return wrapAnsi(remark, room).split('\n');
}

/** Remarks behind the columns, and below each other where the line is full; one that fits no line is broken between words. */
function wrap(start: string, remarks: readonly string[], width: number): string[] {
  const room = Math.max(width - start.length - 2, LEAST_ROOM);
  const lines: string[] = [];
  let line = '';
  for (const part of remarks.flatMap((remark) => broken(remark, room))) {
    if (line !== '' && line.length + 2 + part.length > room) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? part : `  ${part}`;
  }
  lines.push(line);
  return lines.map((text, i) => `${i === 0 ? start : ' '.repeat(start.length)}  ${text}`);
}

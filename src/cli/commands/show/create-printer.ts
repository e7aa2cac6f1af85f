import type { TimeFormat } from '../../../output/line-times.ts';
import type { PacketPrinter } from '../../../output/printer.ts';
import { UsageError } from '../../errors.ts';

/** What to print of packets, and how: plain data, so that another thread makes the same printer of it. */
export interface PrinterOptions {
  readonly format: 'line' | 'tree' | 'fields' | 'json';
  readonly field?: readonly string[] | undefined;
  readonly fieldOption?: readonly string[] | undefined;
  readonly bytes?: boolean | undefined;
  /** Of lines. */
  readonly times?: TimeFormat | undefined;
}

/** Only the printer that is asked for is loaded. */
export async function createPrinter(options: PrinterOptions): Promise<PacketPrinter> {
  const { format, bytes } = options;
  const printer = await formatPrinter(options);
  if (bytes !== true) return printer;
  if (format !== 'line' && format !== 'tree') {
    throw new UsageError(
      `-x prints bytes in hex and ASCII; use it with -T line or -T tree, not -T ${format}`,
    );
  }
  return (await import('../../../output/hex.ts')).withBytes(printer);
}

async function formatPrinter({ format, times, field, fieldOption }: PrinterOptions): Promise<PacketPrinter> {
  switch (format) {
    case 'line':
      return (await import('../../../output/line.ts')).createLinePrinter(times);
    case 'tree':
      return (await import('../../../output/tree.ts')).createTreePrinter();
    case 'json':
      return (await import('../../../output/json.ts')).createJsonPrinter();
    case 'fields':
      return (await import('../../../output/fields.ts')).createFieldsPrinter(field ?? [], fieldOption ?? []);
  }
}

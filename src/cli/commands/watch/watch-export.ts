/** Tables in Parquet beside a watch: a full disk ends neither the watch nor what is exported once there is room again. */

import type { PacketBatch } from '../../../packet/source.ts';
import { CaptureError } from '../../../packet/source.ts';
import { createExporter, type Exporter, type ExporterOptions } from '../../../table/exporter.ts';
import { escapeControls } from '../../../text/printable.ts';
import { errorText } from '../../errors.ts';
import { captureName } from '../export/export-captures.ts';
import { liveName, liveNode } from '../export/export-live.ts';

export interface WatchExport {
  packet(batch: PacketBatch, index: number): void;
  /** Time has passed. @param now seconds since 1970 */
  tick(now: number): void;
  finish(): void;
  /** Files that could not be written so far: what they would have held is lost. */
  readonly failures: number;
}

/**
 * @param period seconds after which files are put in place
 * @param names what is captured
 * @throws {CaptureError} if the folder can't be had
 */
export function openWatchExport(
  options: Omit<ExporterOptions, 'capture' | 'node'>,
  period: number,
  names: readonly string[],
): WatchExport {
  let failures = 0;
  let exporter: Exporter | undefined = open();
  let next = Number.NaN;

  function open(): Exporter {
    const capture = captureName(escapeControls(liveName(names, new Date())));
    return createExporter({ ...options, capture, node: captureName(escapeControls(liveNode())) });
  }

  /** What can't be written is told, and tried again with the next files. */
  function trying(write: (exporter: Exporter) => void): void {
    if (exporter === undefined) return;
    try {
      write(exporter);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      failures++;
      console.error(
        `tunnelscope: --export: ${errorText(error)}; watching goes on, and the next files are tried in ${period} s at the latest`,
      );
      exporter.salvage();
      exporter = undefined;
    }
  }

  function reopen(): void {
    try {
      exporter = open();
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      failures++;
    }
  }

  return {
    packet: (batch, index) => trying((one) => one.packet(batch, index)),
    tick(now) {
      if (Number.isNaN(next)) next = now + period;
      if (now < next) return;
      next = now + period;
      if (exporter === undefined) reopen();
      else trying((one) => one.rotate(now));
    },
    finish: () => trying((one) => one.finish()),
    get failures() {
      return failures;
    },
  };
}

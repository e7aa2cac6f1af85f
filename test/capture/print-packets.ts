/**
 * Prints what a source hands out, one JSON value a line, held to the contract on the way: the interfaces when it is open, each
 * packet, and how it ended. Standard output's reader stops it by closing standard input. Runs in other namespaces than
 * the tests.
 *
 * usage: print-packets '{"live":{"interfaces":["eth0"],"filter":"icmp"}}'      or '{"file":"-","filter":"icmp"}'
 */

import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { filtered } from '../../src/capture/filter/filter.ts';
import { type LiveOptions, openLive } from '../../src/capture/live.ts';
import { collect } from './contract.ts';

export interface Request {
  readonly live?: LiveOptions;
  readonly file?: string;
  readonly filter?: string;
}

const request = JSON.parse(process.argv[2] as string) as Request;
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

try {
  const opened = request.live ? await openLive(request.live) : await openCaptureFile(request.file as string);
  const source = request.filter === undefined ? opened : filtered(opened, request.filter);
  const { name, isLive, interfaces } = source;
  print({ open: { name, isLive, interfaces, now: Date.now() } });
  if (isLive) {
    process.stdin.on('end', () => source.stop());
    process.stdin.resume();
  }
  let error: string | undefined;
  await collect(source, (packet) => print({ packet, now: Date.now() })).catch((thrown: Error) => {
    error = `${thrown.name}: ${thrown.message}`;
  });
  print({ end: { error, warnings: source.warnings, statistics: source.statistics() } });
  await source.close();
} catch (error) {
  print({ end: { error: `${(error as Error).name}: ${(error as Error).message}` } });
}
process.stdin.destroy();

/** `tunnelscope verify`: were the tunneled pings answered? */
import { isatty } from 'node:tty';
import { createDecoder } from '../decode/decoder.ts';
import { formatReport } from '../ping/report.ts';
import { createPingTracker } from '../ping/verify.ts';
import { EXIT } from './errors.ts';
import type { VerifyOptions } from './program.ts';
import { openSource, readPackets } from './session.ts';
import { writeText } from './standard-output.ts';

export async function verify(options: VerifyOptions, words: readonly string[]): Promise<number> {
  const tracker = createPingTracker({ decoder: createDecoder({ decodeAs: options.decodeAs ?? [] }) });
  const source = await openSource(options, words);
  await readPackets(source, options, (batch, count) => tracker.batch(batch, source.interfaces, count));
  const verdict = tracker.verdict(source.statistics().dropped);
  if (options.format === 'json') {
    writeText(`${JSON.stringify(verdict)}\n`);
  } else {
    const terminal = isatty(1);
    writeText(
      formatReport(
        verdict,
        terminal ? { width: process.stdout.columns, color: process.stdout.hasColors() } : {},
      ),
    );
  }
  return verdict.verdict === 'pass' ? EXIT.done : EXIT.notMet;
}

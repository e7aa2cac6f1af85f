/** `tunnelscope interfaces`, `-D`: what can be captured on. */
import { listInterfaces } from '../capture/interfaces.ts';
import { EXIT, escapeControls } from './errors.ts';
import { writeText } from './standard-output.ts';

export function interfaces(): number {
  const entries = listInterfaces();
  const width = Math.max(...entries.map((entry) => entry.name.length));
  for (const entry of entries) {
    const state = `${entry.up ? 'up' : 'down'}${entry.loopback ? ', loopback' : ''}`;
    const line = `${entry.name.padEnd(width)}  ${state.padEnd(12)}  ${entry.addresses.join(', ')}`;
    writeText(`${escapeControls(line.trimEnd())}\n`);
  }
  return EXIT.done;
}

/** What -Y leaves out is counted nowhere, whatever it carried. */
import { expect, it } from 'vitest';
import { tunnelscope } from '../support/command.ts';

const FLOOD = 'fixtures/streams/socat-tun-tcp-flood.pcap';

// Segments without data are chosen: those before them, which end several packets each, are not.
it.each<[command: string[], found: RegExp]>([
  [['verify'], /^PASS {2}no pings, so judged by TCP/m],
  [['path'], /no ping seen/],
  [['watch'], /, 0 pings,/],
])('%j counts no packet of a segment that the filter leaves out', (command, found) => {
  const { stdout } = tunnelscope([...command, '-q', '-Y', 'tcp.len == 0', '-r', FLOOD]);
  expect(stdout).toMatch(found);
});

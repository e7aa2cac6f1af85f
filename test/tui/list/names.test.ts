import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { handSource } from '../support/capture.ts';
import { cleanup, show } from '../support/screen.ts';

afterEach(cleanup);

it('rows end with the names of the innermost addresses, where they are known', async () => {
  const file = readFileSync('fixtures/socat.pcap');
  // Behind 24 bytes of file header and 16 of the packet's own, which tell its length.
  const request = file.subarray(40, 40 + file.readUInt32LE(32));
  const web = { address: '172.16.0.2', name: 'shop/web-0', knownBy: '/var/log/pods' };
  const source = Object.assign(handSource({ isLive: true }), { names: new Map([[web.address, web]]) });
  const shown = show(source, 160, 40);
  const running = shown.session.run();
  source.push([request]);
  source.end();
  await running;
  expect(shown.rows().join('\n')).toMatch(/172\.16\.0\.2 . 172\.16\.1\.2.*\(shop\/web-0 > 172\.16\.1\.2\)/);
});

/** What the screen says of where packets come from: the filter they passed, and their interface. */
import { afterEach, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { filtered } from '../../../src/capture/filter/filter.ts';
import { nonePassed } from '../../../src/cli/capture-filter.ts';
import { cleanup, drawn, show, showFile } from '../support/screen.ts';

afterEach(cleanup);

it.each([
  ['icmp', 0, '0 of 8 packets passed the filter icmp, which sees outer headers only: -Y icmp looks inside'],
  ['udp port 8472', 8, undefined],
])('the capture filter %s, and why nothing passed it', async (text, packets, warning) => {
  const source = filtered(await openCaptureFile('fixtures/designs/cilium-identity-vni.pcap'), text);
  const shown = show(source, 120, 40, {
    captureFilter: { text, nonePassed: (from) => nonePassed(from, text) },
  });
  await shown.session.run();
  await source.close();
  await drawn(shown.session);
  expect(shown.rows()[0]).toContain(` ${packets} packets · filter ${text} · `);
  const told = shown.rows().filter((row) => row.includes('passed the filter'));
  expect(told.map((row) => row.trim())).toEqual(
    warning === undefined ? [] : [expect.stringContaining(`! ${warning}`)],
  );
});

// tshark -r socat-points.pcapng -T fields -e frame.interface_name
it('the interface of each packet, where there are several', async () => {
  const wide = (await showFile('fixtures/socat-points.pcapng', 150, 40)).rows();
  expect(wide[1]).toMatch(/ Time +On +Outer/);
  expect(wide[3]).toMatch(/^ +2 0\.000007 +socat-h1:br0 +172\.16\.0\.2/);
  const middle = (await showFile('fixtures/socat-points.pcapng', 100, 40)).rows();
  expect(middle[5]).toMatch(/^ +4 0\.000081 +…h1:eth0 +10\.1\.0\.10/);
});

it('on a narrow screen, that of the selected packet in full', async () => {
  const { rows } = await showFile('fixtures/socat-points.pcapng', 80, 24);
  expect(rows()[1]).not.toContain(' On ');
  expect(rows().find((row) => row.includes('BYTES'))).toContain(
    ' 98 bytes ─ on socat-h1-ns1:eth0 ─ Answered',
  );
});

it('and nothing of the only one', async () => {
  const rows = (await showFile('fixtures/socat.pcap', 150, 40)).rows();
  expect(rows[1]).toMatch(/ Time +Outer/);
  expect(rows.find((row) => row.includes('BYTES'))).not.toContain(' on ');
});

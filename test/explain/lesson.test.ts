import { describe, expect, it } from 'vitest';
import { labCaptures, readCapture } from '../support/captures.ts';
import { lessonFrom, lessonOf } from '../support/lessons.ts';

describe('steps of a lesson', () => {
  // The first packet of socat.pcap, read by hand: each header's first byte, the first behind it, and the end of what it carries.
  it('are the layers, with the bytes that belong to each', async () => {
    const { steps } = await lessonFrom('fixtures/socat.pcap', 1);
    expect(steps.map(({ layer, end }) => [layer.protocol, layer.from, layer.to, end])).toEqual([
      ['eth', 0, 14, 130],
      ['ip', 14, 34, 130],
      ['udp', 34, 42, 130],
      ['tunpi', 42, 46, 130],
      ['ip', 46, 66, 130],
      ['icmp', 66, 74, 130],
      ['data', 74, 130, 130],
    ]);
  });

  it('say where each stands among the OSI layers', async () => {
    const { steps } = await lessonFrom('fixtures/vxlan.pcap', 1);
    expect(steps.slice(0, 6).map(({ osi }) => osi)).toEqual([
      'OSI layer 2, data link',
      'OSI layer 3, network',
      'OSI layer 4, transport',
      'A tunnel’s own header: to the outer network it is payload, like layer 7; inside, the layers start again at layer 2, data link',
      'OSI layer 2, data link',
      'OSI layer 3, network',
    ]);
  });

  it('say who put the envelope on, who opens it, and that routers see nothing of what is inside', async () => {
    const { steps } = await lessonFrom('fixtures/socat.pcap', 1);
    expect(steps[1]?.why).toContain('from 10.1.0.10 to 10.2.0.10');
    expect(steps[1]?.router).toContain('looks up 10.2.0.10');
    expect(steps[1]?.router).toContain('that 172.16.1.2 is the final destination');
    expect(steps[2]?.why).toContain('port 9000');
    expect(steps[4]?.why).toContain('172.16.0.2 put it on');
    for (const step of steps.slice(3)) expect(step.router).toMatch(/^Nothing/);
  });

  it('show a field’s bytes, and bits where it is not whole bytes', async () => {
    const { steps } = await lessonFrom('fixtures/socat.pcap', 1);
    const field = (key: string) => steps[1]?.fields.find(({ row }) => row.key === key);
    expect(field('version')?.bytes).toBe('0100 ....');
    expect(field('flags.df')?.bytes).toBe('.1.. ....');
    expect(field('len')?.bytes).toBe('00 74');
    expect(field('dst')?.bytes).toBe('0a 02 00 0a');
    expect(field('dsfield.dscp')?.reference).toBe('RFC 2474, section 3');
    expect(field('ttl')?.reference).toBe('RFC 791, section 3.1');
  });

  it('tell what is wrong with a packet', async () => {
    const [packet] = await readCapture('fixtures/socat.pcap');
    const lesson = lessonOf(packet?.bytes.slice(0, 60) as Uint8Array, 1, 130);
    expect(lesson.steps.flatMap(({ issues }) => issues).join()).toContain(
      'truncated: IPv4 total length: 116 bytes needed, 46 there',
    );
  });

  it('of a quoted packet say that it is quoted', async () => {
    const { steps } = await lessonFrom('fixtures/generated/icmp-errors.pcap', 1);
    const quoted = steps.filter(({ layer }) => layer.isQuoted);
    expect(quoted.length).toBeGreaterThan(0);
    for (const step of quoted.filter(({ layer }) => layer.protocol !== 'data')) {
      expect(step.why).toMatch(/^An error quotes/);
    }
  });

  it.each(labCaptures)('of every packet of %s lie within it, each inside the one before', async (path) => {
    for (const { bytes, linkType } of await readCapture(path)) {
      const { steps } = lessonOf(bytes, linkType);
      let from = 0;
      for (const { layer, end } of steps) {
        expect(layer.from).toBeGreaterThanOrEqual(from);
        expect(layer.to).toBeLessThanOrEqual(end);
        expect(end).toBeLessThanOrEqual(bytes.length);
        from = layer.from;
      }
    }
  });
});

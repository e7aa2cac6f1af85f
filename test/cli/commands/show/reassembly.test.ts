/** Fragments as a user sees them: whole in the packet that completes them, in every output, as tshark shows them. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../../src/verdict/verdict.ts';
import { tunnelscope } from '../../../support/command.ts';
import { hasTshark, tshark } from '../../../support/tshark.ts';

const VXLAN = 'fixtures/vxlan-fragmented.pcap';
const ALL = 'fixtures/generated/fragments.pcap';

const FIELDS = [
  'frame.number',
  'frame.protocols',
  'ip.src',
  'ipv6.src',
  'vxlan.vni',
  'icmp.seq',
  'icmp.checksum.status',
  'icmpv6.echo.sequence_number',
  'icmpv6.checksum.status',
].flatMap((field) => ['-e', field]);

describe.skipIf(!hasTshark)('beside tshark (skipped where tshark is missing)', () => {
  it.each([VXLAN, ALL])('%s: -T fields', (path) => {
    const stdout = tshark(...['-r', path, '-T', 'fields', ...FIELDS]);
    expect(tunnelscope(['-r', path, '-T', 'fields', ...FIELDS]).stdout).toBe(stdout);
  });

  it.each([VXLAN, ALL])('%s: packets that -Y finds', (path) => {
    for (const filter of ['icmp.type == 0', 'icmpv6.type == 129', 'ip.frag_offset > 0 && icmp']) {
      const args = ['-r', path, '-Y', filter, '-T', 'fields', '-e', 'frame.number'];
      const stdout = tshark(...args);
      expect(tunnelscope(args).stdout, filter).toBe(stdout);
    }
  });

  it('round-trip times are those between the completing fragments', () => {
    const args = ['-r', VXLAN, '-Y', 'icmp.resptime', '-T', 'fields', '-e', 'icmp.resptime'];
    const theirs = tshark(...args)
      .trim()
      .split('\n')
      .map(Number);
    const { rtt } = JSON.parse(tunnelscope(['verify', '-r', VXLAN, '-T', 'json']).stdout) as Verdict;
    expect(theirs).toHaveLength(2);
    expect(rtt?.min).toBeCloseTo(Math.min(...theirs), 3);
    expect(rtt?.max).toBeCloseTo(Math.max(...theirs), 3);
  });
});

interface JsonLayer {
  readonly protocol: string;
  readonly offset: number;
  readonly length: number;
  readonly reassembled?: true;
  readonly fragments?: readonly number[];
}

function layersOf(path: string, number: number): JsonLayer[] {
  const lines = tunnelscope(['-r', path, '-T', 'json', '-c', String(number)])
    .stdout.trimEnd()
    .split('\n');
  return (JSON.parse(lines[number - 1] as string) as { layers: JsonLayer[] }).layers;
}

describe('outputs', () => {
  it('JSON says which layers stand in reassembled bytes, where in them, and which packets brought them', () => {
    const layers = layersOf(VXLAN, 3).map(({ protocol, offset, length, reassembled, fragments }) => [
      protocol,
      offset,
      length,
      reassembled,
      fragments,
    ]);
    expect(layers.slice(5)).toEqual([
      ['ip', 64, 20, undefined, [1, 2, 3]],
      ['icmp', 0, 8, true, undefined],
      ['data', 8, 2000, true, undefined],
    ]);
    expect(layers.slice(0, 5).some((layer) => layer[3] !== undefined || layer[4] !== undefined)).toBe(false);
  });

  it('JSON of fragments in fragments: each payload counts from its own start', () => {
    const layers = layersOf(ALL, 49).filter(({ protocol }) => protocol !== 'eth');
    expect(layers.map(({ protocol, offset, fragments }) => [protocol, offset, fragments])).toEqual([
      ['ip', 14, [48, 49]],
      ['udp', 0, undefined],
      ['vxlan', 8, undefined],
      ['ip', 30, [44, 47, 49]],
      ['icmp', 0, undefined],
      ['data', 8, undefined],
    ]);
  });

  it('lines and trees show the whole at the last fragment', () => {
    const lines = tunnelscope(['-r', VXLAN]).stdout.trimEnd().split('\n');
    expect(lines.map((line) => /Fragment|Echo request|Echo reply/.exec(line)?.[0])).toEqual(
      [1, 2].flatMap(() => [
        'Fragment',
        'Fragment',
        'Echo request',
        ...['Fragment', 'Fragment', 'Echo reply'],
      ]),
    );
    const tree = tunnelscope(['-r', VXLAN, '-V', '-c', '3']).stdout;
    expect(tree).toContain('[reassembled from fragments in packets 1, 2, 3]');
    expect(tree).toContain('Internet Control Message Protocol, 8 bytes at 0 of the reassembled payload');
  });

  it('--no-reassembly shows fragments as they came', () => {
    const lines = tunnelscope(['-r', VXLAN, '--no-reassembly']).stdout.trimEnd().split('\n');
    expect(lines[0]).toContain('ICMP Echo request');
    expect(lines[2]).toContain('IPv4 Fragment id=0x7e6a offset=1480 last');
  });
});

describe('the verdict', () => {
  const findings = (...args: string[]) => {
    const { stdout } = tunnelscope(['verify', '-T', 'json', ...args]);
    return (JSON.parse(stdout) as Verdict).findings.map(({ code, severity, packets }) => [
      code,
      severity,
      packets,
    ]);
  };

  it('names packets that never became whole', () => {
    // The reply's last fragment is the sixth packet.
    expect(findings('-r', VXLAN, '-c', '5')).toContainEqual(['fragments', 'warning', [4]]);
  });

  it('names fragments that overlap', () => {
    const odd = findings('-r', 'fixtures/generated/fragments-odd.pcap');
    expect(odd).toContainEqual(['overlapping-fragments', 'warning', [3, 4, 7, 10, 15]]);
    expect(odd).toContainEqual(['fragments', 'warning', [13, 14, 15]]);
  });

  it('counts fragmented pings also through -Y', () => {
    const { stdout } = tunnelscope(['verify', '-T', 'json', '-r', VXLAN, '-Y', 'vxlan']);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'pass', requests: 2, answered: 2, findings: [] });
  });
});

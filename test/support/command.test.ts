/** The command in a thread of the tests answers as one that a user runs. */
import { describe, expect, it } from 'vitest';
import { inProcess, tunnelscope } from './command.ts';

describe('in a thread as in a process', () => {
  it.each<[args: string[], status: number]>([
    [['verify', '-r', 'fixtures/vxlan.pcap'], 0],
    [['verify', '-r', 'fixtures/half.pcap', '-T', 'json'], 1],
    [['-r', 'fixtures/vxlan.pcap', '-V', '-x'], 0],
    [['-r', 'fixtures/vxlan.pcap', '-T', 'tui'], 2],
    [['snapshot', '-r', 'fixtures/vxlan.pcap', '--mask', 'ip.tll'], 2],
    [['path', '-r', 'fixtures/vxlan.pcap', '-r', 'fixtures/socat.pcap'], 0],
    [['fixtures/vxlan.pcap', '-Y', 'icmp.seq == '], 2],
  ])('%j', (args, status) => {
    const answer = inProcess(args);
    expect(answer.status).toBe(status);
    expect(tunnelscope(args)).toEqual(answer);
  });
});

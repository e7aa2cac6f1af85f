/** `tunnelscope verify` as a user runs it: exit code, table and JSON. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/ping/verdict.ts';
import { tunnelscope } from '../support/command.ts';

const capture = (name: string) => `fixtures/${name}.pcap`;

describe('the exit code says whether every request was answered', () => {
  it.each([
    ['socat', 0, /^PASS {2}4 of 4 requests answered/m],
    ['socat-nopi', 0, /^PASS {2}4 of 4 requests answered/m],
    ['socat-tap', 0, /^PASS {2}4 of 4 requests answered/m],
    ['ipip', 0, /^PASS {2}4 of 4 requests answered/m],
    ['vxlan', 0, /^PASS {2}4 of 4 requests answered/m],
    ['flannel', 0, /^PASS {2}4 of 4 requests answered/m],
    ['route', 0, /^PASS {2}4 of 4 requests answered/m],
    ['half', 1, /^FAIL {2}0 of 4 requests answered, 4 lost/m],
    ['socat-mixed', 1, /^FAIL {2}0 of 4 requests answered, 4 lost/m],
  ])('%s: %i', (name, code, line) => {
    const { status, stdout, stderr } = tunnelscope(['verify', '-r', capture(name)]);
    expect(stdout).toMatch(line);
    expect(stderr).toBe('');
    expect(status).toBe(code);
  });
});

describe('-T json', () => {
  it('is one object on one line, with what the verdict promises', () => {
    const { status, stdout } = tunnelscope(['verify', '-r', capture('vxlan'), '-T', 'json']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^[^\n]+\n$/);
    const verdict = JSON.parse(stdout) as Verdict;
    expect(Object.keys(verdict)).toEqual([
      ...['verdict', 'capture', 'requests', 'answered', 'unanswered', 'duplicates', 'rtt'],
      ...['paths', 'expectations', 'findings'],
    ]);
    expect(Object.keys(verdict.rtt ?? {})).toEqual(['min', 'average', 'max', 'stddev', 'p50', 'p95']);
    // Frames 1 and 8 as tcpdump prints them: 17:10:32.100405 and 17:10:32.711364.
    expect(verdict.capture).toMatchObject({ packets: 8, truncated: 0, malformed: 0 });
    expect(verdict.capture.firstTime).toMatch(/\.100405000$/);
    expect(verdict.capture.lastTime).toMatch(/\.711364000$/);
  });

  it('a failure exits with 1 there too, with its findings', () => {
    const { status, stdout } = tunnelscope(['verify', '-r', capture('half'), '-T', 'json']);
    expect(status).toBe(1);
    expect((JSON.parse(stdout) as Verdict).findings[0]).toMatchObject({ code: 'outer-port-unreachable' });
  });
});

it('reads standard input', () => {
  const { status, stdout } = tunnelscope(['verify', '-r', '-'], readFileSync(capture('socat')));
  expect(stdout).toContain('tunpi 10.1.0.10 → 10.2.0.10');
  expect(status).toBe(0);
});

it('-d: a tunnel read as the user says', () => {
  const args = ['verify', '-r', capture('socat'), '-d', 'udp.port==9000,tun', '-T', 'json'];
  const { stdout } = tunnelscope(args);
  const [path] = (JSON.parse(stdout) as Verdict).paths;
  expect(path?.tunnels).toMatchObject([{ kind: 'tunpi', by: 'user' }]);
});

it('-c: only the first packets', () => {
  const { status, stdout } = tunnelscope(['verify', '-r', capture('socat'), '-c', '3']);
  expect(stdout).toMatch(/^FAIL {2}1 of 2 requests answered, 1 lost/m);
  expect(status).toBe(1);
});

it('-Y: only the packets that match; the numbers in findings stay those of the capture', () => {
  const some = ['verify', '-r', capture('socat'), '-Y', 'inner.icmp.seq <= 2'];
  expect(tunnelscope(some).stdout).toMatch(/^PASS {2}2 of 2 requests answered/m);
  const errors = ['verify', '-r', capture('half'), '-T', 'json', '-Y', 'frame.number > 2'];
  const packets = (JSON.parse(tunnelscope(errors).stdout) as Verdict).findings.flatMap(
    (finding) => finding.packets,
  );
  expect(Math.min(...packets)).toBeGreaterThan(2);
  expect(tunnelscope(['verify', '-r', capture('socat'), '-Y', 'ip.src ==']).status).toBe(2);
});

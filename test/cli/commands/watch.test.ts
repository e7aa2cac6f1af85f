/** `tunnelscope watch` as a user runs it: on a file, and live beside a real Prometheus, which reads what ping says of itself. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { COMMAND, tunnelscope } from '../../support/command.ts';
import { openExport } from '../../support/duckdb.ts';
import { Lab, missingForLiveCapture, skipNote } from '../../support/lab.ts';
import { echo } from '../../support/pings.ts';
import { missingPrometheus, PROMTOOL, Prometheus, type Vector } from '../../support/prometheus.ts';
import { Running } from '../../support/running.ts';

const folder = mkdtempSync(join(tmpdir(), 'watch-'));
afterAll(() => rmSync(folder, { recursive: true }));
const EXAMPLES = 'examples/watch';

describe('on a file', () => {
  it('tells what an interval shows, and each finding', () => {
    const { stdout, stderr, status } = tunnelscope(['watch', '-r', 'fixtures/half.pcap']);
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout).toMatch(
      /^error: 10\.2\.0\.10 answers that nothing listens on UDP 9000: start the tunnel's other end \(outer-port-unreachable\)$/m,
    );
    expect(stdout).toMatch(/: 5 packets, 4 pings, 0 answered, 4 lost, drops not known, found outer-port-/);
  });

  it('as an object a line, for log shippers', () => {
    const { stdout } = tunnelscope(['watch', '-r', 'fixtures/half.pcap', '--json-lines']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event, kind, code, seq }) => [event, kind ?? code ?? '', seq])).toEqual([
      ...[1, 2, 3, 4].map((seq) => ['lost', 'ping', seq]),
      ['finding', 'outer-port-unreachable', undefined],
      ['finding', 'no-reply', undefined],
      ['finding', 'request-outside-tunnel', undefined],
      ['interval', '', undefined],
    ]);
    expect(lines.at(-1)).toMatchObject({
      packets: 5,
      pings: { requests: 4, answered: 0, lost: 4, rtt: null },
    });
  });

  it('has at most 100 objects for what failed in a second of the file, and says how many more there were', () => {
    // Three seconds of 150 requests that nobody answers, and of one ping a second until all are given up.
    const requests = Array.from({ length: 450 }, (_, i) => [Math.floor(i / 150), i] as const);
    const later = Array.from({ length: 6 }, (_, i) => [3 + i, 500 + i] as const);
    const records = [...requests, ...later].flatMap(([second, seq]) => {
      const packet = echo({ seq });
      return [
        Buffer.from(Uint32Array.of(1_700_000_000 + second, 0, packet.length, packet.length).buffer),
        packet,
      ];
    });
    const file = join(folder, 'lost.pcap');
    const header = Buffer.from(Uint32Array.of(0xa1b2c3d4, 0x40002, 0, 0, 65_535, 101).buffer);
    writeFileSync(file, Buffer.concat([header, ...records]));
    const { stdout } = tunnelscope(['watch', '-r', file, '--json-lines', '--timeout', '1s']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const lost = events.filter(({ event }) => event === 'lost').length;
    const more = events.filter(({ event }) => event === 'more').map(({ count }) => count);
    expect([lost, more]).toEqual([306, [50, 50, 50]]);
  });

  it('with tables beside it, as export writes them', async () => {
    const night = join(folder, 'night');
    expect(tunnelscope(['watch', '-r', 'fixtures/vxlan.pcap', '--export', night])).toMatchObject({
      status: 0,
      stderr: '',
    });
    const ask = await openExport(night);
    expect(await ask('SELECT count(*)::INT AS n FROM packets')).toEqual([{ n: 8 }]);
    expect(await ask('SELECT count(*)::INT AS n, min(vni)::INT AS vni FROM pings WHERE answered')).toEqual([
      { n: 4, vni: 42 },
    ]);
  });

  it('a folder with other data is one line, before a packet is read', () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'a'), '');
    const { status, stdout, stderr } = tunnelscope(['watch', '-r', 'fixtures/vxlan.pcap', '--export', other]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^tunnelscope: [^\n]+\n$/);
  });

  it('a filter chooses what is counted', () => {
    const { stdout } = tunnelscope(['watch', '-r', 'fixtures/vxlan.pcap', '-Y', 'icmp.seq <= 3']);
    expect(stdout).toContain(': 6 packets, 3 pings, 3 answered, 0 lost');
  });
});

describe.skipIf(missingPrometheus)(`the rules${skipNote(missingPrometheus)}`, () => {
  it.each([
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
    ['check', 'config', 'prometheus.yml'],
  ])('promtool %s %s %s', (...words) => {
    const { stdout, stderr, status } = spawnSync(PROMTOOL, words, { cwd: EXAMPLES, encoding: 'utf8' });
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});

const missingSystemd =
  spawnSync('systemd-analyze', ['--version']).status === 0 ? undefined : 'no systemd-analyze';

describe.skipIf(missingSystemd)(`the unit${skipNote(missingSystemd)}`, () => {
  it('is what systemd understands, and as closed as docs/watch.md says', () => {
    const unit = readFileSync(join(EXAMPLES, 'tunnelscope-watch.service'), 'utf8');
    const copy = join(folder, 'tunnelscope-watch.service');
    writeFileSync(copy, unit.replace('/usr/bin/tunnelscope', process.execPath));
    const { stdout, stderr, status } = spawnSync('systemd-analyze', ['verify', copy], { encoding: 'utf8' });
    expect([status, stdout + stderr]).toEqual([0, '']);
    const words = ['security', '--offline=true', '--no-pager', copy];
    const [, exposure] =
      /exposure level .*: ([\d.]+) /.exec(execFileSync('systemd-analyze', words, { encoding: 'utf8' })) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(2);
    expect(readFileSync('docs/watch.md', 'utf8')).toContain(`exposure ${exposure}`);
  });
});

it('the DaemonSet is YAML that names what it makes, in one namespace', () => {
  const documents = parseAllDocuments(readFileSync(join(EXAMPLES, 'daemonset.yaml'), 'utf8'));
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
  const [namespace, set] = documents.map((document) => document.toJS());
  expect([namespace.kind, set.kind]).toEqual(['Namespace', 'DaemonSet']);
  expect(set.metadata.namespace).toBe(namespace.metadata.name);
  const { metadata, spec } = set.spec.template;
  expect(metadata.labels).toEqual(set.spec.selector.matchLabels);
  const [{ args, ports }] = spec.containers;
  expect(args.slice(0, 3)).toEqual(['watch', '-i', 'any']);
  expect(args).toContain(`$(NODE_ADDRESS):${metadata.annotations['prometheus.io/port']}`);
  expect(String(ports[0].containerPort)).toBe(metadata.annotations['prometheus.io/port']);
});

/** What a panel of Grafana's asks, with its variables filled in as Grafana would. */
function dashboardQueries(): { title: string; query: string }[] {
  const { panels } = JSON.parse(readFileSync(join(EXAMPLES, 'dashboard.json'), 'utf8')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({
      title,
      query: expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(instance|tunnel)/g, '.*'),
    })),
  );
}

/** Of the dashboard, what shows nothing where nothing is wrong. */
const MAY_BE_EMPTY = new Set(['Connections and queries that failed']);

const missing = missingForLiveCapture() ?? missingPrometheus;

describe.skipIf(missing)(`beside Prometheus, live${skipNote(missing)}`, () => {
  const lab = new Lab(`tw${process.pid}`);
  let watching: Running;
  let prometheus: Prometheus;
  const watch = (...words: string[]) => [...lab.on('h1'), process.execPath, COMMAND, 'watch', ...words];

  beforeAll(async () => {
    await lab.up('vxlan');
    mkdirSync(join(folder, 'data'));
    const config = parse(readFileSync(join(EXAMPLES, 'prometheus.yml'), 'utf8'));
    config.global.scrape_interval = config.global.evaluation_interval = '1s';
    config.rule_files = [join(process.cwd(), EXAMPLES, 'alerts.yml')];
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    prometheus = new Prometheus(lab.on('h1'), join(folder, 'prometheus.yml'), join(folder, 'data'));
    watching = new Running(
      watch(
        '-i',
        'eth0',
        '--metrics',
        ':9790',
        '--timeout',
        '1s',
        '--interval',
        '2s',
        '--user',
        'nobody',
        '--json-lines',
      ),
    );
    await Promise.all([watching.capturing(), prometheus.ready()]);
  });
  afterAll(async () => {
    for (const running of [watching, prometheus?.running])
      if (running?.child.exitCode === null) await running.end('SIGTERM');
    await lab.down();
  });

  it('Prometheus has what ping says: of a tunnel, answered and lost', async () => {
    expect(lab.ping(10)).toContain('10 packets transmitted, 10 received');
    await prometheus.until('tunnelscope_ping_answered_total{tunnel="vxlan",vni="1",dst="10.2.0.10"}', 10);
    expect(lab.ping(3, '172.16.1.77')).toContain('3 packets transmitted, 0 received');
    expect(lab.ping(5)).toContain('5 packets transmitted, 5 received');
    await prometheus.until('tunnelscope_ping_lost_total{tunnel="vxlan",vni="1"}', 3);
    await prometheus.until('tunnelscope_ping_requests_total', 18);
    await prometheus.until('tunnelscope_ping_round_trip_seconds_count', 15);
    expect(prometheus.value('sum(tunnelscope_kernel_dropped_packets_total)')).toBe(0);
  });

  it('each query of the dashboard is one, and shows something; each rule is evaluated', async () => {
    const queries = dashboardQueries();
    const answers = prometheus.ask<Vector>(queries.map(({ query }) => ({ path: 'query', query: { query } })));
    const empty = queries.filter((_, i) => answers[i]?.result.length === 0).map(({ title }) => title);
    expect(empty.filter((title) => !MAY_BE_EMPTY.has(title))).toEqual([]);
    const [rules] = prometheus.ask<{
      groups: { rules: { name: string; health: string; lastError?: string }[] }[];
    }>([{ path: 'rules' }]);
    expect(rules?.groups.flatMap((group) => group.rules).filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it('promtool has nothing to say against the text', () => {
    const metrics = metricsText();
    const { stdout, stderr, status } = spawnSync(PROMTOOL, ['check', 'metrics'], {
      input: metrics,
      encoding: 'utf8',
    });
    expect([stdout + stderr, status]).toEqual(['', 0]);
    expect(metrics).toContain(
      'tunnelscope_packets_total{tunnel="vxlan",vni="1",src="10.1.0.10",dst="10.2.0.10"} 1',
    );
  });

  it('a port that is taken is one line, and nothing else goes on', () => {
    const [command = '', ...words] = watch('-i', 'eth0', '--metrics', ':9790');
    expect(spawnSync(command, words, { encoding: 'utf8' })).toMatchObject({
      stdout: '',
      stderr:
        'tunnelscope: --metrics 127.0.0.1:9790: another program listens there; choose another port, or end that program (ss -ltnp)\n',
      status: 2,
    });
  });

  it('it is nobody’s process, and a signal ends it with all that was lost told', async () => {
    const { pid } = watching.child;
    expect(readFileSync(`/proc/${pid}/status`, 'latin1')).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
    expect(await watching.end('SIGTERM')).toBe(0);
    const events = watching.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.filter(({ event }) => event === 'lost').map(({ inner, seq }) => [inner.dst, seq])).toEqual(
      [1, 2, 3].map((seq) => ['172.16.1.77', seq]),
    );
    const intervals = events.filter(({ event }) => event === 'interval');
    expect(intervals.reduce((sum, { pings }) => sum + pings.requests, 0)).toBe(18);
  });

  function metricsText(): string {
    const script = "console.log(await (await fetch('http://127.0.0.1:9790/metrics')).text())";
    const [command = '', ...words] = [...lab.on('h1'), process.execPath, '--input-type=module', '-e', script];
    return execFileSync(command, words, { encoding: 'utf8' }).replace(/\n$/, '');
  }
});

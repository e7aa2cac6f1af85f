/** `tunnelscope export` as a user runs it; what it writes is read by DuckDB, and held against tshark, verify and path. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { tracePath } from '../../../src/path/trace-path.ts';
import type { Verdict } from '../../../src/verdict/verdict.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import { tunnelscope } from '../../support/command.ts';
import { openExport, type Query } from '../../support/duckdb.ts';
import { hasTshark, PLAIN, TUNNELS, tshark } from '../../support/tshark.ts';
import { hostileCapture } from '../../tui/support/hostile.ts';

const work = mkdtempSync(join(tmpdir(), 'export-'));
afterAll(() => rmSync(work, { recursive: true }));

function capturesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^(?!path-).*\.pcap(ng)?$/.test(name))
    .map((name) => join(folder, name));
}

const captures: readonly string[] = [
  ...['fixtures', 'fixtures/findings', 'fixtures/exchanges', 'fixtures/path', 'fixtures/streams'].flatMap(
    capturesIn,
  ),
  'fixtures/tunnels/mtr-vxlan.pcap',
  'fixtures/tunnels/traceroute-vxlan.pcap',
  ...['tunnels', 'icmp-errors', 'fragments', 'icmpv6', 'sll2', 'overlays'].map(
    (name) => `fixtures/generated/${name}.pcap`,
  ),
];
const night = join(work, 'night');
let ask: Query;
let names: Map<string, string>;
let told: ReturnType<typeof tunnelscope>;

beforeAll(async () => {
  told = tunnelscope(['export', '-q', ...captures.flatMap((file) => ['-r', file]), '-o', night]);
  ask = await openExport(night);
  const inOrder = await ask('SELECT DISTINCT capture FROM packets');
  // Where two files have one name, all are called by their paths.
  names = new Map(captures.map((file) => [file, file]));
  expect(inOrder.length).toBeGreaterThan(10);
});

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

it('says how many rows it wrote, and leaves no file that is not whole', async () => {
  expect(told).toMatchObject({ status: 0, stderr: '' });
  const [packets, pings, sightings] = await Promise.all(
    ['packets', 'pings', 'sightings'].map(
      async (table) => (await ask(`SELECT count(*) AS n FROM ${table}`))[0]?.n,
    ),
  );
  expect(told.stdout).toBe(`${night}: ${packets} packets, ${pings} pings, ${sightings} sightings\n`);
  for (const name of readdirSync(night, { recursive: true, withFileTypes: true }))
    if (name.isFile()) expect(name.name).toMatch(/^part-[^/]*-\d{4}\.parquet$|^_tunnelscope\.json$/);
});

describe('types that other engines read as they are meant', () => {
  it.each([
    ['number', 'BIGINT'],
    ['time', 'TIMESTAMP_NS'],
    ['length', 'UINTEGER'],
    ['tcp_seq', 'UINTEGER'],
    ['src', 'VARCHAR'],
    ['src_bytes', 'BLOB'],
  ])('packets.%s is %s', async (name, type) => {
    const [row] = await ask(`SELECT typeof(${name}) AS type FROM packets LIMIT 1`);
    expect(row).toEqual({ type });
  });

  it('the schema’s version stands in each file, and statistics tell times and addresses', async () => {
    const files = text(`${night}/packets/*/*/*.parquet`);
    const versions = await ask(
      `SELECT DISTINCT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata(${files})`,
    );
    expect(versions).toEqual([{ key: 'tunnelscope.schema', value: '1' }]);
    const wrong = await ask(`
      SELECT m.file_name FROM parquet_metadata(${files}) m JOIN
        (SELECT filename, min(src) AS lo, max(src) AS hi FROM read_parquet(${files}, filename = true) GROUP BY filename) p
        ON p.filename = m.file_name
      WHERE m.path_in_schema = 'src' AND p.lo IS NOT NULL AND (m.stats_min_value > p.lo OR m.stats_max_value < p.hi)`);
    expect(wrong).toEqual([]);
  });

  it('the 16 bytes are those of the text', async () => {
    const rows = await ask(
      `SELECT DISTINCT src, hex(src_bytes) AS bytes FROM packets WHERE src IN ('172.16.0.2', 'fd00:10::1') ORDER BY src`,
    );
    expect(rows[0]).toEqual({ src: '172.16.0.2', bytes: '00000000000000000000FFFFAC100002' });
    const [odd] = await ask(`SELECT count(*) AS n FROM packets WHERE octet_length(src_bytes) <> 16`);
    expect(odd).toEqual({ n: '0' });
  });
});

/** Column, tshark's field, and which of its occurrences. */
const FIELDS: readonly (readonly [column: string, field: string, which: 0 | -1])[] = [
  ['number', 'frame.number', 0],
  ['epoch_ns(time)', 'frame.time_epoch', 0],
  ['length', 'frame.len', 0],
  ['captured_length', 'frame.cap_len', 0],
  ['coalesce(outer_src, src)', 'ip.src', 0],
  ['coalesce(outer_dst, dst)', 'ip.dst', 0],
  ['coalesce(outer_ttl, ttl)', 'ip.ttl', 0],
  ['coalesce(outer_proto, proto)', 'ip.proto', 0],
  ['src', 'ip.src', -1],
  ['dst', 'ip.dst', -1],
  ['ttl', 'ip.ttl', -1],
  ['proto', 'ip.proto', -1],
  ['coalesce(outer_srcport, srcport)', 'udp.srcport', 0],
  ['coalesce(outer_dstport, dstport)', 'udp.dstport', 0],
  ['vni', 'vxlan.vni', 0],
  ['icmp_type', 'icmp.type', 0],
  ['icmp_code', 'icmp.code', 0],
  ['ident', 'icmp.ident', 0],
  ['seq', 'icmp.seq', 0],
];
const TCP_FIELDS: typeof FIELDS = [
  ['srcport', 'tcp.srcport', 0],
  ['dstport', 'tcp.dstport', 0],
  ['tcp_flags', 'tcp.flags', 0],
  ['tcp_seq', 'tcp.seq_raw', 0],
  ['tcp_ack', 'tcp.ack_raw', 0],
  ['tcp_len', 'tcp.len', 0],
];

describe.skipIf(!hasTshark)('columns are tshark’s fields (needs tshark)', () => {
  it.each<[string, typeof FIELDS]>([
    ['fixtures/vxlan.pcap', FIELDS],
    ['fixtures/vxlan-nanoseconds.pcap', FIELDS],
    ['fixtures/ipip.pcap', FIELDS],
    ['fixtures/socat.pcap', FIELDS],
    ['fixtures/exchanges/vxlan.pcap', TCP_FIELDS],
  ])('%s', async (file, fields) => {
    const columns = fields.map(([column], i) => `CAST(${column} AS VARCHAR) AS c${i}`).join(', ');
    const only = fields === TCP_FIELDS ? 'AND tcp_seq IS NOT NULL' : '';
    const ours = await ask(
      `SELECT ${columns} FROM packets WHERE capture = ${text(names.get(file) ?? '')} ${only} ORDER BY number`,
    );
    // Asked twice for a field, tshark tells it once.
    const asked = [...new Set(fields.map(([, field]) => field))];
    const args = asked.flatMap((field) => ['-e', field]);
    const lines = tshark(
      '-r',
      file,
      ...PLAIN,
      ...TUNNELS,
      ...(only === '' ? [] : ['-Y', 'tcp && !icmp']),
      '-T',
      'fields',
      ...args,
    );
    const theirs = lines
      .trimEnd()
      .split('\n')
      .map((line) => {
        const values = line.split('\t');
        return Object.fromEntries(
          fields.map(([, field, which], i) => {
            const value = values[asked.indexOf(field)]?.split(',').at(which) ?? '';
            if (field === 'frame.time_epoch') return [`c${i}`, value.replace('.', '')];
            return [`c${i}`, value === '' ? null : value.startsWith('0x') ? String(Number(value)) : value];
          }),
        );
      });
    expect(ours).toEqual(theirs);
    expect(ours.length).toBeGreaterThan(0);
  });
});

const MILLISECOND = 1e6;

describe('the views of sql/ say what verify and path say', () => {
  it('verify_captures and verify_paths, on every capture', async () => {
    const totals = await ask('SELECT * FROM verify_captures');
    const paths = await ask('SELECT * FROM verify_paths');
    const differing: string[] = [];
    for (const file of captures) {
      const verdict = await verifyCapture(await openCaptureFile(file));
      const capture = names.get(file);
      const total = totals.find((row) => row.capture === capture);
      const expected = [verdict.requests, verdict.answered, verdict.unanswered, verdict.duplicates];
      const found = ['requests', 'answered', 'unanswered', 'duplicates'].map((key) =>
        Number(total?.[key] ?? 0),
      );
      if (String(found) !== String(expected)) differing.push(`${file}: ${found}, verify ${expected}`);
      const rows = paths.filter((row) => row.capture === capture);
      const ours = rows.map((row) =>
        pathText(row.tunnels === null ? [] : JSON.parse(String(row.tunnels)), row),
      );
      const theirs = verdict.paths.map(({ tunnels, inner, ident, requests, answered, duplicates, rtt }) =>
        pathText(tunnels, {
          ...inner,
          ident,
          requests,
          answered,
          duplicates,
          rtt_min_ns: rtt && rtt.min * MILLISECOND,
          rtt_average_ns: rtt && rtt.average * MILLISECOND,
          rtt_max_ns: rtt && rtt.max * MILLISECOND,
          rtt_stddev_ns: rtt && rtt.stddev * MILLISECOND,
        }),
      );
      expect(ours.toSorted(), file).toEqual(theirs.toSorted());
    }
    expect(differing).toEqual([]);
  });

  it('packet_pings, from packets alone, has the pings of the table; where not, what packets don’t tell', async () => {
    const differing = await ask(`
      SELECT coalesce(a.capture, b.capture) AS capture, coalesce(a.number, b.number) AS number
      FROM packet_pings a FULL JOIN pings b ON a.capture = b.capture AND a.number = b.number
      WHERE a.sent IS DISTINCT FROM b.sent OR (a.answered = 1) IS DISTINCT FROM b.answered
        OR a.duplicates IS DISTINCT FROM b.duplicates OR a.src IS DISTINCT FROM b.src OR a.dst IS DISTINCT FROM b.dst
        OR CASE WHEN a.answered = 1 THEN epoch_ns(a.replied) - epoch_ns(a.sent) END IS DISTINCT FROM b.rtt_ns
      ORDER BY 1, 2`);
    expect(differing.map(({ capture, number }) => `${capture} ${number}`)).toEqual([
      // The second reply is whole in fewer tunnels; and a fragment of a request in a tunnel has the outer addresses alone.
      'fixtures/generated/fragments.pcap 41',
      'fixtures/generated/fragments.pcap 42',
      // Linux's `any`: the devices that a packet passed are one interface here, so that it came twice.
      'fixtures/vxlan-any-sll2.pcap 4',
      'fixtures/vxlan-any-sll2.pcap 12',
      'fixtures/vxlan-any-sll2.pcap 20',
    ]);
  });

  it('path_points, and the table of pings of where each lost one was seen last, on every capture', async () => {
    const points = await ask('SELECT node, point, requests, replies FROM path_points');
    const lost = await ask(
      'SELECT node, last_seen_direction AS direction, last_seen_point AS point, count(*) AS n FROM pings WHERE NOT answered GROUP BY ALL',
    );
    for (const file of captures) {
      const view = await tracePath(await openCaptureFile(file));
      const node = names.get(file) ?? '';
      // An interface without a name is called by its node here.
      const shown = (point: unknown) => String(point).replace(node, 'if1');
      expect(
        points
          .filter((row) => row.node === node)
          .map((row) => `${shown(row.point)} ${row.requests} ${row.replies}`)
          .toSorted(),
        file,
      ).toEqual(
        view.points
          .filter(({ requests, replies }) => requests + replies > 0)
          .map(({ name, requests, replies }) => `${name} ${requests} ${replies}`)
          .toSorted(),
      );
      const theirs = new Map<string, number>();
      for (const { lost } of view.ways)
        for (const { direction, lastSeen, count } of lost) {
          const key = `${direction} ${view.points[lastSeen]?.name}`;
          theirs.set(key, (theirs.get(key) ?? 0) + count);
        }
      expect(
        lost
          .filter((row) => row.node === node)
          .map((row) => `${row.direction} ${shown(row.point)} ${row.n}`)
          .toSorted(),
        file,
      ).toEqual([...theirs].map(([key, n]) => `${key} ${n}`).toSorted());
    }
  });

  it('path_pings and path_lost put nodes together: ten points of one machine, and a far end that is missing', async () => {
    const ten = readdirSync('fixtures').filter((name) => name.startsWith('path-'));
    const files = [...ten.map((name) => `fixtures/${name}`), 'fixtures/path/far-end-missing.pcapng'];
    const folder = join(work, 'way');
    const args = ['export', '-q', ...files.flatMap((file) => ['-r', file]), '-o', folder, '--table'];
    expect(tunnelscope([...args, 'packets,pings,sightings']).status).toBe(0);
    const way = await openExport(folder);
    expect(
      await way(
        'SELECT first_node, last_node, answered, count(*) AS n FROM path_pings GROUP BY ALL ORDER BY n',
      ),
    ).toEqual([
      { first_node: 'far-end-missing', last_node: 'far-end-missing', answered: 0, n: '3' },
      { first_node: 'path-1-c1-eth0', last_node: 'path-1-c1-eth0', answered: 1, n: '4' },
    ]);
    const view = await tracePath(await openCaptureFile('fixtures/path/far-end-missing.pcapng'));
    const [lost] = view.ways[0]?.lost ?? [];
    expect(await way('SELECT last_direction, last_point, pings FROM path_lost')).toEqual([
      {
        last_direction: lost?.direction,
        last_point: view.points[lost?.lastSeen ?? -1]?.name,
        pings: String(lost?.count),
      },
    ]);
  });
});

it('a stored file of schema 1 is read by the views of today', async () => {
  const stored = await openExport('test/support/tables/schema-1');
  expect(await stored('SELECT capture, packets, requests, answered, verdict FROM verify_captures')).toEqual([
    { capture: 'vxlan', packets: '8', requests: '4', answered: '4', verdict: 'pass' },
  ]);
  expect(await stored('SELECT point, requests, replies FROM path_points')).toEqual([
    { point: 'vxlan', requests: '4', replies: '4' },
  ]);
});

/** A path in one line; the source port, which the verdict leaves out where it changed, is left out. */
function pathText(
  tunnels: readonly Readonly<Record<string, unknown>>[] | Verdict['paths'][number]['tunnels'],
  row: Readonly<Record<string, unknown>>,
): string {
  const outer = tunnels.map(({ kind, by, src, dst, dstport, vni }) =>
    [kind, by, src, dst, dstport, vni].join('|'),
  );
  const times = ['rtt_min_ns', 'rtt_average_ns', 'rtt_max_ns', 'rtt_stddev_ns'].map((key) =>
    row[key] === null ? '-' : Math.round(Number(row[key]) / 1000),
  );
  return [outer, row.src, row.dst, row.ident, row.requests, row.answered, row.duplicates, times].join(' ');
}

describe('what is chosen', () => {
  it('-Y, -c, --table and --node', async () => {
    const folder = join(work, 'chosen');
    const args = [
      'export',
      '-q',
      '-r',
      'fixtures/vxlan.pcap',
      '-o',
      folder,
      '--node',
      'a/b=c',
      '--table',
      'packets',
    ];
    expect(tunnelscope([...args, '-Y', 'icmp.type == 8', '-c', '4']).stdout).toBe(`${folder}: 2 packets\n`);
    expect(readdirSync(folder).toSorted()).toEqual(['_tunnelscope.json', 'packets']);
    expect(readdirSync(join(folder, 'packets'))).toEqual(['node=a%2Fb%3Dc']);
  });
});

describe.skipIf(process.getuid?.() !== 0)('live (needs root)', () => {
  it('what ping sent is in files of four packets each, and SIGINT finishes the last', async () => {
    const folder = join(work, 'live');
    const script = `
      ip link set lo up
      node dist/cli.js export --user root -i lo -o ${folder} --node here -b packets:4 2>${folder}.err & pid=$!
      until grep -q capturing ${folder}.err; do :; done
      ping -q -c 5 -i 0.01 127.0.0.1
      kill -INT $pid
      wait $pid`;
    const { status, stdout } = spawnSync('unshare', ['-n', 'bash', '-c', script], { encoding: 'utf8' });
    expect({ status, isPinged: stdout.includes('5 packets transmitted, 5 received') }).toEqual({
      status: 0,
      isPinged: true,
    });
    expect(stdout).toContain(`${folder}: 10 packets, 5 pings, 10 sightings\n`);
    const asked = await openExport(folder);
    expect(await asked('SELECT node, requests, answered, verdict FROM verify_captures')).toEqual([
      { node: 'here', requests: '5', answered: '5', verdict: 'pass' },
    ]);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => /^packets.*\.parquet$/.test(name))).toHaveLength(3);
    expect(files.filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('names and bytes that are hostile', () => {
  it('come out escaped, and in no path', async () => {
    const folder = join(work, 'hostile');
    const capture = join(work, `${'é'.repeat(40)}\x1b[2J'.pcapng`);
    writeFileSync(capture, hostileCapture());
    const { status, stdout } = tunnelscope(['export', '-q', '-r', capture, '-o', folder]);
    expect(status).toBe(0);
    const ours = await openExport(folder);
    const rows = await ours('SELECT DISTINCT capture, node, interface FROM packets');
    expect(
      `${JSON.stringify(rows)}${readdirSync(folder, { recursive: true })}${stdout.trimEnd()}`,
    ).not.toMatch(/\p{Cc}/u);
    expect(rows).toHaveLength(1);
  });
});

describe('what can’t be done is said in one line, and leaves what is there', () => {
  const other = join(work, 'other');
  const newer = join(work, 'newer');
  const none = join(work, 'none');
  beforeAll(() => {
    mkdirSync(other);
    writeFileSync(join(other, 'letters.txt'), 'dear');
    mkdirSync(newer);
    writeFileSync(join(newer, '_tunnelscope.json'), '{"schema":2}');
    mkdirSync(none);
    writeFileSync(join(none, '_tunnelscope.json'), 'null');
    copyFileSync('fixtures/vxlan.pcap', join(work, 'file'));
  });
  it.each<[args: string[], said: RegExp]>([
    [['-r', 'fixtures/vxlan.pcap'], /needs a folder to write to.*add -o FOLDER/],
    [
      ['-i', 'lo', '-r', 'fixtures/vxlan.pcap', '-o', join(work, 'x')],
      /both -r \(files\) and -i \(live\) were given/,
    ],
    [
      ['-r', 'fixtures/vxlan.pcap', '-o', join(work, 'x'), '-G', '60'],
      /of a live capture are put in place; use them with -i/,
    ],
    [['-i', 'lo', '-o', join(work, 'x'), '-b', 'files:3'], /expected duration:SECONDS or packets:N/],
    [['-r', 'fixtures/vxlan.pcap', '-o', other], /has other data in it \(letters\.txt\)/],
    [['-r', 'fixtures/vxlan.pcap', '-o', newer], /tables of schema 2, and this version writes 1/],
    [['-r', 'fixtures/vxlan.pcap', '-o', none], /_tunnelscope\.json can’t be read: no schema in it/],
    [['-r', 'fixtures/vxlan.pcap', '-o', join(work, 'file')], /is not a folder/],
    [['-r', 'fixtures/vxlan.pcap', '-o', '/proc/no'], /\/proc\/no can’t be made/],
    [
      ['-r', 'fixtures/vxlan.pcap', '-o', join(work, 'chosen'), '--table', 'pongs'],
      /"pongs" is not a table; expected packets/,
    ],
    [['-r', 'fixtures/vxlan.pcap', '-o', night, '--node', ''], /--node ""/],
  ])('export %j', (args, said) => {
    const { status, stdout, stderr } = tunnelscope(['export', '-q', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(said);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('a capture that was exported there before', () => {
    const args = ['export', '-q', '-r', 'fixtures/socat.pcap', '-o', join(work, 'twice')];
    expect(tunnelscope(args).status).toBe(0);
    const { status, stderr } = tunnelscope(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(/exists already; this capture was exported to the folder before/);
    expect(existsSync(join(other, 'letters.txt'))).toBe(true);
  });
});

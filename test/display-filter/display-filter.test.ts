/** What is ours alone in display filters, what is said of mistakes, and what holds for every field. */
import { describe, expect, it } from 'vitest';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { protocols } from '../../src/decode/registry.ts';
import { compileDisplayFilter } from '../../src/display-filter/display-filter.ts';
import { DisplayFilterError } from '../../src/display-filter/error.ts';
import { ByteWriter } from '../../src/output/byte-writer.ts';
import { createFieldsPrinter } from '../../src/output/fields.ts';
import { frameFields } from '../../src/output/frame-fields.ts';
import { generatedCaptures, labCaptures } from '../support/captures.ts';
import { hex } from '../support/decoding.ts';
import { filterCapture, recordOf, visitPackets } from '../support/filtering.ts';

const ALL = [1, 2, 3, 4, 5, 6, 7, 8];
const REQUESTS = [1, 3, 5, 7];
const REPLIES = [2, 4, 6, 8];

describe('the sides of a tunnel', () => {
  // Four pings through socat's tunnel on UDP 9000: the outer addresses are 10.x, the inner ones 172.16.x.
  it.each<[expression: string, numbers: number[]]>([
    ['outer.ip.src == 10.1.0.10', REQUESTS],
    ['outer.ip.src == 172.16.0.2', []],
    ['inner.ip.src == 172.16.0.2', REQUESTS],
    ['inner.ip.src == 10.1.0.10', []],
    ['ip.src == 172.16.0.2 && ip.src == 10.1.0.10', REQUESTS],
    ['inner.icmp.seq == 2', [3, 4]],
    ['inner.icmp.type == 0', REPLIES],
    ['outer.icmp', []],
    ['inner.icmp', ALL],
    ['outer.udp && inner.ip && !inner.udp', ALL],
    ['inner.ip.ttl < outer.ip.ttl', REQUESTS],
    ['inner.ip.ttl#2 > 0', ALL],
    ['inner.ip.ttl#1', []],
    ['outer.ip.addr in {10.0.0.0/8} && inner.ip.addr in {172.16.0.0/12}', ALL],
    ['inner.ip[12:4] == ac:10:00:02', REQUESTS],
    ['level == 1', ALL],
    ['level > 1', []],
    ['level', ALL],
    ['tunnel', ALL],
    ['tunnel == "tunpi"', ALL],
    ['tunnel == tunpi', ALL],
    ['tunnel == vxlan', []],
    ['tunnel.by == "guess"', ALL],
    ['tunnel.by in {"port", "user"}', []],
    ['tunpi.proto == 0x0800', ALL],
    // What offload leaves in the outer checksum: Wireshark has no word for it.
    ['outer.udp.checksum.status == partial', ALL],
    ['outer.udp.checksum.status == "Bad"', []],
  ])('%s', async (expression, numbers) => {
    expect(await filterCapture('fixtures/socat.pcap', expression)).toEqual(numbers);
  });

  it('a packet outside of any tunnel has no inner side', async () => {
    expect(await filterCapture('fixtures/route.pcap', 'inner.ip || tunnel || level > 0')).toEqual([]);
    expect(await filterCapture('fixtures/route.pcap', 'outer.ip && level == 0')).not.toEqual([]);
  });

  it('what an ICMP error quotes is on neither side', async () => {
    // An echo request whose outer packet met a closed port: the error quotes it.
    const errors = await filterCapture('fixtures/half.pcap', 'icmp.type == 3');
    expect(errors).not.toEqual([]);
    expect(await filterCapture('fixtures/half.pcap', 'quoted.udp.dstport == 9000')).toEqual(errors);
    expect(
      await filterCapture('fixtures/half.pcap', 'quoted.icmp.type == 8 && outer.icmp.type == 3'),
    ).toEqual(errors);
    expect(
      await filterCapture('fixtures/half.pcap', 'outer.icmp.type == 3 && (inner.ip || outer.udp)'),
    ).toEqual([]);
  });

  it('nested tunnels count', async () => {
    const nested = await filterCapture('fixtures/generated/tunnels.pcap', 'level >= 2');
    expect(nested).not.toEqual([]);
    expect(await filterCapture('fixtures/generated/tunnels.pcap', 'count(tunnel) >= 2')).toEqual(nested);
  });
});

describe('what Wireshark lacks', () => {
  const SOCAT = 'fixtures/socat.pcap';
  it.each<[why: string, expression: string, numbers: number[]]>([
    ['a slice that reaches past the header is of what it carries', 'udp[8:4] == 00:00:08:00', ALL],
    ['also without an end', 'udp[8:] contains 00:00:08:00', ALL],
    ['also in several pieces', 'udp[0:2,10-11] == 23:28:08:00', ALL],
    ['but not past the datagram', 'udp[8:2000]', []],
    ['the header alone, where it starts inside', 'udp[4:] contains 00:00:08:00', []],
    ['true in any case', 'ip.flags.df == true', ALL],
    ['exclusive or', 'icmp.type == 8 xor ip.src == 10.1.0.10', []],
    ['exclusive or, below and', 'icmp ^^ icmp.type == 8 && udp', REPLIES],
    ['names of types', 'icmp.type == "Echo (ping) request"', REQUESTS],
    ['a protocol’s name among values', 'ip.proto == udp', ALL],
    ['a set of texts', 'string(icmp.seq) in {"1", "2"}', [1, 2, 3, 4]],
    ['lengths of slices', 'len(frame[0:4]) == 4', ALL],
    ['an empty expression', '', ALL],
    ['blanks', ' \t\n', ALL],
  ])('%s: %s', async (_why, expression, numbers) => {
    expect(await filterCapture(SOCAT, expression)).toEqual(numbers);
  });
});

describe('times are exact to the nanosecond', () => {
  it.each<[expression: string, passes: boolean]>([
    ['frame.time_epoch == 1763828594.123456789', true],
    ['frame.time_epoch == 1763828594.123456788', false],
    ['frame.time_epoch < 1763828594.123456790', true],
    ['frame.time_epoch in {1763828594.1..1763828594.2}', true],
    ['frame.time_relative == 0', true],
    ['frame.time_relative >= -0.5', true],
    ['frame.time_relative < -0.000000001', false],
  ])('%s', (expression, passes) => {
    const record = recordOf(new Uint8Array(60));
    const { batch } = record;
    batch.seconds[0] = 1763828594;
    batch.nanoseconds[0] = 123456789;
    record.number = 0;
    record.advance(batch, 0);
    expect(compileDisplayFilter(expression).matches(record)).toBe(passes);
  });
});

describe('frame.interface_name', () => {
  it('is as the capture has it, and absent where it says nothing', () => {
    const named = recordOf(new Uint8Array(60));
    Object.assign(named, { interfaces: [{ name: 'vxlan.calico', linkType: 1, snapLength: 0 }] });
    const matches = (expression: string) => compileDisplayFilter(expression).matches(named);
    expect(matches('frame.interface_name == "vxlan.calico"')).toBe(true);
    expect(matches('frame.interface_name contains "CALICO"')).toBe(false);
    expect(matches('upper(frame.interface_name) contains "CALICO"')).toBe(true);
    expect(compileDisplayFilter('frame.interface_name').matches(recordOf(new Uint8Array(60)))).toBe(false);
  });
});

describe('every name', () => {
  const fieldNames = [...fieldIndex.keys()];

  it.each([...fieldNames, ...protocols.map(({ name }) => name), ...frameFields.keys(), 'frame'])(
    '%s',
    (name) => {
      expect(() => compileDisplayFilter(name)).not.toThrow();
      expect(() => compileDisplayFilter(`count(${name}) > 0`)).not.toThrow();
      if (frameFields.has(name) || name === 'frame') return;
      for (const scoped of [`outer.${name}`, `inner.${name}`, `quoted.${name}`, `${name}#1`]) {
        expect(() => compileDisplayFilter(scoped)).not.toThrow();
      }
    },
  );

  it('equals what is printed of it, in the packet that it is printed of', async () => {
    const printers = fieldNames.map((name) => ({
      name,
      printer: createFieldsPrinter([name], ['aggregator=|']),
    }));
    const present = new Map(fieldNames.map((name) => [name, compileDisplayFilter(name)]));
    const filters = new Map<string, ReturnType<typeof compileDisplayFilter>>();
    const out = new ByteWriter();
    const wrong: string[] = [];
    let tried = 0;
    for (const path of [...labCaptures, ...generatedCaptures]) {
      await visitPackets(path, (record) => {
        for (const { name, printer } of printers) {
          out.clear();
          printer.packet(out, record);
          const printed = out.toString().trimEnd();
          if (printed === '') continue;
          if (present.get(name)?.matches(record) !== true) wrong.push(`${path} ${record.number} ${name}`);
          for (const value of printed.split('|')) {
            const expression = `${name} == ${literal(name, value)}`;
            let filter = filters.get(expression);
            if (filter === undefined) filters.set(expression, (filter = compileDisplayFilter(expression)));
            if (!filter.matches(record)) wrong.push(`${path} ${record.number} ${expression}`);
            tried++;
          }
        }
      });
    }
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(10_000);
  });
});

/** A printed value as it is written in an expression: bytes without separators are unquoted digits too, text is quoted. */
function literal(name: string, printed: string): string {
  const kind = fieldIndex.get(name)?.[0]?.field.kind;
  if (kind === 'bytes') return `:${printed.replace(/..(?=.)/g, '$&:')}`;
  // A text is compared as it stands in the packet, and printed with what is not printable escaped.
  return kind === 'text' ? `"${printed.replaceAll('"', '\\"')}"` : printed;
}

describe('mistakes', () => {
  it.each<[expression: string, message: string]>([
    ['ip.scr == 10.1.0.10', '"ip.scr" (character 1) is not a field or protocol; did you mean ip.src?'],
    [
      'udp && outer.ip.scr',
      '"outer.ip.scr" (character 8) is not a field or protocol; did you mean outer.ip.src?',
    ],
    ['vxlam', 'did you mean vxlan?'],
    ...['ipip', '6in4', '4in6', '6in6', 'raw'].map((kind): [string, string] => [
      kind,
      `"${kind}" (character 1) is a kind of tunnel, not a field or protocol; use tunnel == "${kind}"`,
    ]),
    ['levl == 1', 'did you mean level?'],
    ['nonsense', 'expected a name such as ip.src or icmp.seq'],
    ['outer.frame.len > 3', '"outer.frame.len" (character 1) is not a field or protocol'],
    ['len(ip.scr) > 1', 'did you mean ip.src?'],
    ['ip.scr[0:2] == 00:00', 'did you mean ip.src?'],
    ['ip.ttl == ip.tll', '"ip.tll" (character 11) can’t be compared here; expected a number'],
    ['ip.ttl == ip.tll', 'or the field ip.ttl'],
    ['ip.ttl == 300', '"300" (character 11) can’t be compared here; expected at most 255'],
    ['ip.src == 10.1.0', 'expected an IPv4 address or network, such as 10.1.0.10 or 10.1.0.0/16'],
    ['eth.src == aa:bb', 'expected a MAC address of six bytes'],
    ['ip.src == ip.ttl', '"ip.ttl" (character 11) is of type integer; expected ipv4, like ip.src'],
    ['64 == 65', 'is a value; compare a field with it'],
    [
      'udp.port/2 == 4500',
      '"udp.port/" (character 1) is read as a network; put an address before the "/", or a space to divide',
    ],
    [
      'ip[0:2] == 4500',
      'expected bytes in hexadecimal, such as 08:00, one byte as a number, such as 64 or 0x40',
    ],
    ['frame contains 0x08', 'can’t be searched for; expected text in double quotes, or bytes in hexadecimal'],
    ['frame.time > "yesterday"', 'expected a date and time, such as "2026-01-31 23:59:59.5"'],
    ['frame.time > "2026-02-30"', 'expected a date and time'],
    ['icmp.resptime > fast', 'expected a number, such as 0.25 or 1e-3'],
    ['icmp.resp_inn', 'did you mean icmp.resp_in?'],
    ['ip.src = 10.1.0.10', '"=" (character 8) is not understood; expected "=="'],
    ['ip | udp', '"|" (character 4) is not understood; expected "||" or "or"'],
    [
      'ip udp',
      '"udp" (character 4) is unexpected here; expected an operator such as && or ==, or the end of the filter',
    ],
    [
      'ip.src ==',
      'the end of the filter (character 10) is unexpected here; expected a field, a protocol or a value',
    ],
    ['(ip', 'expected ")" or an operator'],
    ['ip.src#', '"#" (character 7) selects layers; put a number right after it'],
    ['frame.len#1', '"frame.len" (character 1) is not in a layer'],
    ['eth.src[0', 'starts a slice without end; add a closing "]"'],
    ['eth.src[a]', 'is not a range; expected [START:LENGTH]'],
    ['frame contains "abc', 'is not terminated; add a closing "'],
    ['frame contains "\\q"', '"\\q" (character 17) is not an escape sequence'],
    ['frame contains ""', 'can’t be searched for'],
    ['ip.ttl contains 40', '"contains" needs bytes, text or a protocol on its left'],
    ['frame matches "(a"', 'is not a valid regular expression: a missing ")" at its character 3'],
    ['udp.port in 9000', 'expected a set after "in", such as {80, 443, 8000..8010}'],
    ['udp.port in {udp.srcport}', '"udp.srcport" (character 14) is not a constant'],
    ['nothing(ip) == 1', 'is not a function; expected upper, lower, len'],
    ['any ip', 'expected a comparison after "any"'],
    [`${'('.repeat(500)}ip`, 'is nested deeper than 100 levels'],
    [`${'not '.repeat(500)}ip`, 'is nested deeper than 100 levels'],
    [`ip.ttl == ${'1 + '.repeat(500)}1`, 'is nested deeper than 100 levels'],
    [`ip.src${'[0:1]'.repeat(70_000)}`, 'is longer than 65536 characters'],
    ['ip.src == \u001b[2J', 'is not understood'],
  ])('%s', (expression, message) => {
    expect(() => compileDisplayFilter(expression)).toThrow(DisplayFilterError);
    expect(() => compileDisplayFilter(expression)).toThrow(message);
    try {
      compileDisplayFilter(expression);
    } catch (error) {
      expect((error as Error).message).toMatch(/^display filter: .+$/);
      expect((error as Error).message.length).toBeLessThan(300);
    }
  });

  it('a long expression is none: a thousand tests', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => `icmp.seq == ${i + 3}`).join(' or ');
    expect(await filterCapture('fixtures/socat.pcap', many)).toEqual([5, 6, 7, 8]);
  });
});

it('bytes by hand: 802.1Q in Ethernet, and nothing behind', () => {
  const record = recordOf(hex('ffffffffffff 020000000001 8100 0064 0800'));
  const matches = (expression: string) => compileDisplayFilter(expression).matches(record);
  expect(matches('vlan.id == 100 && vlan[0:2] == 00:64 && eth.dst == ff:ff:ff:ff:ff:ff')).toBe(true);
  expect(matches('ip || frame[18] || vlan.id == 101')).toBe(false);
  expect(matches('frame[-2:] == 08:00 && len(frame) == 18 && frame.len == 18')).toBe(true);
});

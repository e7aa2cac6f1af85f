import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { filterName, itemKinds } from '../../src/decode/field-reading.ts';
import { protocols } from '../../src/decode/registry.ts';
import { createFieldsPrinter } from '../../src/output/fields.ts';
import { createJsonPrinter } from '../../src/output/json.ts';
import { generatedCaptures, labCaptures, programCaptures, streamCaptures } from '../support/captures.ts';
import { hex } from '../support/decoding.ts';
import { printCapture, printPackets } from '../support/printing.ts';
import { hasTshark, tshark } from '../support/tshark.ts';

interface Layer {
  protocol: string;
  offset: number;
  length: number;
  level: number;
  by?: string;
  quoted?: boolean;
  [field: string]: unknown;
}

interface Packet {
  number: number;
  time: string;
  capturedLength: number;
  length: number;
  interface?: string;
  linkType: string;
  layers: Layer[];
  issues: {
    code: string;
    layer: number;
    offset: number;
    needed: number;
    available: number;
    message: string;
  }[];
}

async function jsonLines(path: string): Promise<string[]> {
  const printed = await printCapture(path, createJsonPrinter());
  expect(printed.endsWith('\n')).toBe(true);
  return printed.slice(0, -1).split('\n');
}

async function packetsOf(path: string): Promise<Packet[]> {
  return (await jsonLines(path)).map((line) => JSON.parse(line) as Packet);
}

describe('the form', () => {
  it('of a tunneled ping, value by value', async () => {
    // Read from the bytes by hand: tshark -x -r fixtures/socat.pcap -c 1.
    const [line] = await jsonLines('fixtures/socat.pcap');
    expect(line).toBe(
      [
        '{"number":1,"time":"1795367416.230652000","capturedLength":130,"length":130,"linkType":"ethernet","layers":[',
        '{"protocol":"eth","offset":0,"length":14,"level":0,"dst":"fa:f0:90:c4:bf:12","src":"66:6a:fd:05:75:fd","type":2048},',
        '{"protocol":"ip","offset":14,"length":20,"level":0,"version":4,"hdr_len":20,"dsfield.dscp":0,"dsfield.ecn":0,"len":116,',
        '"id":58853,"flags.df":true,"flags.mf":false,"frag_offset":0,"ttl":64,"proto":17,"checksum":16509,"checksum.status":"good",',
        '"src":"10.1.0.10","dst":"10.2.0.10"},',
        '{"protocol":"udp","offset":34,"length":8,"level":0,"srcport":9000,"dstport":9000,"length_field":96,"checksum":5256,',
        '"checksum.status":"partial"},',
        '{"protocol":"tunpi","offset":42,"length":4,"level":1,"by":"guess","flags":0,"proto":2048},',
        '{"protocol":"ip","offset":46,"length":20,"level":1,"version":4,"hdr_len":20,"dsfield.dscp":0,"dsfield.ecn":0,"len":84,',
        '"id":30024,"flags.df":true,"flags.mf":false,"frag_offset":0,"ttl":63,"proto":1,"checksum":27964,"checksum.status":"good",',
        '"src":"172.16.0.2","dst":"172.16.1.2"},',
        '{"protocol":"icmp","offset":66,"length":8,"level":1,"type":8,"code":0,"checksum":27407,"checksum.status":"good",',
        '"ident":17163,"seq":1},',
        '{"protocol":"data","offset":74,"length":56,"level":1}],"issues":[]}',
      ].join(''),
    );
  });

  it('says the interface where the capture names it, and escapes the name', () => {
    const printed = printPackets(
      [
        { bytes: hex('00'), interfaceName: 'tun0' },
        { bytes: hex('00') },
        { bytes: hex('00'), interfaceName: '"\u001b[2J\\ü' },
      ],
      createJsonPrinter(),
    );
    expect(printed).toMatch(/^[\n -~]*$/);
    const packets = printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Packet);
    expect(packets.map((packet) => packet.interface)).toEqual(['tun0', undefined, '"\u001b[2J\\ü']);
  });

  it.each([
    [-1, 999999000, '-0.000001000'],
    [0, 0, '0.000000000'],
    [4294967295, 999999999, '4294967295.999999999'],
  ])('of the time %d s and %d ns', (seconds, nanoseconds, time) => {
    const printed = printPackets([{ bytes: hex('00'), seconds, nanoseconds }], createJsonPrinter());
    expect((JSON.parse(printed) as Packet).time).toBe(time);
  });

  it.each([
    [1, 'ethernet'],
    [101, 'raw'],
    [0, 'null'],
    [276, 'sll2'],
    [147, 'linktype-147'],
  ])('of link type %d', (linkType, name) => {
    const printed = printPackets([{ bytes: hex('00'), linkType }], createJsonPrinter());
    expect((JSON.parse(printed) as Packet).linkType).toBe(name);
  });

  it('of what an error quotes, and of doubt', async () => {
    const error = (await packetsOf('fixtures/half.pcap'))[1] as Packet;
    expect(
      error.layers.map(({ protocol, quoted }) => (quoted === true ? `"${protocol}"` : protocol)),
    ).toEqual(['eth', 'ip', 'icmp', '"ip"', '"udp"', '"tunpi"', '"ip"', '"icmp"', '"data"']);
    const cut = (await packetsOf('fixtures/vxlan-snaplen-96.pcap'))[0] as Packet;
    expect(cut.capturedLength).toBe(96);
    expect(cut.length).toBe(148);
    // The outer IPv4 packet says 134 bytes, of which the first 96 - 14 are here.
    expect(cut.issues[0]).toMatchObject({ code: 'truncated', layer: 1, needed: 134, available: 82 });
  });
});

describe('every fixture', () => {
  it.each([...labCaptures, ...generatedCaptures, ...programCaptures, ...streamCaptures])(
    '%s is JSON in printable ASCII, each key once, in order',
    async (path) => {
      for (const line of await jsonLines(path)) {
        expect(line).toMatch(/^[ -~]+$/);
        const packet = JSON.parse(line) as Packet;
        // A key that stood twice would be lost on the way through an object.
        expect(JSON.stringify(packet)).toBe(line);
        expect(Object.keys(packet)).toEqual([
          'number',
          'time',
          'capturedLength',
          'length',
          ...(packet.interface === undefined ? [] : ['interface']),
          'linkType',
          'layers',
          'issues',
        ]);
        let offset = 0;
        for (const layer of packet.layers) {
          expect(layer.offset).toBe(offset);
          offset += layer.length;
        }
        expect(offset).toBeLessThanOrEqual(packet.capturedLength);
      }
    },
  );

  it.each([...labCaptures, ...generatedCaptures, ...programCaptures, ...streamCaptures])(
    '%s has the values of -T fields, which tshark agrees with',
    async (path) => {
      const shown = protocols.flatMap((protocol, number) =>
        protocol.fields
          .filter((field) => field.hidden !== true && field.each === undefined)
          .map((field) => ({ protocol, number, field, name: filterName(protocol, field) })),
      );
      const rows = (await printCapture(path, createFieldsPrinter(shown.map(({ name }) => name)))).split('\n');
      for (const [i, packet] of (await packetsOf(path)).entries()) {
        const columns = (rows[i] as string).split('\t');
        for (const [column, { protocol, name, field }] of shown.entries()) {
          // A name that stands for several fields is several keys here.
          if (fieldIndex.get(name)?.length !== 1) continue;
          const values = packet.layers
            .filter((layer) => layer.protocol === protocol.name && field.key in layer)
            .map((layer) => layer[field.key])
            .map((value) => {
              if (typeof value === 'boolean' && field.isNumber === true) return value ? '1' : '0';
              if (typeof value === 'boolean') return value ? 'True' : 'False';
              if (field.kind === 'hex') return BigInt(value as number).toString();
              if (field.kind !== 'status') return String(value);
              return (
                Object.entries(field.values ?? {}).find(([, word]) => word === value)?.[0] ?? String(value)
              );
            });
          const printed = (columns[column] as string).split(',').filter((value) => value !== '');
          if (field.kind === 'hex')
            expect(
              printed.map((value) => BigInt(value).toString()),
              name,
            ).toEqual(values);
          else expect(printed.join(','), name).toBe(values.join(','));
        }
      }
    },
  );
});

describe.skipIf(!hasTshark)('beside tshark’s own JSON (skipped where tshark is missing)', () => {
  it('the inner and the outer headers both are there', async () => {
    const { stdout } = spawnSync(
      'tshark',
      [
        '-r',
        'fixtures/vxlan.pcap',
        '-T',
        'json',
        '--no-duplicate-keys',
        '-e',
        'ip.src',
        '-e',
        'ip.ttl',
        '-e',
        'vxlan.vni',
      ],
      { encoding: 'utf8' },
    );
    const theirs = (JSON.parse(stdout) as { _source: { layers: Record<string, string[]> } }[]).map(
      ({ _source }) => _source.layers,
    );
    const ours = (await packetsOf('fixtures/vxlan.pcap')).map(({ layers }) => ({
      'ip.src': layers.filter(({ protocol }) => protocol === 'ip').map(({ src }) => src),
      'ip.ttl': layers.filter(({ protocol }) => protocol === 'ip').map(({ ttl }) => String(ttl)),
      'vxlan.vni': layers.filter(({ protocol }) => protocol === 'vxlan').map(({ vni }) => String(vni)),
    }));
    expect(ours).toEqual(theirs);
  });

  it.each([
    ['options', 'ip', 'opt', 'opt.type', 'ip.opt.type'],
    ['options', 'ip', 'rec_rt', 'rec_rt', 'ip.rec_rt'],
    ['options', 'tcp', 'option', 'option_kind', 'tcp.option_kind'],
    ['options', 'tcp', 'option', 'options.timestamp.tsval', 'tcp.options.timestamp.tsval'],
    ['options', 'tcp', 'options.sack', 'options.sack_re', 'tcp.options.sack_re'],
    ['ipv6-options', 'ipv6.hopopts', 'opt', 'opt.length', 'ipv6.opt.length'],
    ['messages', 'icmp', 'ext.object', 'ext.class', 'icmp.ext.class'],
    ['messages', 'icmp', 'mpls', 'mpls.label', 'icmp.mpls.label'],
    ['messages', 'icmpv6', 'opt', 'opt.type', 'icmpv6.opt.type'],
    ['messages', 'icmpv6', 'mldr.mar', 'mldr.mar.record_type', 'icmpv6.mldr.mar.record_type'],
  ])('%s: the items of %s, %s with %s', async (capture, protocol, kind, key, filter) => {
    const path = `fixtures/generated/${capture}.pcap`;
    const stdout = tshark(...['-n', '-r', path, '-Y', protocol, '-T', 'fields', '-e', filter]);
    const packets = (await packetsOf(path)).filter(({ layers }) =>
      layers.some((layer) => layer.protocol === protocol),
    );
    const ours = packets.map(({ layers }) =>
      layers
        .filter((layer) => layer.protocol === protocol)
        .flatMap((layer) => (layer[kind] ?? []) as Record<string, unknown>[])
        .flatMap((item) => item[key] ?? [])
        .join(','),
    );
    const theirs = stdout.trimEnd().split('\n');
    expect(ours.slice(0, theirs.length)).toEqual(theirs);
    expect(ours.slice(theirs.length).join('')).toBe('');
    expect(ours.join('')).not.toBe('');
  });
});

it('items have keys that no field of their header has', () => {
  for (const protocol of protocols) {
    const own = protocol.fields.filter(({ each, hidden }) => each === undefined && hidden !== true);
    const taken = new Set([
      'protocol',
      'offset',
      'length',
      'level',
      'by',
      'quoted',
      ...own.map(({ key }) => key),
    ]);
    const kinds = itemKinds(protocol).map(({ key }) => key);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds.filter((key) => taken.has(key))).toEqual([]);
  }
});

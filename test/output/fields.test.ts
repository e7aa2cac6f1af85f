/** `-T fields` beside tshark's, byte for byte, over every fixture; and tshark's -E options. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/decode/decoder.ts';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import { createFieldsPrinter } from '../../src/output/fields.ts';
import { frameFieldsIn } from '../../src/output/frame-fields.ts';
import { FIELD_FORMS } from '../../src/output/tshark-versions.ts';
import { trackedFields } from '../../src/tracking/tracking.ts';
import { generatedCaptures, labCaptures, readCapture } from '../support/captures.ts';
import { hex } from '../support/decoding.ts';
import { printCapture, printPackets } from '../support/printing.ts';
import { putTogether, type Together } from '../support/together.ts';
import { hasTshark, PLAIN, TUNNELS, tshark, tsharkVersion } from '../support/tshark.ts';

/** As the tshark at hand prints them. */
const forms = FIELD_FORMS[tsharkVersion];

/** Where the decoder differs on purpose from tshark, whatever prints it: test/decode/tshark-differential.test.ts has each with its reason. */
const DECODED_OTHERWISE = ['data.data', 'data.len', 'udp.checksum.status', 'icmp.checksum.status', 'ip.len'];
/**
 * Counted through all that was put together: one doubtful packet would shift the numbers of all captures after it. Each capture by itself:
 * test/tracking/tshark-differential.test.ts.
 */
const COUNTED = ['udp.stream'];
/** What the payload is called at the end of frame.protocols: tshark has names for some, and none for what ESP hides. */
const PAYLOAD = /:(data|stp|lldp|ospf|tapa)$/;

/** Single values that are printed otherwise, each with its reason. */
function isKnown(name: string, our: string, their: string): boolean {
  // Behind a length that is too short, RFC 768 has no payload.
  if (name === 'udp.payload') return their.startsWith(our);
  // A name that goes in circles is shown as far as it goes; what is not printable is hexadecimal everywhere here.
  if (name === 'dns.qry.name') return /<|\\/.test(our);
  // Of an interface that has no name in the file, as mergecap writes them.
  if (name === 'frame.interface_name') return our === '' && their === 'unknown';
  return name === 'frame.protocols' && tsharkVersion === '4.6' && their.includes(':gtp:ip:icmpv6');
}

/** How many values a column has. */
function count(column: string): number {
  return column === '' ? 0 : column.split(/[,:]/).length;
}

interface Doubt {
  /** Cut off, malformed or a fragment: what is left over is fields to one and data to the other. */
  readonly isDoubtful: boolean;
  readonly isGuessed: boolean;
}

async function doubts(path: string): Promise<Doubt[]> {
  const { decode } = createDecoder();
  const stack = new LayerStack();
  return (await readCapture(path)).map((packet) => {
    decode(packet.view, 0, packet.bytes.length, packet.originalLength, packet.linkType, stack);
    const layers = Array.from({ length: stack.count }, (_, layer) => layer);
    return {
      isDoubtful: stack.issueCount > 0 || layers.some((layer) => stack.isIncomplete(layer)),
      isGuessed: layers.some(
        (layer) => stack.by(layer) === 'guess' || stack.describe(layer).name === 'tunpi',
      ),
    };
  });
}

describe.skipIf(!hasTshark)('beside tshark (skipped where tshark is missing)', () => {
  const known = new Set(
    hasTshark
      ? tshark('-G', 'fields')
          .split('\n')
          .map((line) => line.split('\t')[2])
      : [],
  );
  const frameNames = [...frameFieldsIn(forms).keys()];
  const names = [...frameNames, ...trackedFields.keys(), ...fieldIndex.keys()].filter(
    (name) => known.has(name) && !DECODED_OTHERWISE.includes(name) && !COUNTED.includes(name),
  );

  it('knows every frame field', () => {
    const missing = [...frameNames, ...trackedFields.keys()].filter((name) => !known.has(name));
    expect(missing).toEqual(tsharkVersion === '4.0' ? ['frame.time_utc'] : []);
  });

  const captures = [...labCaptures, ...generatedCaptures];
  const asked = [...PLAIN, ...TUNNELS, '-T', 'fields', ...names.flatMap((name) => ['-e', name])];
  let together: Together;
  let two: Together;
  let printed: string[];
  beforeAll(async () => {
    together = putTogether(captures);
    two = putTogether(['fixtures/vxlan.pcap', 'fixtures/half.pcap']);
    printed = (await printCapture(together.path, createFieldsPrinter(names, [], forms))).split('\n');
  });
  afterAll(() => {
    together.remove();
    two.remove();
  });

  it.each(captures)('%s', async (path) => {
    const theirs = together.linesOf(['-r', path, ...asked]);
    const ours = together.part(path, printed);
    const packets = await doubts(path);
    expect(ours.length).toBe(theirs.length);
    const differences: string[] = [];
    for (const [i, { isDoubtful, isGuessed }] of packets.entries()) {
      if (isDoubtful || ours[i] === theirs[i]) continue;
      const [our, their] = [ours, theirs].map((lines) => (lines[i] as string).split('\t')) as [
        string[],
        string[],
      ];
      for (const [column, name] of names.entries()) {
        const isProtocols = name === 'frame.protocols';
        if (isProtocols && isGuessed) continue;
        const [ourValue, theirValue] = [our, their].map((row) =>
          isProtocols ? (row[column] as string).replace(PAYLOAD, '') : (row[column] as string),
        ) as [string, string];
        if (ourValue === theirValue || isKnown(name, ourValue, theirValue)) continue;
        // Packets made by hand are odd on purpose: how many headers they have is the decoder's matter, how a value is written is this one's.
        if (path.includes('generated') && count(ourValue) !== count(theirValue)) continue;
        differences.push(`${i + 1} ${name}: ${ourValue} | ${theirValue}`);
      }
    }
    expect(differences).toEqual([]);
  });

  it.each([
    ['header=y'],
    ['header=y', 'separator=,'],
    ['separator=/s', 'aggregator=/s'],
    ['separator=;', 'aggregator=|', 'quote=d'],
    ['quote=s', 'occurrence=f'],
    ['occurrence=l', 'quote=d', 'header=n'],
    ['occurrence=a', 'quote=n', 'separator=/t'],
    ['separator=.'],
    ['separator=1', 'aggregator=1'],
    ['separator=/s', 'quote=n'],
    ['separator=:', 'quote=d'],
  ])('-E %s %s %s', async (...settings) => {
    // One field that is everywhere, one that is twice, one that is in some packets, one that is in none.
    const chosen = [
      ...['frame.number', 'ip.src', 'icmp.seq', 'ipv6.src', 'ip.flags.df', 'ip.id'],
      ...['frame.time', 'frame.protocols', 'icmp.resptime'],
    ];
    const theirs = tshark(
      ...['-r', two.path, ...PLAIN, ...TUNNELS, '-T', 'fields'],
      ...settings.flatMap((setting) => ['-E', setting]),
      ...chosen.flatMap((name) => ['-e', name]),
    );
    expect(await printCapture(two.path, createFieldsPrinter(chosen, settings, forms))).toBe(theirs);
  });
});

describe('a checksum’s status', () => {
  it('of a packet that offload left unfinished is 4, for which Wireshark has no number', async () => {
    const printed = await printCapture(
      'fixtures/socat.pcap',
      createFieldsPrinter(['udp.checksum.status', 'ip.checksum.status']),
    );
    expect(printed.split('\n')[0]).toBe('4\t1,1');
  });
});

describe('what can’t be', () => {
  it.each([
    [['ip.scr'], [], '-e "ip.scr": no field has this name; expected a filter name such as ip.src'],
    [['frame.tim_epoch'], [], 'frame.time_epoch'],
    [['nonsense'], [], 'ip.src or icmp.seq'],
    [[], [], 'at least one'],
    [['ip.src'], ['separator='], 'separator='],
    [['ip.src'], ['separator=ab'], 'separator=ab'],
    [['ip.src'], ['separator=\u001b'], 'is not understood'],
    [['ip.src'], ['header'], '-E "header" is not understood; expected header=y|n'],
    [['ip.src'], ['occurrence=x'], 'occurrence=f|l|a'],
    [['ip.src'], ['colour=y'], 'is not understood'],
  ])('-e %j -E %j', (names, settings, message) => {
    expect(() => createFieldsPrinter(names, settings)).toThrow(RangeError);
    expect(() => createFieldsPrinter(names, settings)).toThrow(message);
  });
});

describe('what comes from a file', () => {
  it('an interface’s name is escaped', () => {
    const packet = { bytes: hex('00'), interfaceName: 'a\u001b[2Jb\tc' };
    expect(printPackets([packet], createFieldsPrinter(['frame.interface_name', 'frame.len']))).toBe(
      'a\\x1b[2Jb\\x09c\t1\n',
    );
  });
});

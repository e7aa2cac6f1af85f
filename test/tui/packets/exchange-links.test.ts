/** Which SYN and which query an answer is to, and what was sent again, beside tshark on captures of one interface. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { createDecoder } from '../../../src/decode/decoder.ts';
import { BoardCounts } from '../../../src/tui/boards/board-counts.ts';
import { ingest } from '../../../src/tui/packets/ingest.ts';
import { PacketStore } from '../../../src/tui/packets/store.ts';
import { hasTshark, tshark } from '../../support/tshark.ts';

async function load(path: string): Promise<PacketStore> {
  const source = await openCaptureFile(path);
  const decoder = createDecoder();
  const { tracker, tree, conversations } = new BoardCounts(source, decoder);
  const store = new PacketStore({ interfaces: source.interfaces, files: [path] });
  await ingest({ source, store, tracker, tree, conversations, decoder, onSlice: () => undefined });
  await source.close();
  return store;
}

const numbers = (store: PacketStore, is: (packet: number) => boolean) =>
  Array.from({ length: store.count }, (_, packet) => packet)
    .filter(is)
    .map((packet) => packet + 1);

const ask = (path: string, filter: string, ...fields: string[]) =>
  tshark('-r', path, '-Y', filter, '-T', 'fields', ...fields.flatMap((name) => ['-e', name]))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t').map((value) => Number(value.split(',').at(-1))));

const CAPTURES = ['fixtures/exchanges/vxlan.pcap', 'fixtures/exchanges/points-c1-eth0.pcap'];

describe.skipIf(!hasTshark)('beside tshark (skipped where tshark is missing)', () => {
  it.each(CAPTURES)('%s: DNS answers', async (path) => {
    const store = await load(path);
    const answers = ask(path, 'dns.response_to', 'frame.number', 'dns.response_to');
    expect(answers.length).toBeGreaterThan(0);
    for (const [answer, query] of answers)
      expect([answer, store.requestOf((answer as number) - 1)]).toEqual([answer, (query as number) - 1]);
    store.close();
  });

  it.each(CAPTURES)('%s: SYN-ACKs, and RSTs that refuse', async (path) => {
    const store = await load(path);
    const syns = ask(path, 'tcp.flags.syn == 1 && tcp.flags.ack == 0', 'frame.number', 'tcp.srcport');
    const answers = ask(
      path,
      '(tcp.flags.syn == 1 && tcp.flags.ack == 1) || (tcp.flags.reset == 1 && tcp.seq == 1 && tcp.srcport < 10000)',
      ...['frame.number', 'tcp.dstport'],
    );
    expect(answers.length).toBeGreaterThan(1);
    for (const [answer, port] of answers) {
      const syn = syns.findLast(([number, from]) => from === port && (number as number) < (answer as number));
      expect([answer, store.requestOf((answer as number) - 1)]).toEqual([answer, (syn?.[0] as number) - 1]);
    }
    store.close();
  });

  it.each([...CAPTURES, 'fixtures/findings/tcp-black-hole.pcap'])('%s: what was sent again', async (path) => {
    const store = await load(path);
    const theirs = ask(path, 'tcp.analysis.retransmission', 'frame.number').map(([number]) => number);
    expect(theirs.length).toBeGreaterThan(0);
    expect(numbers(store, (packet) => store.sentAgain.has(packet))).toEqual(theirs);
    store.close();
  });
});

it('at two devices of any, a segment was sent once: as often as in the capture of one', async () => {
  const [one, any] = await Promise.all(
    ['vxlan', 'vxlan-any-sll2'].map((name) => load(`fixtures/exchanges/${name}.pcap`)),
  );
  expect(any?.sentAgain.count).toBe(2 * (one?.sentAgain.count ?? 0));
});

it('SYNs and queries that nobody answered stay without an answer', async () => {
  const store = await load('fixtures/findings/only-ping-works.pcap');
  const open = numbers(store, (packet) => store.isUnanswered(packet));
  // tshark: 5 SYNs, and two queries sent twice.
  expect(open).toHaveLength(9);
  store.close();
});

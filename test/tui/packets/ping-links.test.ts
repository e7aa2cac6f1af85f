import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { createDecoder } from '../../../src/decode/decoder.ts';
import { BoardCounts } from '../../../src/tui/boards/board-counts.ts';
import { ingest } from '../../../src/tui/packets/ingest.ts';
import { PacketStore } from '../../../src/tui/packets/store.ts';

async function load(path: string): Promise<{ store: PacketStore; boards: BoardCounts }> {
  const source = await openCaptureFile(path);
  const decoder = createDecoder();
  const boards = new BoardCounts(source, decoder);
  const store = new PacketStore({ interfaces: source.interfaces, files: [path] });
  const { tracker, tree, conversations } = boards;
  await ingest({ source, store, tracker, tree, conversations, decoder, onSlice: () => undefined });
  await source.close();
  return { store, boards };
}

function unanswered(store: PacketStore): number[] {
  const numbers: number[] = [];
  for (let packet = 0; packet < store.count; packet++)
    if (store.isUnanswered(packet)) numbers.push(packet + 1);
  return numbers;
}

describe('a ping that is seen at ten interfaces', () => {
  // tshark -r socat-points.pcapng -T fields -e frame.interface_name -e icmp.type: each ping is seen at ten interfaces one after
  // the other, and its reply at the same ones back.
  const POINTS = 10;

  it('has at each of them the reply that was seen there', async () => {
    const { store } = await load('fixtures/socat-points.pcapng');
    expect(store.count).toBe(4 * 2 * POINTS);
    for (let ping = 0; ping < store.count; ping += 2 * POINTS) {
      for (let point = 0; point < POINTS; point++) {
        const [request, reply] = [ping + point, ping + 2 * POINTS - 1 - point];
        const at = store.find(request)?.interfaceIndex;
        expect([reply, store.requestOf(reply), store.find(reply)?.interfaceIndex]).toEqual([
          reply,
          request,
          at,
        ]);
        expect(store.requestOf(request)).toBeUndefined();
      }
    }
    expect(unanswered(store)).toEqual([]);
    store.close();
  });
});

describe('requests without an answer', () => {
  // tshark -r FILE -Y icmp: replies come to all requests but these.
  it.each([
    ['fixtures/findings/mtu-black-hole.pcap', [7, 8, 9]],
    ['fixtures/socat.pcap', []],
    // Each direction has a VNI of its own.
    ['fixtures/designs/cilium-identity-vni.pcap', []],
    ['fixtures/designs/ovn-geneve.pcap', []],
    ['fixtures/designs/vxlan-asymmetric-irb.pcap', []],
    ['fixtures/vxlan-fragmented.pcap', []],
  ])('%s: %j', async (path, numbers) => {
    const { store, boards } = await load(path);
    expect(unanswered(store)).toEqual(numbers);
    const { requests, answered } = boards.tracker.snapshot();
    expect(requests - answered).toBe(numbers.length);
    store.close();
  });

  it('are as many as the matcher counts in every capture on one interface', async () => {
    for (const path of ['half', 'vxlan', 'ipip', 'socat-mixed', 'route', 'flannel', 'socat-tap']) {
      const { store, boards } = await load(`fixtures/${path}.pcap`);
      const { requests, answered } = boards.tracker.snapshot();
      expect([path, unanswered(store).length]).toEqual([path, requests - answered]);
      store.close();
    }
  });
});

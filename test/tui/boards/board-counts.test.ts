import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { createDecoder } from '../../../src/decode/decoder.ts';
import { LayerStack } from '../../../src/decode/layer-stack.ts';
import { protocols } from '../../../src/decode/registry.ts';
import { compileDisplayFilter } from '../../../src/display-filter/display-filter.ts';
import { createTunnelTable } from '../../../src/exchange/tunnel-table.ts';
import { BoardCounts } from '../../../src/tui/boards/board-counts.ts';
import {
  createConversations,
  MOST_CONVERSATIONS,
  REST,
  WITHOUT_ADDRESSES,
} from '../../../src/tui/boards/conversation-counts.ts';
import { createProtocolTree, MOST_NODES } from '../../../src/tui/boards/protocol-counts.ts';
import { ingest } from '../../../src/tui/packets/ingest.ts';
import { PacketStore } from '../../../src/tui/packets/store.ts';
import { hasTshark, tshark as runTshark } from '../../support/tshark.ts';
import { handSource } from '../support/capture.ts';

async function load(path: string): Promise<BoardCounts> {
  const source = await openCaptureFile(path);
  const decoder = createDecoder();
  const boards = new BoardCounts(source, decoder);
  const store = new PacketStore({ interfaces: source.interfaces, files: [path] });
  const { tracker, tree, conversations } = boards;
  await ingest({ source, store, tracker, tree, conversations, decoder, onSlice: () => undefined });
  store.close();
  await source.close();
  return boards;
}

function tshark(path: string, ...more: string[]): string {
  return runTshark(...['-n', '-r', path, '-d', 'udp.port==8472,vxlan', '-q', ...more]);
}

describe.skipIf(!hasTshark)(`beside tshark${hasTshark ? '' : ' (skipped: tshark is missing)'}`, () => {
  // Captures that tshark reads to the innermost header by itself. It has no word for payload that pings carry.
  it.each([
    ['fixtures/vxlan.pcap', 'vxlan'],
    ['fixtures/ipip.pcap', 'ip'],
    ['fixtures/flannel.pcap', 'vxlan'],
    ['fixtures/vxlan-fragmented.pcap', 'vxlan'],
    ['fixtures/route.pcap', 'icmp'],
    ['fixtures/vxlan-nanoseconds.pcap', 'vxlan'],
  ])('protocols in each other: %s', async (path, name) => {
    const { tree } = await load(path);
    const ours = tree
      .rows()
      .map(({ node, depth, protocol }) => {
        const { name } = protocols[protocol] as { name: string };
        return `${'  '.repeat(depth)}${name} ${tree.packets[node]} ${tree.bytes[node]}`;
      })
      .filter((row) => !row.includes('data '));
    const theirs = tshark(path, '-z', 'io,phs')
      .split('\n')
      .flatMap((line) => {
        const match = /^( *)(\S+) +frames:(\d+) bytes:(\d+)/.exec(line);
        return match === null || match[2] === 'data'
          ? []
          : [`${match[1]}${match[2]} ${match[3]} ${match[4]}`];
      });
    expect(theirs.some((row) => row.trim().startsWith(name))).toBe(true);
    expect([...ours].sort()).toEqual([...theirs].sort());
  });

  it.each(['fixtures/vxlan.pcap', 'fixtures/ipip.pcap', 'fixtures/flannel.pcap', 'fixtures/route.pcap'])(
    'conversations: %s',
    async (path) => {
      const { conversations } = await load(path);
      const theirs = new Map<string, number[]>();
      for (const line of tshark(path, '-z', 'conv,ip').split('\n')) {
        const match = /^(\S+) +<-> (\S+) +(\d+) (\d+) bytes +(\d+) (\d+) bytes +\d+ \d+ bytes +([\d.]+)/.exec(
          line,
        );
        if (match === null) continue;
        const [, a, b, ...figures] = match as unknown as [string, string, string, ...string[]];
        const [packetsBack, bytesBack, packets, bytes, first] = figures.map(Number) as [
          number,
          number,
          number,
          number,
          number,
        ];
        theirs.set(`${a} ${b}`, [packets, bytes, packetsBack, bytesBack, first]);
        theirs.set(`${b} ${a}`, [packetsBack, bytesBack, packets, bytes, first]);
      }
      expect(conversations.size).toBeGreaterThan(0);
      for (let row = 0; row < conversations.size; row++) {
        const { a, b } = conversations.describe(row);
        const { packets, bytes, times } = conversations;
        const at = row * 2;
        const expected = theirs.get(`${a} ${b}`) as number[];
        expect([packets[at], bytes[at], packets[at + 1], bytes[at + 1]]).toEqual(expected.slice(0, 4));
        expect(times[at]).toBeCloseTo(expected[4] as number, 6);
      }
    },
  );
});

describe('filters of the protocol tree', () => {
  it.each([
    'fixtures/vxlan.pcap',
    'fixtures/half.pcap',
    'fixtures/generated/tunnels.pcap',
    'fixtures/generated/icmp-errors.pcap',
    'fixtures/generated/link-layers.pcap',
    'fixtures/generated/sll2.pcap',
  ])('let through as many packets as the row counts: %s', async (path) => {
    const { tree } = await load(path);
    const rows = tree.rows();
    const filters = rows.map(({ node }) => compileDisplayFilter(tree.filter(node)));
    const passed = rows.map(() => 0);
    const source = await openCaptureFile(path);
    const { decode } = createDecoder();
    const stack = new LayerStack();
    for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        const { view, start, capturedLength, originalLength } = batch;
        const { linkType } = source.interfaces[batch.interfaceIndex[i] as number] as { linkType: number };
        decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
        const record = { ...RECORD, view, stack, originalLength: originalLength[i] };
        for (const [at, filter] of filters.entries())
          if (filter.matches(record as never)) (passed[at] as number)++;
      }
    }
    await source.close();
    expect(passed).toEqual(rows.map(({ node }) => tree.packets[node]));
  });

  it('are short where a name or two are enough', async () => {
    const { tree } = await load('fixtures/vxlan.pcap');
    const filters = tree.rows().map(({ node }) => tree.filter(node));
    expect(filters).toContain('icmp');
    expect(filters).toContain('vxlan');
  });
});

/** What no filter here asks for. */
const RECORD = { number: 1, seconds: 0, nanoseconds: 0, capturedLength: 0, interface: undefined };

function ipv4Frame(source: number, destination: number): Buffer {
  const frame = Buffer.alloc(60);
  frame.writeUInt16BE(0x0800, 12);
  frame.set([0x45, 0, 0, 20, 0, 0, 0, 0, 64, 253], 14);
  frame.writeUInt32BE(source, 26);
  frame.writeUInt32BE(destination, 30);
  return frame;
}

function decoded(frame: Buffer, each: (view: DataView, stack: LayerStack) => void): void {
  const stack = new LayerStack();
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  createDecoder().decode(view, 0, frame.length, frame.length, 1, stack);
  each(view, stack);
}

describe('tables are bounded', () => {
  it('counts conversations past the last row in one', () => {
    const conversations = createConversations(createTunnelTable());
    const stack = new LayerStack();
    const { decode } = createDecoder();
    for (let i = 0; i < MOST_CONVERSATIONS + 5; i++) {
      const frame = ipv4Frame(0x0a000001 + i, 0x0b000001);
      const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
      decode(view, 0, frame.length, frame.length, 1, stack);
      conversations.packet(view, stack, i, 0, -1);
    }
    expect(conversations.size).toBe(MOST_CONVERSATIONS);
    expect([conversations.packets[REST * 2], conversations.bytes[REST * 2]]).toEqual([5, 300]);
    expect([conversations.times[REST * 2], conversations.times[REST * 2 + 1]]).toEqual([4096, 4100]);
  });

  it('counts what has no IP header apart, and both ways of one conversation together', () => {
    const conversations = createConversations(createTunnelTable());
    decoded(Buffer.alloc(60), (view, stack) => conversations.packet(view, stack, 5, 0, -1));
    for (const [a, b] of [
      [0xc0a80001, 0x0a000001],
      [0x0a000001, 0xc0a80001],
      [0xc0a80001, 0x0a000001],
    ] as const)
      decoded(ipv4Frame(a, b), (view, stack) => conversations.packet(view, stack, 6, 500_000_000, -1));
    expect(conversations.packets[WITHOUT_ADDRESSES * 2]).toBe(1);
    expect(conversations.size).toBe(1);
    expect(conversations.describe(0)).toEqual({ tunnels: [], a: '192.168.0.1', b: '10.0.0.1' });
    expect([...conversations.packets.slice(0, 2)]).toEqual([2, 1]);
    expect([...conversations.times.slice(0, 2)]).toEqual([1.5, 1.5]);
  });

  it('counts stacks past the last node where the tree ends', () => {
    const tree = createProtocolTree();
    const stack = new LayerStack();
    // Every stack of three protocols below Ethernet: more than there is room for.
    let packets = 0;
    for (let a = 1; a < 40; a++) {
      for (let b = 1; b < 40; b++) {
        stack.count = 3;
        stack.originalLength = 100;
        for (const [layer, protocol] of [1, a, b].entries()) stack.words[layer * 3] = protocol;
        tree.packet(stack);
        packets++;
      }
    }
    expect(tree.rows()).toHaveLength(MOST_NODES - 1);
    expect(tree.total).toEqual({ packets, bytes: packets * 100 });
    // 39 below Ethernet and 39 below each of those, without the room for 1 + 1 + 39 more than 1,024.
    expect(tree.packets[MOST_NODES]).toBeGreaterThan(0);
    const leaves = tree.rows().filter(({ depth }) => depth === 2);
    expect(leaves.length + (tree.packets[MOST_NODES] as number)).toBe(packets);
  });
});

it('makes a verdict of a live capture at most every half second', async () => {
  const source = handSource({ isLive: true });
  const decoder = createDecoder();
  const boards = new BoardCounts(source, decoder);
  const before = boards.pings();
  decoded(ipv4Frame(1, 2), (_, stack) => boards.tree.packet(stack));
  expect(boards.pings()).toBe(before);
});

import { beforeAll, describe, expect, it } from 'vitest';
import { createDecoder } from '../../../src/decode/decoder.ts';
import { LayerStack } from '../../../src/decode/layer-stack.ts';
import { createOutline, type Outline, type OutlineLayer, rowOfByte } from '../../../src/output/outline.ts';
import type { Command } from '../../../src/tui/keys/keymap.ts';
import { stepOf } from '../../../src/tui/state/lesson-steps.ts';
import { createPanes } from '../../../src/tui/state/panes.ts';
import { reduce } from '../../../src/tui/state/reduce.ts';
import { initialState, type State, type ViewFacts } from '../../../src/tui/state/state.ts';
import { readCapture } from '../../support/captures.ts';

/** The first packet of a capture. */
async function outlineOf(path: string, number = 1): Promise<Outline> {
  const packet = (await readCapture(path))[number - 1];
  if (packet === undefined) throw new Error(`${path} has no packet ${number}`);
  const stack = new LayerStack();
  const { view, originalLength, linkType } = packet;
  createDecoder().decode(view, 0, view.byteLength, originalLength, linkType, stack);
  return createOutline(view, stack);
}

let socat: Outline;
let route: Outline;
beforeAll(async () => {
  socat = await outlineOf('fixtures/socat.pcap');
  route = await outlineOf('fixtures/route.pcap');
});

/** 100 packets at 120 by 40, where the list has 9 rows, the panes 18 and the bytes 8. */
function start(change: Partial<State> = {}): State {
  const state = reduce(
    initialState(120, 40, false),
    { type: 'packets', first: 0, count: 100, isLive: false },
    socat,
  );
  return { ...state, ...change };
}

function pressed(state: State, outline: Outline | undefined, ...commands: readonly Command[]): State {
  return commands.reduce((now, command) => reduce(now, { type: 'command', command }, outline), state);
}

it('has the sizes that the tables below count on', () => {
  expect(start().layout).toMatchObject({ listRows: 9, leftRows: 18, bytesRows: 8, bytesPerRow: 16 });
});

describe('in the list', () => {
  it.each<[from: Partial<State>, commands: Command[], selected: number, top: number]>([
    [{}, [], 0, 0],
    [{}, ['up'], 0, 0],
    [{}, ['down'], 1, 0],
    [{}, new Array<Command>(9).fill('down'), 9, 1],
    [{}, ['pageDown'], 8, 0],
    [{}, ['pageDown', 'pageDown'], 16, 8],
    [{}, ['pageDown', 'pageDown', 'pageUp'], 8, 8],
    [{}, ['last'], 99, 91],
    [{}, ['last', 'down', 'pageDown'], 99, 91],
    [{}, ['last', 'up'], 98, 91],
    [{}, ['last', 'first'], 0, 0],
    [{ first: 40, selected: 50, top: 45 }, ['first'], 40, 40],
    [{ first: 40, selected: 41, top: 40 }, ['pageUp'], 40, 40],
  ])('%j %j', (from, commands, selected, top) => {
    expect(pressed(start(from), socat, ...commands)).toMatchObject({ selected, top });
  });

  it('that is empty nothing can be selected', () => {
    const empty = initialState(120, 40, false);
    for (const command of [
      'down',
      'last',
      'pageDown',
      'nextPane',
      'toggle',
      'innerPair',
      'follow',
    ] as const) {
      expect(pressed(empty, undefined, command)).toMatchObject({ top: 0, pane: 'list' });
    }
  });
});

describe('following', () => {
  function live(...steps: readonly (Command | number)[]): State {
    let state = initialState(120, 40, true);
    for (const step of steps) {
      state =
        typeof step === 'number'
          ? reduce(state, { type: 'packets', first: 0, count: step, isLive: true }, socat)
          : pressed(state, socat, step);
    }
    return state;
  }

  it.each<[name: string, steps: (Command | number)[], isFollowing: boolean, selected: number, top: number]>([
    ['starts with a live capture', [5], true, 4, 0],
    ['keeps the newest in sight', [5, 100, 250], true, 249, 241],
    ['ends as soon as one moves up', [100, 'up', 250], false, 98, 91],
    ['and by a page', [100, 'pageUp', 250], false, 91, 91],
    ['goes on while one moves down', [100, 'down', 250], true, 249, 241],
    ['goes on at the end', [100, 'up', 250, 'last', 300], true, 299, 291],
    ['goes on with f', [100, 'up', 250, 'follow', 300], true, 299, 291],
    ['ends with f', [100, 'follow', 250], false, 99, 91],
    ['ends as soon as one goes into the packet', [100, 'nextPane', 250], false, 99, 91],
    ['ends with a lesson on the packet', [100, 'lesson', 250], false, 99, 91],
    ['goes on behind a board', [100, 'pings', 250], true, 249, 241],
  ])('%s', (_name, steps, isFollowing, selected, top) => {
    expect(live(...steps)).toMatchObject({ isFollowing, selected, top });
  });

  it('counts what came since it ended', () => {
    const state = live(100, 'up', 250);
    expect(state.taken - state.seen).toBe(150);
  });

  it('does not start with a file', () => {
    expect(start().isFollowing).toBe(false);
    expect(pressed(start(), socat, 'last').isFollowing).toBe(false);
  });

  it('loses the selection only when its packet leaves', () => {
    const state = live(100, 'first');
    expect(reduce(state, { type: 'packets', first: 60, count: 200, isLive: true }, socat)).toMatchObject({
      selected: 60,
      top: 60,
    });
  });
});

describe('between panes', () => {
  it.each<[commands: Command[], pane: State['pane'], cursor: string | undefined]>([
    [[], 'list', undefined],
    [['nextPane'], 'left', '0 ip 0 '],
    [['nextPane', 'nextPane'], 'right', '1 ip 0 '],
    [['nextPane', 'nextPane', 'nextPane'], 'bytes', '1 ip 0 '],
    [['nextPane', 'nextPane', 'nextPane', 'nextPane'], 'list', '1 ip 0 '],
    [['previousPane'], 'bytes', undefined],
    [['toggle'], 'left', '0 ip 0 '],
    [['nextPane', 'back'], 'list', '0 ip 0 '],
    // From the outer time to live to the inner one.
    [['nextPane', ...new Array<Command>(10).fill('down'), 'nextPane'], 'right', '1 ip 0 ttl'],
  ])('%j', (commands, pane, cursor) => {
    const state = pressed(start(), socat, ...commands);
    const { level, protocol, occurrence, key } = state.cursor ?? {};
    expect(state.pane).toBe(pane);
    expect(state.cursor && `${level} ${protocol} ${occurrence} ${key}`).toBe(cursor);
  });

  it('goes on to what the packet carries where there is no tunnel', () => {
    const carried = pressed(start(), route, 'nextPane', 'nextPane');
    expect(carried).toMatchObject({ pane: 'right', cursor: { protocol: 'icmp', level: 0 } });
    expect(pressed(carried, route, 'nextPane').pane).toBe('bytes');
  });

  it('leaves out the one that has nothing', () => {
    const [layer] = route.layers as [OutlineLayer];
    const bare = { ...route, layers: [layer] };
    expect(pressed(start(), bare, 'nextPane', 'nextPane').pane).toBe('bytes');
    expect(pressed(start(), bare, 'nextPane', 'right').pane).toBe('left');
  });
});

describe('in the headers', () => {
  it.each<[commands: Command[], key: string, protocol: string]>([
    [['down'], 'version', 'ip'],
    [['down', 'down', 'up'], 'version', 'ip'],
    [['up'], '', 'eth'],
    [['up', 'up', 'up'], '', 'eth'],
    [['last'], '', 'udp'],
    [['last', 'first'], '', 'eth'],
    [['down', 'down', 'left'], '', 'ip'],
    [['left', 'down'], '', 'udp'],
    [['left', 'right', 'down'], 'version', 'ip'],
    [['last', 'toggle', 'down'], 'srcport', 'udp'],
    [['down', 'toggle', 'down'], '', 'udp'],
  ])('%j', (commands, key, protocol) => {
    const state = pressed(start(), socat, 'nextPane', ...commands);
    expect(state.cursor).toMatchObject({ key, protocol, level: 0 });
  });

  it('what is opened by hand stays open, and the cursor in sight', () => {
    const state = pressed(start(), socat, 'nextPane', 'first', 'toggle', 'last', 'toggle', 'last');
    const panes = createPanes(socat, 0, state.folds, state.layout);
    const keys = panes.left.map((row) => row && `${row.protocol} ${row.key}`);
    expect(keys).toContain('eth dst');
    expect(keys).toContain('udp dstport');
    const at = keys.indexOf('udp checksum');
    expect(state.cursor).toMatchObject({ protocol: 'udp', key: 'checksum' });
    expect(at).toBeGreaterThanOrEqual(state.leftTop);
    expect(at).toBeLessThan(state.leftTop + state.layout.leftRows);
  });

  it('network layers stand on the same row, whatever is before them', () => {
    const { left, right } = createPanes(socat, 0, { eth: false }, start().layout);
    for (const key of ['', 'ttl', 'src', 'dst', 'checksum']) {
      const at = (rows: typeof left) => rows.findIndex((row) => row?.protocol === 'ip' && row.key === key);
      expect([key, at(left)]).toEqual([key, at(right)]);
      expect(at(left)).toBeGreaterThan(0);
    }
  });
});

describe('in the bytes', () => {
  // 130 bytes: eth 0 to 13, ip 14 to 33, udp 34 to 41, tunpi 42 to 45, ip 46 to 65, icmp 66 to 73, data 74 to 129.
  it.each([
    [0, 'eth dst'],
    [6, 'eth src'],
    [13, 'eth type'],
    [22, 'ip ttl'],
    [41, 'udp checksum'],
    [45, 'tunpi proto'],
    [54, 'ip ttl'],
    [66, 'icmp type'],
    [74, 'data '],
    [129, 'data '],
  ])('byte %d is of %s', (byte, name) => {
    const row = rowOfByte(socat, byte);
    expect(`${row?.protocol} ${row?.key}`).toBe(name);
  });

  it.each<[commands: Command[], byte: number]>([
    [['right'], 1],
    [['left'], 0],
    [['down', 'down', 'up'], 16],
    [['last'], 129],
    [['last', 'right', 'down'], 129],
    [['last', 'up'], 113],
    [['pageDown'], 112],
    [['last', 'first'], 0],
  ])('%j', (commands, byte) => {
    expect(pressed(start(), socat, 'previousPane', ...commands).byte).toBe(byte);
  });
});

it('gives the list rows and takes them back', () => {
  const more = pressed(start(), socat, 'moreList');
  expect(more.layout.listRows).toBe(11);
  expect(pressed(more, socat, 'lessList').layout).toEqual(start().layout);
  const most = pressed(start(), socat, ...new Array<Command>(50).fill('moreList'));
  expect(pressed(most, socat, 'lessList').layout.listRows).toBeLessThan(most.layout.listRows);
});

describe('a view beside the packets', () => {
  // 50 rows in the 38 between status row and footer.
  const rows = { count: 50, hasCursor: false };
  const lines = { count: 50, hasCursor: true };

  it.each<[commands: Command[], rows: ViewFacts, cursor: number, top: number]>([
    [['down'], rows, 1, 1],
    [['last'], rows, 12, 12],
    [['pageDown', 'up'], rows, 11, 11],
    [['last', 'first'], rows, 0, 0],
    [['down'], lines, 1, 0],
    [['pageDown', 'down'], lines, 38, 1],
    [['last'], lines, 49, 12],
    [['last', 'pageUp'], lines, 12, 12],
  ])('scrolls: %j %j', (commands, facts, cursor, top) => {
    const help = pressed(start(), socat, 'help');
    const state = commands.reduce(
      (now, command) => reduce(now, { type: 'command', command }, socat, facts),
      help,
    );
    expect(state.scrolls.help).toEqual({ cursor, top });
  });

  it.each<Command>(['help', 'back'])('is left by %s, and the packets are as they were', (command) => {
    const help = pressed(start({ selected: 7 }), socat, 'help');
    expect(help.view).toBe('help');
    expect(pressed(help, socat, command)).toEqual(start({ selected: 7 }));
  });
});

describe('the prompt', () => {
  const type = (state: State, ...keys: string[]) =>
    keys.reduce((now, key) => reduce(now, { type: 'key', key }, socat), state);

  it('takes keys, and no command does anything meanwhile', () => {
    const state = type(pressed(start(), socat, 'goto'), '4', '2', 'j');
    expect(state).toMatchObject({ selected: 0, prompt: { text: '42j', at: 3 } });
  });

  it('is left by Escape, and by going to a packet', () => {
    const open = pressed(start(), socat, 'goto');
    expect(type(open, '4', 'escape').prompt).toBeUndefined();
    const gone = reduce(open, { type: 'select', index: 41 }, socat);
    expect(gone).toMatchObject({ selected: 41, prompt: undefined, pane: 'list' });
  });

  it('says what is wrong, until something is typed', () => {
    const faulty = reduce(pressed(start(), socat, 'goto'), { type: 'fault', fault: 'why' }, socat);
    expect(faulty.prompt?.fault).toBe('why');
    expect(type(faulty, '1').prompt?.fault).toBe('');
  });
});

it('keeps the selection in sight when the terminal gets smaller', () => {
  const state = reduce(start({ selected: 60, top: 55 }), { type: 'resize', columns: 80, rows: 24 }, socat);
  expect(state.selected).toBe(60);
  expect(state.top).toBeGreaterThan(60 - state.layout.listRows);
  expect(state.top).toBeLessThanOrEqual(60);
});

describe('a lesson', () => {
  /** Ethernet, IPv4, UDP, TUN PI, IPv4, ICMP, payload. */
  const stepAfter = (...commands: readonly Command[]) => {
    const { lesson, view } = pressed(start(), socat, 'lesson', ...commands);
    return [view, stepOf(socat, lesson)];
  };

  it.each<[string, readonly Command[], number]>([
    ['begins with the whole packet', [], 0],
    ['takes off a layer a key', ['peel', 'peel'], 2],
    ['puts it back on', ['peel', 'peel', 'putBack'], 1],
    ['has nothing outside the whole packet', ['putBack'], 0],
    ['ends with what is innermost', ['payload', 'peel'], 7],
    ['goes back to the whole', ['payload', 'wholePacket'], 0],
    ['stays at its layer while one reads on', ['peel', 'down', 'pageDown'], 1],
    ['stays at its layer in the next packet', ['peel', 'peel', 'nextPacket'], 2],
  ])('%s', (_, commands, step) => {
    expect(stepAfter(...commands)).toEqual(['lesson', step]);
  });

  it('is at the whole of a packet that has no such layer, and finds the layer again behind it', () => {
    const inner = pressed(start(), socat, 'lesson', 'peel', 'peel', 'peel', 'peel', 'peel', 'nextPacket');
    expect([stepOf(route, inner.lesson), stepOf(socat, inner.lesson)]).toEqual([0, 5]);
  });

  it('goes through the packets of the list, and ends following', () => {
    const live = start({ isFollowing: true, selected: 50, view: 'lesson' });
    const { selected, isFollowing } = pressed(live, socat, 'nextPacket', 'nextPacket', 'previousPacket');
    expect([selected, isFollowing]).toEqual([51, false]);
    expect(pressed(start({ view: 'lesson' }), socat, 'previousPacket').selected).toBe(0);
  });

  it('shows each layer from its first row on, in pages of what scrolls', () => {
    const rows = { count: 60, hasCursor: false, pageRows: 12 };
    const read = reduce(
      pressed(start(), socat, 'lesson', 'peel'),
      { type: 'command', command: 'pageDown' },
      socat,
      rows,
    );
    expect(read.scrolls.lesson?.top).toBe(11);
    expect(pressed(read, socat, 'peel').scrolls.lesson?.top).toBe(0);
  });

  it.each<readonly Command[]>([
    ['help', 'help'],
    ['help', 'back'],
  ])('is gone on with after %s and %s', (...commands) => {
    const state = pressed(start(), socat, 'lesson', 'peel', 'peel', ...commands);
    expect([state.view, stepOf(socat, state.lesson)]).toEqual(['lesson', 2]);
  });

  it('is left as it was entered', () => {
    expect(pressed(start(), socat, 'lesson', 'back').view).toBe('packets');
  });
});

describe('one pane alone', () => {
  it.each<[readonly Command[], string, string | undefined, boolean]>([
    [['maximise'], 'list', 'list', true],
    [['maximise', 'nextPane'], 'left', 'left', false],
    [['nextPane', 'maximise', 'nextPane'], 'right', 'right', false],
    [['previousPane', 'maximise'], 'bytes', 'bytes', true],
    [['nextPane', 'maximise', 'back'], 'list', 'list', true],
    [['nextPane', 'maximise', 'maximise'], 'left', undefined, true],
  ])('%j: %s has the keys, %s the screen', (commands, pane, maximised, isSideBySide) => {
    const state = pressed(start(), socat, ...commands);
    expect([state.pane, state.layout.maximised, state.layout.isSideBySide]).toEqual([
      pane,
      maximised,
      isSideBySide,
    ]);
  });

  it('stays so in a terminal of another size, and back in the list that an action leads to', () => {
    const bytes = pressed(start(), socat, 'previousPane', 'maximise');
    const resized = reduce(bytes, { type: 'resize', columns: 80, rows: 24 }, socat);
    expect([resized.layout.maximised, resized.layout.bytesRows]).toEqual(['bytes', 21]);
    expect(reduce(resized, { type: 'select', index: 5 }, socat).layout.maximised).toBe('list');
  });

  it('moves by pages of the whole screen, and gives no rows away', () => {
    const list = pressed(start(), socat, 'maximise');
    expect(pressed(list, socat, 'pageDown').selected).toBe(36);
    expect(pressed(list, socat, 'moreList', 'lessList', 'lessList').moreListRows).toBe(0);
  });
});

it('turns the headers, and keeps them so in a terminal of another size', () => {
  const turned = pressed(start(), socat, 'rotate');
  expect(turned.layout.isSideBySide).toBe(false);
  expect(reduce(turned, { type: 'resize', columns: 80, rows: 24 }, socat).layout.isSideBySide).toBe(true);
  expect(pressed(turned, socat, 'rotate').layout.isSideBySide).toBe(true);
});

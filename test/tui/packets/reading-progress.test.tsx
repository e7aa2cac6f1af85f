import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import type { PacketSource } from '../../../src/packet/source.ts';
import { ReadingProgress } from '../../../src/tui/packets/reading-progress.ts';
import { PacketStore } from '../../../src/tui/packets/store.ts';
import { COMMAND } from '../../support/command.ts';
import { batchOf, handSource, numberedFrame, pcapHeader, pcapRecord } from '../support/capture.ts';
import { cleanup, KEYS, show } from '../support/screen.ts';
import { hasTmux, TmuxTerminal } from '../support/tmux.ts';

let folder: string;
let file: string;
/** Twice what is read at a time, and a bit. */
const PACKETS = 2200;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-progress-'));
  file = join(folder, 'half-way.pcap');
  const records = Array.from({ length: PACKETS }, (_, i) => pcapRecord(numberedFrame(i, 1008), i));
  writeFileSync(file, Buffer.concat([pcapHeader(), ...records]));
});
afterEach(cleanup);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A source that hands on one batch, and the others when it is told to. */
async function heldBack(
  path: string,
): Promise<{ source: PacketSource; isTaken: Promise<void>; goOn: () => void }> {
  const whole = await openCaptureFile(path);
  let goOn: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let tell: () => void = () => undefined;
  const isTaken = new Promise<void>((resolve) => {
    tell = resolve;
  });
  let batches = 0;
  const source: PacketSource = {
    name: whole.name,
    interfaces: whole.interfaces,
    isLive: false,
    warnings: [],
    async next() {
      if (++batches === 2) {
        tell();
        await told;
      }
      return whole.next();
    },
    stop: () => whole.stop(),
    statistics: () => whole.statistics(),
    close: () => whole.close(),
  };
  return { source, isTaken, goOn };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

describe.each([
  [80, /, reading [█▁]{5} (\d+) %/],
  [120, /, reading [█▁]{20} (\d+) %/],
])('a file that is half read, %d columns', (columns, pattern) => {
  it('says how far it has come, and everything can be used meanwhile', async () => {
    const { source, isTaken, goOn } = await heldBack(file);
    const shown = show(source, columns, 30, { files: [file] });
    const running = shown.session.run();
    await isTaken;
    await shown.press('G');
    const [status = ''] = shown.rows();
    const [, percent] = pattern.exec(status) ?? [];
    const { count } = shown.session.store;
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(PACKETS);
    // 1,024 bytes each in the file.
    expect(Number(percent)).toBe(Math.floor((count - 1) / (PACKETS / 100)));
    const cells = status.match(/[█▁]/g) ?? [];
    expect(cells.filter((cell) => cell === '█')).toHaveLength(
      Math.floor(((count - 1) / PACKETS) * cells.length),
    );
    expect(shown.session.selectedPacket).toBe(count - 1);
    for (const key of '/frame.number <= 3') await shown.press(key);
    await shown.press(KEYS.enter);
    await until(() => shown.session.state.count === 3);
    await shown.press('3');
    expect(shown.rows().join('\n')).toMatch(new RegExp(`Ethernet +${count.toLocaleString('en')} +100.0 %`));
    goOn();
    await running;
    await shown.press('1');
    expect(shown.rows()[0]).toContain('2,200 packets · 3 match frame.number <= 3');
    expect(shown.rows()[0]).not.toContain('reading');
    shown.session.close();
  });
});

it('tells how fast it goes, over the last seconds', () => {
  const source = handSource({ isLive: false });
  const store = new PacketStore({ interfaces: source.interfaces });
  const frames = Array.from({ length: 1024 }, (_, i) => numberedFrame(i, 1024));
  const batch = batchOf(frames, 0);
  const progress = new ReadingProgress(undefined, 0);
  const take = () => {
    for (let i = 0; i < 1024; i++) store.append(batch, i);
  };
  take();
  expect(progress.look(store, 100)).toEqual({ share: undefined, rates: undefined });
  // The last packet's place is 1 MiB but one packet.
  expect(progress.look(store, 1000).rates).toEqual({ packets: 1024, bytes: 1023 * 1024 });
  expect(progress.look(store, 2000).rates).toEqual({ packets: 512, bytes: (1023 * 1024) / 2 });
  // What came in the first two seconds is forgotten after two times as long.
  progress.look(store, 4000);
  expect(progress.look(store, 5000).rates).toEqual({ packets: 0, bytes: 0 });
});

describe.skipIf(!hasTmux)(`in a terminal${hasTmux ? '' : ' (skipped: tmux is missing)'}`, () => {
  it('standard input: packets and their rate, no bar, and keys while it waits', async () => {
    const fifo = join(folder, 'pipe');
    await once(spawn('mkfifo', [fifo]), 'exit');
    const ui = await TmuxTerminal.open(120, 40);
    try {
      ui.type(`node ${resolve(COMMAND)} -r - < ${fifo}`);
      const pipe = await open(fifo, 'w');
      const record = (i: number) => pcapRecord(numberedFrame(i), i);
      await pipe.write(Buffer.concat([pcapHeader(), record(0), record(1), record(2)]));
      const waiting = await ui.until(
        (screen) => /3 packets, reading [\d.]+ packets\/s, [\d.]+ MiB\/s/.test(screen),
        'the rate',
      );
      expect(waiting).not.toMatch(/[█▁] *\d+ %/);
      // Nothing comes: that is told too.
      await ui.shows('reading 0 packets/s, 0 MiB/s');
      ui.press('Down');
      await ui.until((screen) => /▸ +2 /.test(screen), 'the second packet');
      ui.press('/');
      ui.tmux('send-keys', '-l', 'frame.number == 3');
      ui.press('Enter');
      await ui.shows('1 match frame.number == 3');
      await pipe.write(Buffer.concat([record(3), record(4)]));
      await ui.shows('5 packets, reading');
      await pipe.close();
      await ui.shows('5 packets · 1 match');
    } finally {
      ui.close();
    }
  });
});

/** `tunnelscope lab lesson` as a learner has it: the list, answers over a pipe, a whole lesson at a terminal. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { namedNamespaces } from '../../../../src/host/namespace.ts';
import { withOrder } from '../../../../src/lab/lesson/draw.ts';
import { lessonNames, loadLesson } from '../../../../src/lab/lesson/lesson.ts';
import { COMMAND, tunnelscope } from '../../../support/command.ts';
import { missingForLiveCapture, missingForOtherUsers, NOBODY, skipNote } from '../../../support/lab.ts';
import { PATIENCE } from '../../../support/patience.ts';
import { hasTmux, TmuxTerminal } from '../../../tui/support/tmux.ts';

const folders: string[] = [];
let terminal: TmuxTerminal | undefined;
afterEach(() => {
  terminal?.close();
  terminal = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folderForState(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-state-'));
  folders.push(folder);
  return folder;
}

/** Answers of the lesson "envelope", line by line. */
const ENVELOPE = ['2', '1', '9000'];

describe('without a network', () => {
  it('the list has every lesson', () => {
    const { status, stdout } = tunnelscope(['lab', 'lesson']);
    expect(status).toBe(0);
    for (const name of lessonNames()) expect(stdout).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
  });

  it.each([
    [['envelop', '--offline'], 'unknown lesson "envelop"; did you mean envelope?'],
    [['envelope', '--offline', '--language', 'xx'], '--language xx: there are lessons in en, zh-CN'],
  ])('%j is refused in one line', (args, message) => {
    expect(tunnelscope(['lab', 'lesson', ...args])).toEqual({
      status: 2,
      stdout: '',
      stderr: `tunnelscope: ${message}\n`,
    });
  });

  it('answers come over a pipe; the lesson is ticked off where all are right', () => {
    const state = folderForState();
    const take = (lines: readonly string[], ...args: string[]) =>
      spawnSync(process.execPath, [COMMAND, 'lab', 'lesson', ...args], {
        input: lines.map((line) => `${line}\n`).join(''),
        encoding: 'utf8',
        env: { ...process.env, XDG_STATE_HOME: state, LC_ALL: 'C.UTF-8' },
      });

    const early = take(ENVELOPE.slice(0, 2), 'envelope', '--offline');
    expect(early.status).toBe(1);
    expect(early.stdout).toContain('The input ended before the lesson did.');
    expect(take([]).stdout).not.toContain('(done)');

    const whole = take(['1', 'hint', ...ENVELOPE], 'envelope', '--offline');
    expect(whole).toMatchObject({ status: 0, stderr: '' });
    expect(whole.stdout.match(/^Right\.$/gm)).toHaveLength(3);
    expect(whole.stdout.match(/^Not quite\.$/gm)).toHaveLength(1);
    expect(whole.stdout).toContain('Lesson done: ');
    expect(take([]).stdout).toMatch(/^ {2}envelope .*\(done\)$/m);
    expect(take(ENVELOPE, 'envelope', '--offline', '--language', 'en').stdout).not.toContain('\u001b');
  });

  it('a lesson goes on where it was left, and its result with it; a teacher checks that', () => {
    const state = folderForState();
    const file = join(state, 'anna.json');
    const take = (input: string, ...args: string[]) =>
      spawnSync(process.execPath, [COMMAND, 'lab', 'lesson', 'envelope', '--offline', ...args], {
        input,
        encoding: 'utf8',
        env: { ...process.env, XDG_STATE_HOME: state, LC_ALL: 'C.UTF-8' },
      });
    const results = (...args: string[]) =>
      tunnelscope(['lab', 'results', file, '--class', 'a class', ...args]);
    const [, key = ''] = tunnelscope(['lab', 'results', '--class', 'a class', '--keys', '3'])
      .stdout.trim()
      .split('\t');
    const flags = ['--seed', '3', '--result', file, '--key', key];

    const [first = '', second = ''] = withOrder(loadLesson('envelope'), '3').steps.flatMap((step) =>
      step.do === 'ask' && step.choices !== undefined
        ? [String(step.choices.findIndex((choice) => choice.right === true) + 1)]
        : [],
    );
    const wrong = first === '1' ? '2' : '1';
    const left = take(`back\nhelp\n${wrong}\n${first}\nq\n`, ...flags);
    expect(left).toMatchObject({ status: 1, stderr: '' });
    expect(left.stdout).toContain('Shown again as it was');
    const place = /Ended at (\d+) of 12; --resume goes on from there/.exec(left.stdout)?.[1];
    expect(JSON.parse(results('-T', 'json').stdout)).toMatchObject({
      isDone: false,
      proof: 'sealed',
      right: 1,
    });
    expect(tunnelscope(['lab', 'lesson', 'envelope', '--offline', ...flags]).stderr).toBe(
      `tunnelscope: --result ${file} is there already: expected another name, or --resume to go on with it\n`,
    );

    const whole = take(`${second}\n9000\n`, '--resume', ...flags);
    expect(whole).toMatchObject({ status: 0, stderr: '' });
    expect(whole.stdout).toContain(`Taking the steps before ${place} of 12 for you`);
    expect(whole.stdout).not.toContain('Which address does the router read');
    expect(JSON.parse(results('-T', 'json').stdout)).toMatchObject({
      isDone: true,
      proof: 'sealed',
      questions: 3,
      right: 3,
      remarks: [],
    });

    writeFileSync(file, readFileSync(file, 'utf8').replace('"isRight": false', '"isRight": true'));
    const { status, stdout } = results();
    expect(status).toBe(1);
    expect(stdout).toMatch(/^seed +lesson .*\n3 +envelope +done +3 of 3 .* changed +\//);
    expect(results('-T', 'csv').stdout.split('\r\n')[1]).toMatch(
      /,3,envelope,true,3,3,.*,changed,its judgement/,
    );
  });

  it.each([
    [['lesson', '--seed', '7'], '--seed: expected the name of a lesson'],
    [['lesson', 'envelope', '--offline', '--key', 'ab'], '--key seals a result: expected --result FILE too'],
    [
      ['lesson', 'envelope', '--offline', '--key', 'ab', '--result', 'x.json'],
      '--key goes with a seed: expected --seed too, as your teacher gave both',
    ],
    [
      ['lesson', 'envelope', '--offline', '--seed', 'none', '--resume'],
      '--resume: envelope with --seed none was not left in the middle; leave --resume out',
    ],
    [['results'], 'expected the files that lab lesson --result wrote'],
    [['results', '--keys', 'anna'], '--keys: expected --class PASSPHRASE too'],
    [['results', 'none.json'], 'none.json can’t be read: ENOENT'],
    [['results', 'package.json'], /^package\.json is not a lesson’s result: /],
  ])('%j is refused in one line', (args, message) => {
    const { status, stdout, stderr } = tunnelscope(['lab', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.replace(/^tunnelscope: |\n$/g, '')).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('a system that speaks another language gets English, and is told', () => {
    const { stdout } = spawnSync(process.execPath, [COMMAND, 'lab', 'lesson', 'router', '--offline'], {
      input: '',
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'xx_XX.UTF-8' },
    });
    expect(stdout).toMatch(
      /^\nThis lesson has not been translated into your language \(xx\) yet\. Here it is in\nEnglish\.\n\nA stranger/,
    );
  });

  it.each([
    ['the locale', [], 'zh_CN.UTF-8'],
    ['the user', ['--language', 'zh-CN'], 'C'],
  ])('in Chinese, where %s says so', (_, args, locale) => {
    const words = [COMMAND, 'lab', 'lesson', 'envelope', '--offline', ...args];
    const { status, stdout } = spawnSync(process.execPath, words, {
      input: `${ENVELOPE.join('\n')}\n`,
      encoding: 'utf8',
      env: { ...process.env, XDG_STATE_HOME: folderForState(), LC_ALL: locale },
    });
    expect(status).toBe(0);
    expect(stdout.match(/^正确。$/gm)).toHaveLength(3);
    expect(stdout).not.toMatch(/\?\?|Right\./);
  });

  it('in English, where the locale is Chinese and the terminal knows ASCII alone', () => {
    const { stdout } = spawnSync(process.execPath, [COMMAND, 'lab', 'lesson'], {
      encoding: 'utf8',
      env: { ...process.env, XDG_STATE_HOME: folderForState(), LC_ALL: 'zh_CN' },
    });
    expect(stdout).toMatch(/^Lessons of ten minutes/);
  });

  it('a terminal that knows ASCII alone gets it', () => {
    const { stdout } = spawnSync(process.execPath, [COMMAND, 'lab', 'lesson', 'envelope', '--offline'], {
      input: `${ENVELOPE.join('\n')}\n`,
      encoding: 'latin1',
      env: { ...process.env, LC_ALL: 'C' },
    });
    expect(stdout).toContain('| +');
    expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
  });
});

const missingUser = missingForOtherUsers();
describe.skipIf(missingUser !== undefined)(`without root${skipNote(missingUser)}`, () => {
  it('a lesson wants root, or to be taken offline', () => {
    const [program = '', ...words] = [...NOBODY, process.execPath, COMMAND, 'lab', 'lesson', 'envelope'];
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', input: '' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /^tunnelscope: labs need root; .*; --offline takes the lesson with recorded packets\n$/,
    );
  });

  it.skipIf(!hasTmux)('what does not fit the screen waits', async () => {
    terminal = await TmuxTerminal.open(80, 16);
    terminal.type(`${NOBODY.join(' ')} node ${COMMAND} lab lesson router --offline; echo "code $?"`);
    const page = await terminal.shows('A stranger in between', '[Enter for more, help, q to end]');
    expect(page).not.toContain('172.16.1.2');
    terminal.press('Enter');
    await terminal.shows('rt  10.2.0.1 --- 10.2.0.10  h2', '[Enter to go on, back, help, q to end]');
    terminal.press('Enter');
    await terminal.shows('64 bytes from 10.2.0.10', '[Enter for more, help, q to end]');
    terminal.type('q');
    await terminal.shows('Ended at 2 of 8', 'code 0');
  });

  it.skipIf(!hasTmux)('a whole lesson offline, at a terminal', async () => {
    terminal = await TmuxTerminal.open(90, 40);
    terminal.type(
      `${NOBODY.join(' ')} env HOME=/nonexistent node ${COMMAND} lab lesson router --offline; echo "code $?"`,
    );
    await terminal.shows('Offline: packets', '[Enter to go on, back, help, q to end]');
    terminal.press('Enter');
    await terminal.shows('Do the hosts reach each other?', '64 bytes from 10.2.0.10', 'They do.');
    terminal.press('Enter');
    await terminal.shows('Nothing comes back');
    terminal.press('Enter');
    await terminal.shows('request last seen at rt:r1', 'Your answer, 1 to 3');
    terminal.type('back');
    await terminal.shows(
      'Shown again as it was',
      'How far did the requests get?',
      '[Enter to go on, back, help, q to end]',
    );
    terminal.press('Enter');
    await terminal.until(
      (screen) => /last seen at rt:r1[\s\S]*Your answer, 1 to 3/.test(screen),
      'the question again',
    );
    terminal.type('3');
    await terminal.shows('Not quite.', 'Its column has only dashes.');
    terminal.type('2');
    await terminal.shows('Right.', "They go into the router and don't come out.");
    terminal.press('Enter');
    await terminal.shows("You can't change the router.", 'Your answer, 1 to 3');
    terminal.type('3');
    await terminal.shows('rt# ip route add 172.16.1.0/24 via 10.2.0.10', 'PASS', 'Lesson done: ', 'code 0');
  });
});

const missing = missingForLiveCapture() ?? (hasTmux ? undefined : 'needs tmux');
describe.skipIf(missing !== undefined)(`with a network, at a terminal${skipNote(missing)}`, () => {
  const lab = `tq${process.pid}`;
  const namespaces = () => namedNamespaces().filter((name) => name.startsWith(`${lab}-`));
  /** What runs in a namespace, and in no other lab's. */
  const programsOn = (namespace: string) =>
    spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
      .map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8'));

  it('a whole lesson, with a command that goes on and on, and a fault to mend', async () => {
    const state = folderForState();
    terminal = await TmuxTerminal.open(90, 45, { XDG_STATE_HOME: state });
    const ui = terminal;
    ui.type(`node ${COMMAND} lab lesson bridge --lab ${lab}; echo "code $?"`);
    await ui.shows('Bringing up a network', '1 of 8', '[Enter to go on, back, help, q to end]');
    expect(namespaces().length).toBe(6);
    for (const text of ['2 received', 'Who has 172.16.0.3?', 'Your answer, 1 to 3']) {
      ui.press('Enter');
      await ui.shows(text);
    }
    ui.type('2');
    await ui.shows('Not quite.', 'A bridge does not open what it passes on.');
    ui.type('1');
    await ui.shows('Right.');
    ui.press('Enter');
    await ui.shows('dev veth1 master br0', '[Enter to go on');
    ui.press('Enter');
    await ui.shows('Type commands: they run on h1.', 'h1#');
    const shell = spawnSync(process.execPath, [COMMAND, 'lab', 'shell', '--lab', lab, 'h1-ns1'], {
      input: 'hostname -I; echo "prompt $PS1"\n',
      encoding: 'utf8',
    });
    expect(shell.stdout).toBe('172.16.0.2 \nprompt h1-ns1# \n');
    ui.type('ping 172.16.0.2');
    // What a command prints is shown when it has ended; the kernel knows that it runs.
    await expect.poll(() => programsOn(`${lab}-h1`), { timeout: PATIENCE }).toContain('ping\n');
    ui.press('C-c');
    await ui.shows('64 bytes from 172.16.0.2', ' packets transmitted', 'Stopped.');
    ui.press('Enter');
    await ui.shows('FAIL', 'Not yet.');
    ui.type('ip link set veth2 master br0');
    await ui.until((screen) => /veth2 master br0\n+h1# *\n/.test(screen), 'the prompt again');
    ui.press('Enter');
    await ui.shows('PASS', 'It works.', 'Lesson done: ', 'Next: tunnelscope lab lesson routes', 'code 0');
    expect(namespaces()).toEqual([]);
    expect(readFileSync(join(state, 'tunnelscope/lessons.json'), 'utf8')).toMatch(/^\{"bridge":"\d{4}-/);
  });

  it.each([
    ['Ctrl-C', 'C-c'],
    ['q', 'q Enter'],
    ['Ctrl-D', 'C-d'],
  ])('%s ends it and takes the network down', async (_, keys) => {
    terminal = await TmuxTerminal.open(90, 45, { XDG_STATE_HOME: folderForState() });
    terminal.type(`node ${COMMAND} lab lesson bridge --lab ${lab}; echo "code $?"`);
    await terminal.shows('[Enter to go on, back, help, q to end]');
    terminal.press(...keys.split(' '));
    await terminal.shows('Ended at 1 of 8', 'code 0');
    expect(namespaces()).toEqual([]);
    expect(existsSync(`/run/tunnelscope/labs/${lab}.json`)).toBe(false);
  });

  it('q ends it also where somebody took the network down meanwhile; no file stays behind', async () => {
    const temporary = folderForState();
    terminal = await TmuxTerminal.open(90, 45, { XDG_STATE_HOME: temporary, TMPDIR: temporary });
    terminal.type(`node ${COMMAND} lab lesson bridge --lab ${lab}; echo "code $?"`);
    await terminal.shows('[Enter to go on, back, help, q to end]');
    expect(tunnelscope(['lab', 'down', lab]).status).toBe(0);
    terminal.press('q', 'Enter');
    await terminal.shows('Ended at 1 of 8', 'code 0');
    expect(readdirSync(temporary).filter((one) => one.startsWith('tunnelscope-lesson-'))).toEqual([]);
  });

  it('so does a terminal that goes away', async () => {
    terminal = await TmuxTerminal.open(90, 45, { XDG_STATE_HOME: folderForState() });
    terminal.type(`node ${COMMAND} lab lesson bridge --lab ${lab}`);
    await terminal.shows('[Enter to go on, back, help, q to end]');
    expect(namespaces().length).toBe(6);
    terminal.close();
    await expect.poll(namespaces, { timeout: PATIENCE }).toEqual([]);
    await expect
      .poll(() => existsSync(`/run/tunnelscope/labs/${lab}.json`), { timeout: PATIENCE })
      .toBe(false);
  });

  it('so does Ctrl-C while the network comes up', async () => {
    terminal = await TmuxTerminal.open(90, 45, { XDG_STATE_HOME: folderForState() });
    terminal.type(`node ${COMMAND} lab lesson bridge --lab ${lab}; echo "code $?"`);
    await terminal.shows('Bringing up a network');
    terminal.press('C-c');
    await terminal.shows('code 0');
    expect(namespaces()).toEqual([]);
  });
});

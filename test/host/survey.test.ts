/** Many namespaces side by side: which other end is which, beside `ip -n NS link`, and how often the kernel is asked. */
import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as links from '../../src/host/links.ts';
import { surveyNamespaces } from '../../src/host/survey.ts';
import { missingForNamespaces, skipNote } from '../support/lab.ts';

const asked = vi.hoisted(() => ({ count: 0 }));
vi.mock('../../src/host/links.ts', async (original) => {
  const actual = await original<typeof links>();
  return {
    ...actual,
    namespaceNumber: (...words: Parameters<typeof actual.namespaceNumber>) => {
      asked.count++;
      return actual.namespaceNumber(...words);
    },
  };
});

const missing = missingForNamespaces('ip');
const PREFIX = `ts${process.pid}`;
const COUNT = 24;
const pods = Array.from({ length: COUNT }, (_, i) => `${PREFIX}-p${i}`);
const hub = `${PREFIX}-hub`;

describe.skipIf(missing !== undefined)(`a node of ${COUNT} pods${skipNote(missing)}`, () => {
  beforeAll(() => {
    const lines = [hub, ...pods].map((name) => `netns add ${name}`);
    execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
    const pairs = pods.map((pod, i) => `link add veth${i} type veth peer name eth0 netns ${pod}`);
    execFileSync('ip', ['-n', hub, '-batch', '-'], { input: `${pairs.join('\n')}\n` });
  });
  afterAll(() => {
    for (const name of [hub, ...pods]) spawnSync('ip', ['netns', 'del', name]);
  });

  it('each veth names its other end, and the kernel is asked about as often as there are ends', () => {
    asked.count = 0;
    const { namespaces } = surveyNamespaces();
    const own = namespaces.filter(({ boundName }) => boundName?.startsWith(PREFIX));
    const peers = (name: string) =>
      own
        .find(({ boundName }) => boundName === name)
        ?.interfaces.filter(({ link }) => !link.isLoopback && link.kind === 'veth')
        .map(({ link, peer }) => [link.name, peer]);
    expect(peers(hub)).toEqual(pods.map((pod, i) => [`veth${i}`, `${pod}:eth0`]));
    expect(pods.map(peers)).toEqual(pods.map((_, i) => [['eth0', `${hub}:veth${i}`]]));
    const ends = namespaces
      .flatMap(({ interfaces }) => interfaces)
      .filter(({ link }) => link.linkNamespace !== undefined);
    // Other networks of this machine may hold ends that look alike.
    expect(asked.count).toBeLessThanOrEqual(3 * ends.length);
    expect(new Set(own.map(({ cookie }) => cookie)).size).toBe(COUNT + 1);
  });
});

/** Which namespace a device of a packet's way is in: two hosts that look alike, a router between, made by hand. */
import { describe, expect, it } from 'vitest';
import { createDevicePlaces } from '../../../src/host/drops/device-places.ts';
import type { Survey } from '../../../src/host/survey.ts';

type Device = readonly [name: string, peer?: string];

function survey(namespaces: Readonly<Record<string, readonly Device[]>>): Survey {
  const list = Object.entries(namespaces).map(([name, devices]) => ({
    name: name === '' ? undefined : name,
    interfaces: devices.map(([device, peer], i) => ({
      link: { name: device, index: i + 1 },
      ...(peer !== undefined && { peer }),
    })),
  }));
  return { namespaces: list, unseen: [] } as unknown as Survey;
}

/** Each host has a container (eth0 – veth1), a tunnel's device, and a cable to the router; the first host is this process's own. */
const places = createDevicePlaces(
  survey({
    '': [['veth1', 'c1:eth0'], ['br0'], ['tun0'], ['eth0', 'rt:r1']],
    h2: [['veth1', 'c2:eth0'], ['br0'], ['tun0'], ['eth0', 'rt:r2']],
    rt: [
      ['r1', 'eth0'],
      ['r2', 'h2:eth0'],
    ],
    c1: [['eth0', 'veth1']],
    c2: [['eth0', 'h2:veth1']],
  }),
);

/** `>eth0`: sent there; `<r1`: received. */
const steps = (text: string) =>
  text.split(' ').map((word) => ({ device: word.slice(1), isSent: word.startsWith('>') }));

describe('where a packet was', () => {
  it.each<[way: string, namespaces: string]>([
    ['<r1', 'rt'],
    ['<eth0', '?'],
    ['>eth0 <r1', '(own) rt'],
    ['>eth0 <r1 >r2 <eth0', '(own) rt rt h2'],
    ['>eth0 <r2 >r1 <eth0', 'h2 rt rt (own)'],
    ['<br0 >tun0', '? ?'],
    ['>tun0 >eth0 <r1', '(own) (own) rt'],
    ['<r2 >r2 <eth0 <tun0', 'rt rt h2 h2'],
    ['<later', '?'],
    ['>eth0 <r1 <later', '(own) rt ?'],
  ])('%s', (way, namespaces) => {
    const found = places.namespacesOf(steps(way)).map((name) => name ?? '?');
    expect(found.map((name) => name || '(own)').join(' ')).toBe(namespaces);
  });

  it.each<[way: string, step: number, namespace: string, namespaces: (string | undefined)[]]>([
    ['>eth0 <veth1 <br0 >tun0', 0, 'c2', ['c2', 'h2', 'h2', 'h2']],
    ['>eth0 <veth1 <br0 >tun0', 2, '', ['c1', '', '', '']],
    ['<eth0', 0, 'h2', ['h2']],
  ])('%s, step %i is in "%s"', (way, step, namespace, namespaces) => {
    expect(places.namespacesOf(steps(way), { step, namespace })).toEqual(namespaces);
  });

  it.each<[way: string, step: number, namespace: string, isPossible: boolean]>([
    ['<br0 >tun0', 0, 'h2', true],
    ['<br0 >tun0', 0, 'rt', false],
    ['>eth0 <r1 >r2 <eth0', 0, 'h2', false],
    ['>eth0 <r1 >r2 <eth0', 3, 'h2', true],
    ['<later', 0, 'h2', false],
  ])('%s, can step %i be in "%s"? %j', (way, step, namespace, isPossible) => {
    expect(places.isPossible(steps(way), { step, namespace })).toBe(isPossible);
  });

  it('by the kernel’s number, for interfaces that stand for all', () => {
    expect(places.byIndex('h2', 2)).toEqual({ device: 'br0', namespace: 'h2' });
    expect(places.byIndex('h2', 9)).toBeUndefined();
  });
});

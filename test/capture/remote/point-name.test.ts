/** What `-i` takes for points elsewhere, and what it refuses before anything is started. */
import { describe, expect, it } from 'vitest';
import {
  byClock,
  distinctNames,
  parseRemotePoint,
  type RemotePoint,
} from '../../../src/capture/remote/point-name.ts';

describe('points elsewhere', () => {
  it.each<[string, Partial<Record<string, unknown>>]>([
    ['ssh://h1/eth0', { kind: 'ssh', host: 'h1', device: 'eth0', name: 'h1:eth0', clock: 'h1' }],
    [
      'ssh://root@H1.example:2222/eth0',
      { user: 'root', host: 'H1.example', port: 2222, clock: 'h1.example:2222' },
    ],
    ['ssh://h1/c1:eth0', { device: 'c1:eth0', name: 'h1:c1:eth0' }],
    ['ssh://h1//proc/4711/ns/net:eth0', { device: '/proc/4711/ns/net:eth0' }],
    ['ssh://[2001:db8::1]:22/eth0', { host: '2001:db8::1', port: 22, name: '[2001:db8::1]:eth0' }],
    ['ssh://[fe80::1%eth0]/any', { host: 'fe80::1%eth0', port: undefined }],
    ['ssh://first.last@corp@h1/eth0', { user: 'first.last@corp', host: 'h1' }],
    ['kube://node/n1/cni0', { kind: 'node', context: undefined, node: 'n1', name: 'n1:cni0', clock: 'n1' }],
    [
      'kube://arn:aws:eks:eu-1:12:cluster/a/node/n1.internal/eth0',
      { context: 'arn:aws:eks:eu-1:12:cluster/a', node: 'n1.internal' },
    ],
    [
      'kube://shop/pod/web-0/eth0',
      { kind: 'pod', namespace: 'shop', pod: 'web-0', container: undefined, name: 'shop/web-0:eth0' },
    ],
    ['kube://prod/shop/pod/web-0:proxy/eth0', { context: 'prod', namespace: 'shop', container: 'proxy' }],
    ['kube://node/pod/web-0/eth0', { kind: 'node', node: 'pod', device: 'web-0/eth0' }],
    [
      'cmd:router=ssh router tcpdump -w - "udp"',
      { kind: 'command', name: 'router', command: 'ssh router tcpdump -w - "udp"', clock: 'router' },
    ],
    ['cmd:a=b=c', { name: 'a', command: 'b=c' }],
  ])('%s', (text, expected) => {
    expect(parseRemotePoint(text)).toMatchObject(expected);
  });

  it.each([['eth0'], ['h1:eth0'], ['cmd:eth0'], ['/proc/1/ns/net:eth0'], ['sshd:eth0'], ['nflog:5']])(
    '%s is an interface of this machine',
    (text) => {
      expect(parseRemotePoint(text)).toBeUndefined();
    },
  );

  it.each([
    ['ssh://h1', 'the interface is missing'],
    ['ssh://h1/', 'the interface is missing'],
    ['ssh:///eth0', 'the name or address of a host'],
    ['ssh://-oProxyCommand=touch x/eth0', 'the name or address of a host'],
    ['ssh://$(id)/eth0', 'the name or address of a host'],
    ['ssh://h1;id/eth0', 'the name or address of a host'],
    ['ssh://`id`@h1/eth0', 'the user’s name'],
    ['ssh://-lroot@h1/eth0', 'the user’s name'],
    ['ssh://h1:0/eth0', 'ports are 1 to 65535'],
    ['ssh://h1:99999/eth0', 'ports are 1 to 65535'],
    ['ssh://h1/--help', 'the interface’s name'],
    ['ssh://h1/eth0\nid', 'the interface’s name'],
    ['ssh://h1/eth 0', 'the interface’s name'],
    ['ssh://h1/ssh://h2/eth0', 'can’t lead on'],
    ['ssh://h1/cmd:x=id', 'can’t lead on'],
    ['kube://n1/eth0', 'neither a node nor a pod'],
    ['kube://node/--help/eth0', 'Kubernetes does not have names like'],
    ['kube://--kubeconfig=x/node/n1/eth0', 'the context’s name'],
    ['kube://Shop/pod/web/eth0', 'Kubernetes does not have names like'],
    ['cmd:=id', 'the name is missing'],
    ['cmd:a/b=id', 'has a slash'],
    ['cmd:\u001b[31mx=id', 'the name is missing'],
    ['cmd:x= ', 'the command is missing'],
  ])('%j is refused', (text, why) => {
    expect(() => parseRemotePoint(text)).toThrow(why);
    // One line, whatever was given.
    expect(() => parseRemotePoint(text)).not.toThrow(/[\p{Cc}]/u);
  });

  it('two of one name are called as they were given', () => {
    const points = ['ssh://a@h1/eth0', 'ssh://b@h1/eth0', 'ssh://h1/eth1'].flatMap((text): RemotePoint[] =>
      [parseRemotePoint(text)].filter((point) => point !== undefined),
    );
    expect(distinctNames(points, []).map(({ name }) => name)).toEqual([
      'ssh://a@h1/eth0',
      'ssh://b@h1/eth0',
      'h1:eth1',
    ]);
    // A namespace here may have the host's name.
    expect(distinctNames(points.slice(2), ['h1:eth1']).map(({ name }) => name)).toEqual(['ssh://h1/eth1']);
  });

  it('by clock: what is here first, then host by host', () => {
    expect(byClock(['ssh://h1/eth0', 'eth0', 'ssh://x@H1/eth1', 'cmd:a=b', 'ns:eth0'])).toEqual([
      ['eth0', 'ns:eth0'],
      ['ssh://h1/eth0', 'ssh://x@H1/eth1'],
      ['cmd:a=b'],
    ]);
  });
});

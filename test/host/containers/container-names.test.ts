/**
 * Names of pods and containers out of a host's folders. Those in fixtures/hosts are of real runs (their README says which), with what
 * was left of a pod and a container that were killed; those of runtimes that were not at hand are made here as their sources write them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createContainerNames } from '../../../src/host/containers/container-names.ts';
import { setHostRoot } from '../../../src/host/host-root.ts';
import type { Link } from '../../../src/host/links.ts';
import { cniResult, makeHost, processFiles } from '../../support/host-folders.ts';

const made: string[] = [];
afterEach(() => {
  setHostRoot('/');
  for (const root of made.splice(0)) rmSync(root, { recursive: true });
});

function look(root: string) {
  setHostRoot(root);
  return createContainerNames();
}

function lookAt(files: Readonly<Record<string, string>>) {
  const root = makeHost(files);
  made.push(root);
  return look(root);
}

/** What a name needs of a device. */
function device(name: string, address: string, ...addresses: string[]): Link {
  return { name, address, addresses, isLoopback: name === 'lo' } as unknown as Link;
}

const ID = '3f2a91c04b7e00112233445566778899aabbccddeeff00112233445566778899';
const UID = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';

describe('processes on hosts that ran', () => {
  it.each<[host: string, pid: number, expected: object]>([
    // A pod's first container has no HOSTNAME.
    [
      'containerd',
      15_016,
      { runtime: 'containerd', pod: 'web-0', podNamespace: 'shop', knownBy: '/var/log/pods' },
    ],
    ['containerd', 15_052, { containerName: 'app', pod: 'web-0', podNamespace: 'shop' }],
    ['podman', 2165, { runtime: 'podman', containerName: 'web-1', knownBy: 'conmon -n' }],
    ['docker', 9677, { runtime: 'docker', containerName: 'web-d', knownBy: "docker's files" }],
    // In the network namespace of another one.
    ['docker', 9757, { runtime: 'docker', containerName: 'side' }],
    [
      'docker',
      10_597,
      {
        runtime: 'containerd',
        container: 'ctr2',
        containerName: 'foo',
        knownBy: "its bundle's annotations",
      },
    ],
    ['docker', 1, { process: 'systemd' }],
  ])('%s %i', (host, pid, expected) => {
    const container = look(`fixtures/hosts/${host}`).container(pid);
    expect(container).toMatchObject(expected);
    if (pid === 1) expect(container).toEqual({ pid, process: 'systemd' });
  });
});

describe('network namespaces in which no process is left', () => {
  const [WEB, DB] = ['9a:8e:a1:71:10:ed', '62:3c:f1:2d:c6:3e'];
  it.each<
    [what: string, host: string, boundName: string | undefined, link: Link, called: string | undefined]
  >([
    ['a pod', 'containerd', undefined, device('eth0', WEB, '10.77.0.3/16'), 'pod:shop/web-0'],
    [
      'another MAC address, but its own name',
      'containerd',
      'cni-cff424fb-dd3b-084e-7c13-c1f9f847b533',
      device('eth0', '02:00:00:00:00:01', '10.77.0.4/16'),
      'pod:shop/db',
    ],
    [
      'the address went to somebody else',
      'containerd',
      'new',
      device('eth0', WEB, '10.77.0.4/16'),
      undefined,
    ],
    ['the address is gone', 'containerd', undefined, device('eth0', DB), undefined],
    ['another device', 'containerd', undefined, device('eth1', DB, '10.77.0.4/16'), undefined],
    [
      'what every one has',
      'containerd',
      undefined,
      device('lo', '00:00:00:00:00:00', '127.0.0.1/8'),
      undefined,
    ],
    [
      'podman',
      'podman',
      undefined,
      device('eth0', '02:eb:cb:ca:f9:7b', '10.88.0.10/16'),
      'container:two-nets',
    ],
    [
      'its second network',
      'podman',
      undefined,
      device('eth1', '06:0b:ba:51:b2:e8', '10.89.0.5/24'),
      'container:two-nets',
    ],
  ])('%s: %s', (_what, host, boundName, link, called) => {
    const found = look(`fixtures/hosts/${host}`).namespace([], { boundName, links: [link] });
    expect(found?.called).toBe(called);
    if (found !== undefined) expect(found.knownBy).toBe("CNI's results");
  });
});

describe('runtimes that were not at hand', () => {
  const inPod = `0::/kubepods.slice/kubepods-pod${UID.replaceAll('-', '_')}.slice`;
  const crioAnnotations = {
    'io.kubernetes.pod.namespace': 'shop',
    'io.kubernetes.pod.name': 'web-0',
    'io.kubernetes.container.name': 'app',
  };
  it.each<[what: string, files: Record<string, string>, expected: object]>([
    [
      'CRI-O, whose conmon names pod and container at once',
      {
        ...processFiles({ pid: 7, parent: 6, cgroup: `${inPod}/crio-${ID}.scope\n` }),
        ...processFiles({
          pid: 6,
          comm: 'conmon',
          command: ['conmon', '-b', `/run/x/${ID}/userdata`, '-c', ID, '-n', `k8s_app_web-0_shop_${UID}_0`],
        }),
        [`/run/x/${ID}/userdata/config.json`]: JSON.stringify({ annotations: crioAnnotations }),
      },
      { runtime: 'cri-o', containerName: 'app', pod: 'web-0', podNamespace: 'shop' },
    ],
    [
      'CRI-O, where processes of the host are hidden',
      {
        ...processFiles({ pid: 7, cgroup: `${inPod}/crio-${ID}.scope\n` }),
        [`/run/containers/storage/overlay-containers/${ID}/userdata/config.json`]: JSON.stringify({
          annotations: crioAnnotations,
        }),
      },
      { pod: 'web-0', podNamespace: 'shop', knownBy: "its bundle's annotations" },
    ],
    [
      'k3s, which brings its containerd',
      {
        ...processFiles({ pid: 7, cgroup: `0::/kubepods/besteffort/pod${UID}/${ID}\n` }),
        [`/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`]: JSON.stringify({
          annotations: {
            'io.kubernetes.cri.sandbox-namespace': 'shop',
            'io.kubernetes.cri.sandbox-name': 'web-0',
          },
        }),
      },
      { pod: 'web-0', podNamespace: 'shop', knownBy: "its bundle's annotations" },
    ],
    [
      'nerdctl',
      {
        ...processFiles({ pid: 7, cgroup: `0::/system.slice/nerdctl-${ID}.scope\n` }),
        [`/run/containerd/io.containerd.runtime.v2.task/default/${ID}/config.json`]: JSON.stringify({
          annotations: { 'nerdctl/name': 'web-1' },
        }),
      },
      { runtime: 'nerdctl', containerName: 'web-1' },
    ],
    [
      'LXC',
      processFiles({ pid: 7, cgroup: '0::/lxc.payload.web1\n' }),
      { runtime: 'lxc', container: 'web1', containerName: 'web1', knownBy: 'its control group' },
    ],
    [
      'a pod whose log folder is not mounted',
      processFiles({ pid: 7, cgroup: `0::/kubepods/pod${UID}/${ID}\n`, environ: 'A=1\0HOSTNAME=web-0\0' }),
      { pod: 'web-0', knownBy: 'its HOSTNAME' },
    ],
    ['nothing but a UID', processFiles({ pid: 7, cgroup: `0::/kubepods/pod${UID}/${ID}\n` }), { pod: UID }],
  ])('%s', (_what, files, expected) => {
    expect(lookAt(files).container(7)).toMatchObject(expected);
  });

  it('podman of version 3 names its container as pod and as namespace: conmon knows better', () => {
    const files = {
      ...processFiles({ pid: 7, parent: 6, cgroup: `0::/machine.slice/libpod-${ID}.scope\n` }),
      ...processFiles({ pid: 6, comm: 'conmon', command: ['conmon', '-c', ID, '-n', 'web-1'] }),
      '/var/lib/cni/results/a': cniResult(
        { K8S_POD_NAMESPACE: 'web-1', K8S_POD_NAME: 'web-1' },
        {
          interfaces: [{ name: 'eth0', mac: 'aa', sandbox: '/run/netns/x' }],
          ips: [{ address: '10.0.0.1/8' }],
        },
      ),
    };
    const names = lookAt(files);
    const links = [device('eth0', 'aa', '10.0.0.1/8')];
    const named = names.namespace([names.container(7)], { boundName: 'x', links });
    expect(named?.called).toBe('container:web-1');
  });
});

describe('hostile hosts', () => {
  const docker = processFiles({ pid: 7, cgroup: `0::/docker/${ID}\n` });
  const inPod = processFiles({ pid: 7, cgroup: `0::/kubepods/pod${UID}/${ID}\n` });
  const config = `/var/lib/docker/containers/${ID}/config.v2.json`;
  const outside = join(process.cwd(), 'fixtures/hosts/docker/var/lib/docker/containers');

  it.each<[what: string, files: Record<string, string>]>([
    ['a name that a terminal would obey', { ...docker, [config]: JSON.stringify({ Name: '/\u001b[2Jweb' }) }],
    ['a name that is no text', { ...docker, [config]: '{"Name":{"toString":1}}' }],
    ['a name that is another path', { ...docker, [config]: '{"Name":"/../web"}' }],
    ['no JSON', { ...docker, [config]: '{"Name":"/web' }],
    ['JSON that is no object', { ...docker, [config]: '["Name"]' }],
    ['JSON without end', { ...docker, [config]: '['.repeat(1 << 20) }],
    ['a file of 5 MiB', { ...docker, [config]: `{"Name":"/web","a":"${'a'.repeat(5 << 20)}"}` }],
    ['a link to itself', { ...docker, [config]: `-> ${config}` }],
    ['a link out of the host', { ...docker, '/var/lib/docker/containers': `-> ${outside}` }],
    [
      'a link that climbs out of the host',
      { ...docker, '/var/lib/docker/containers': `-> ../../../../../../../../../..${outside}` },
    ],
    ['logs of a hostile name', { ...inPod, [`/var/log/pods/shop_w\u001b]0;x_${UID}/0`]: '' }],
    ['logs of too many parts', { ...inPod, [`/var/log/pods/shop_web_0_${UID}/0`]: '' }],
    [
      'a bundle that says another prototype',
      {
        ...inPod,
        [`/run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`]:
          '{"annotations":{"__proto__":{"io.kubernetes.pod.name":"a","io.kubernetes.pod.namespace":"b"}}}',
      },
    ],
    [
      'processes that are each other’s parents',
      { ...docker, ...processFiles({ pid: 7, parent: 8 }), ...processFiles({ pid: 8, parent: 7 }) },
    ],
  ])('%s names nothing', (_what, files) => {
    const names = lookAt(files);
    const container = names.container(7);
    expect(container.containerName).toBeUndefined();
    expect(container.podNamespace).toBeUndefined();
    expect(names.namespace([container], { boundName: undefined, links: [] })).toBeUndefined();
  });

  it('links inside of the host are followed as it would', () => {
    const files = {
      ...docker,
      '/var/lib/docker': '-> /data/docker',
      '/data/docker': '-> ../mnt',
      [`/mnt/containers/${ID}/config.v2.json`]: '{"Name":"/web"}',
    };
    expect(lookAt(files).container(7).containerName).toBe('web');
  });

  it('a pipe keeps nobody waiting', () => {
    const root = makeHost(docker);
    made.push(root);
    mkdirSync(join(root, config, '..'), { recursive: true });
    execFileSync('mkfifo', [join(root, config)]);
    expect(look(root).container(7).containerName).toBeUndefined();
  });

  it('results of CNI’s that are not as libcni writes them are passed over', () => {
    const root = makeHost({ '/var/lib/cni/results/null': 'null' });
    made.push(root);
    const folder = join(root, 'var/lib/cni/results');
    const good = {
      interfaces: [{ name: 'eth0', mac: 'aa', sandbox: '/run/netns/x' }],
      ips: [{ address: '10.0.0.1/8' }],
    };
    const texts = [
      '{}',
      '{"result":{"interfaces":{"length":1e9}},"cniArgs":5}',
      '{"result":{"interfaces":[null,7]},"cniArgs":[null,["K8S_POD_NAME"]],"ifName":"eth0"}',
      cniResult({ K8S_POD_NAMESPACE: 'Shop', K8S_POD_NAME: 'web' }, good),
      cniResult({ K8S_POD_NAMESPACE: 'shop', K8S_POD_NAME: '\u009b2J' }, good),
    ];
    for (const [i, text] of texts.entries()) writeFileSync(join(folder, String(i)), text);
    const links = [device('eth0', 'aa', '10.0.0.1/8')];
    expect(look(root).namespace([], { boundName: 'x', links })).toBeUndefined();
    writeFileSync(join(folder, 'good'), cniResult({ K8S_POD_NAMESPACE: 'shop', K8S_POD_NAME: 'web' }, good));
    expect(look(root).namespace([], { boundName: 'x', links })?.called).toBe('pod:shop/web');
  });
});

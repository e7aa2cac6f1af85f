import { describe, expect, it } from 'vitest';
import { containerId } from '../../../src/host/containers/container-id.ts';

const ID = '3f2a91c04b7e00112233445566778899aabbccddeeff00112233445566778899';
const POD = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
/** Of a pod whose description is a file: the kubelet takes its hash. */
const HASH = '0123456789abcdef0123456789abcdef';

describe('containers by their control groups, as runtimes name them', () => {
  it.each<[groups: string, container: object]>([
    ['0::/user.slice/user-1000.slice/session-3.scope\n', {}],
    [`0::/system.slice/docker-${ID}.scope\n`, { runtime: 'docker', container: ID }],
    [`12:pids:/docker/${ID}\n0::/docker/${ID}\n`, { runtime: 'docker', container: ID }],
    [`0::/moby/${ID}\n`, { runtime: 'docker', container: ID }],
    [`0::/default/${ID}\n`, { runtime: 'containerd', container: ID }],
    [`0::/system.slice/nerdctl-${ID}.scope\n`, { runtime: 'nerdctl', container: ID }],
    [`0::/machine.slice/libpod-${ID}.scope/container\n`, { runtime: 'podman', container: ID }],
    [`0::/machine.slice/libpod-conmon-${ID}.scope\n`, {}],
    ['0::/lxc.payload.web1/system.slice\n', { runtime: 'lxc', container: 'web1' }],
    [
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD.replaceAll('-', '_')}.slice/cri-containerd-${ID}.scope\n`,
      { runtime: 'containerd', container: ID, podUid: POD },
    ],
    [`0::/kubepods/besteffort/pod${POD}/${ID}\n`, { runtime: 'containerd', container: ID, podUid: POD }],
    [`0::/kubepods/burstable/pod${HASH}/${ID}\n`, { runtime: 'containerd', container: ID, podUid: HASH }],
    [
      `0::/kubepods.slice/kubepods-pod${POD.replaceAll('-', '_')}.slice/crio-${ID}.scope\n`,
      { runtime: 'cri-o', container: ID, podUid: POD },
    ],
  ])('%j', (groups, container) => {
    expect(containerId(groups)).toEqual(container);
  });
});

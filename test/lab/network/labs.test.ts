/** Every network as a lab: real namespaces, real pings, what doctor says of it before one is sent, and nothing left behind. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { parseNamedInterface } from '../../../src/host/containers/named-interface.ts';
import { namedIdentity, namedNamespaces } from '../../../src/host/namespace.ts';
import { surveyNamespaces } from '../../../src/host/survey.ts';
import { runCommand } from '../../../src/lab/network/command.ts';
import { withShell } from '../../../src/lab/network/command-shell.ts';
import { bringDown } from '../../../src/lab/network/down.ts';
import { findLab, type Lab } from '../../../src/lab/network/labs.ts';
import { filesFolder } from '../../../src/lab/network/labs-folder.ts';
import { mend } from '../../../src/lab/network/mend.ts';
import { loadNetwork, namespaceName, networkNames } from '../../../src/lab/network/network.ts';
import { isAlive, networkNamespaceOf, processesIn } from '../../../src/lab/network/processes.ts';
import { pingWords } from '../../../src/lab/network/run.ts';
import { networkScript } from '../../../src/lab/network/script.ts';
import { labStatus } from '../../../src/lab/network/status.ts';
import { drawLab } from '../../../src/lab/network/status-drawing.ts';
import { tryExchanges } from '../../../src/lab/network/try-exchange.ts';
import { bringUp } from '../../../src/lab/network/up.ts';
import { createFieldsPrinter } from '../../../src/output/fields.ts';
import { FIELD_FORMS } from '../../../src/output/tshark-versions.ts';
import { problemLine, problemsOf } from '../../support/doctor.ts';
import { missingForLiveCapture, missingForNamespaces, skipNote } from '../../support/lab.ts';
import {
  kernelState,
  labName,
  type MakeableNetworks,
  machineSettings,
  makeableNetworks,
  tracesOf,
  watch,
  watchPing,
} from '../../support/networks.ts';
import { PATIENCE } from '../../support/patience.ts';
import { printCapture } from '../../support/printing.ts';
import { putTogether } from '../../support/together.ts';
import { hasTshark, PLAIN, TUNNELS, tsharkVersion } from '../../support/tshark.ts';

const missing = missingForLiveCapture() ?? missingForNamespaces('nft', 'sysctl');
const NOTHING: MakeableNetworks = { names: [], plain: [], missing: [], without: [] };
const { names, missing: kinds, without } = missing === undefined ? await makeableNetworks() : NOTHING;

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-labs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COUNT = 3;
/** One of each kind of step: held against what the script of --dry-run makes. */
const SCRIPTED = ['vxlan', 'ipip', 'broken-firewall', 'geneve-ovs'];

/** What says which tunnel it is, and what is inside. */
const FIELDS = [
  ...['ip.src', 'ip.dst', 'ip.proto', 'ipv6.src', 'ipv6.dst', 'udp.srcport', 'udp.dstport', 'vxlan.vni'],
  ...['geneve.vni', 'geneve.option.class', 'gre.proto', 'gre.key', 'erspan.spanid', 'icmp.type', 'icmp.seq'],
];
/** To tshark, packets without a header on OpenVPN's port are malformed control messages; it knows nothing of fastd. */
const NOT_TSHARKS = ['openvpn', 'broken-compression', 'fastd', 'broken-method'];

/** How the tunnel is drawn: whole only where what goes in at one end can come out at the other. */
const DRAWN: Readonly<Record<string, string>> = {
  vxlan: '╞══ vxlan 1 :8472 ═══╡',
  'vxlan-learning': '╞══ vxlan 42 :4789 ══╡',
  'broken-vni': '╞╌╌ vxlan 42 ≠ 43 ╌╌╌╡',
  'broken-remote': '╞╌╌╌ vxlan 1 → ? ╌╌╌╌╡',
  socat: '╞══════ socat ═══════╡',
  'three-hosts': '╞═══╗ vxlan 42 :4789\n',
  'broken-mesh': '╞╌╌╌┐ vxlan 42 :4789, h2 ↛ h3\n',
};

/** Nodes that are pods, in the Kubernetes namespace of the lab's name; the other nodes are nameless. */
const PODS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pods: { 'h1-ns1': 'web-0', 'h2-ns1': 'db-0' },
  'broken-pod-route': { 'h1-ns1': 'web-0', 'h2-ns1': 'db-0' },
};

const unknown = (...devices: readonly string[]) => devices.map((device) => `info program-device ${device}`);

/** What doctor says is wrong with those that don't do what they are about; the severity that it has. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  // The keys and addresses that a peer may have are known to WireGuard alone.
  'broken-allowed-ips': unknown('h1 wg0', 'h2 wg0'),
  'broken-crosssubnet': ['error way-back h2 ipip0', 'warning unused-tunnel h2 ipip0'],
  'broken-erspan-session': unknown('h1 br-phy', 'h2 br-phy'),
  'broken-far-end': ['error far-end h2'],
  'broken-firewall': ['error firewall h2'],
  // Routes give each packet its VNI and its other end: doctor does not follow these.
  'broken-identity': [],
  // In what is set up it differs in nothing from vxlan-learning: only large packets that must not be fragmented show it.
  'broken-inner-mtu': ['warning inner-mtu h1 vxlan0', 'warning inner-mtu h2 vxlan0'],
  'broken-compression': unknown('h1 tun0', 'h2 tun0'),
  'broken-mesh': ['error flood-missing h2 vxlan0'],
  'broken-method': unknown('h1 tun0', 'h2 tun0'),
  'broken-multicast': ['warning group-apart h1 vxlan0'],
  'broken-outer-mtu': ['error outer-mtu h1 vxlan0'],
  // Open vSwitch alone knows what it does with envelopes.
  'broken-ovn-datapath': unknown('h1 br-phy', 'h2 br-phy'),
  'broken-ovs-key': unknown('h1 br-phy', 'h2 br-phy'),
  'broken-ovs-mark': unknown('h1 br-phy', 'h2 br-phy'),
  'broken-ovs-type': unknown('h1 br-phy', 'h2 br-phy'),
  'broken-packet-information': ['error packet-information h2 tun0'],
  'broken-pod-route': ['error no-route h2-ns1', 'warning default-route h2-ns1 eth0'],
  // A policy may be meant: pings arrive, and nothing else.
  'broken-policy': ['warning firewall h2'],
  'broken-remote': ['error no-route rt', 'error remote-differs h1 flannel.1'],
  'broken-return-forwarding': ['error no-neighbor rt r1', 'error remote-differs h2 flannel.1'],
  'broken-return-route': ['error way-back h2 tun0', 'warning unused-tunnel h2 tun0'],
  'broken-router': ['error no-route rt'],
  'broken-vni': ['error vni-differs h2 vxlan0'],
  'broken-zero-checksum': ['error zero-checksum h2 vxlan0'],
  // Bare one way: it works, as long as all of them agree.
  'calico-crosssubnet': ['warning unused-tunnel h2 ipip0', 'warning way-back h2 ipip0'],
  'two-subnets': ['warning no-route rt', 'warning no-route rt'],
};
/** What it says of those still that were mended. */
const MENDED: Readonly<Record<string, readonly string[]>> = {
  // Replies still come bare; they are let in.
  'broken-crosssubnet': ['warning unused-tunnel h2 ipip0', 'warning way-back h2 ipip0'],
};
/** Of networks that arrive, too: packets of full size are fragmented or refused, or a program alone knows where its tunnel leads. */
const ALWAYS = /^(warning (inner|outer)-mtu|info program-device) /;

it('each network that does not arrive has a row of what doctor says', () => {
  const silent = networkNames().filter((name) => !loadNetwork(name).ping.arrives);
  expect(silent.filter((name) => WRONG[name] === undefined)).toEqual([]);
});

const left = without.length === 0 ? undefined : `not installed: ${without.join('; ')}`;

describe.skipIf(missing !== undefined)(`labs${skipNote(missing ?? left)}`, () => {
  const networks = names.map((name) => loadNetwork(name));
  const before = { traces: tracesOf(networks), settings: machineSettings() };
  afterAll(() => {
    expect({ traces: tracesOf(networks), settings: machineSettings() }).toEqual(before);
    // Another run's number may begin with this one's.
    const own = new RegExp(`^${labName('')}\\D`);
    expect(namedNamespaces().filter((name) => own.test(name))).toEqual([]);
  });

  it.runIf(kinds.length > 0)(
    `networks of kinds that this kernel lacks say so: ${kinds.join(', ')}`,
    async () => {
      for (const kind of kinds) {
        await expect(bringUp(loadNetwork(kind), { name: labName('k') })).rejects.toThrow(
          `network ${kind} needs ${kind} devices, which this kernel does not have`,
        );
        const script = spawnSync('bash', ['-s'], {
          input: networkScript(loadNetwork(kind), labName('k')),
          encoding: 'utf8',
        });
        expect(script).toMatchObject({ status: 2, stderr: `this kernel has no ${kind} devices\n` });
      }
    },
  );

  /** What was captured at each network's point. */
  const recorded = new Map<string, string>();

  describe.concurrent('each comes up, pings as it should, is mended, and goes', () => {
    it.each(names)('%s', async (networkName) => {
      const network = loadNetwork(networkName);
      const { ping, path, exchange } = network;
      const lab = await bringUp(network, { name: labName(`n${names.indexOf(networkName)}`) });
      const inodes = new Set(lab.namespaces.flatMap(({ inode }) => inode ?? []));
      let processes = lab.processes;
      let inside: number[] = [];
      try {
        const status = await labStatus(lab);
        expect(status.problems).toEqual([]);
        const wrong = () => problemsOf(lab.name).map((one) => problemLine(one, lab.name));
        const expected = WRONG[networkName] ?? [];
        expect(wrong().filter((line) => expected.includes(line) || !ALWAYS.test(line))).toEqual(expected);
        expect(drawLab(status, 80)?.join('\n')).toContain(DRAWN[networkName] ?? 'h2');
        if (PODS[networkName] !== undefined) comparePods(lab);
        if (SCRIPTED.includes(networkName)) await compareWithScript(lab);
        const at = (node: string, device: string) => [namespaceName(lab.name, node), device] as const;
        const finding = ping.at ?? { node: 'h1', device: 'eth0' };
        const points = [at(ping.from, 'eth0'), at(finding.node, finding.device)];
        const isThere = networkName !== 'two-hosts';
        const words = pingWords(lab, { count: COUNT, interval: 0.1, options: ping.options ?? [] });
        const watched = await watchPing(words, isThere ? points : points.slice(0, 1), folder);
        const { transmitted, received, verdicts, files } = watched;
        recorded.set(networkName, files.at(-1) as string);
        const [atSender, atPoint] = verdicts;
        expect(transmitted).toBe(COUNT);
        expect(received).toBe(ping.arrives ? COUNT : 0);
        // What ping may not send for its size, nobody sees.
        if (ping.options === undefined) expect(atSender?.requests).toBe(transmitted);
        expect(atSender?.answered).toBe(received);
        const codes = atPoint?.findings.map(({ code }) => code);
        if (ping.finding !== undefined) expect(codes).toContain(ping.finding);
        if (ping.arrives && isThere) {
          expect(atPoint?.verdict).toBe('pass');
          expect(codes).toEqual(ping.finding === undefined ? [] : [ping.finding]);
        }

        const tryExchange = async (arrives: boolean, code?: string) => {
          if (exchange === undefined) return;
          const { tcp: port } = exchange;
          const { result, verdicts: tried } = await watch(points, folder, async () => {
            await runCommand(words);
            return tryExchanges(lab, { tcp: port as number }, { count: 1 });
          });
          expect(result).toEqual({ tried: 1, answered: arrives ? 1 : 0 });
          expect(tried[1]?.findings.map((one) => one.code)).toEqual(
            code === undefined ? [] : expect.arrayContaining([code, 'only-ping-works']),
          );
          expect(tried[1]?.exchanges).toMatchObject([{ kind: 'tcp', answered: arrives ? 1 : 0 }]);
        };
        await tryExchange(exchange?.arrives === true, exchange?.finding);

        if (network.mend.length > 0) {
          await mend(lab);
          const rest = wrong();
          expect(rest.filter((line) => !ALWAYS.test(line))).toEqual(MENDED[networkName] ?? []);
          if (networkName === 'broken-inner-mtu') expect(rest).toEqual([]);
          await tryExchange(true);
          const mended = await watchPing(words, [at(ping.from, 'eth0')], folder);
          expect(mended).toMatchObject({ transmitted: COUNT, received: COUNT });
          expect(mended.verdicts[0]).toMatchObject({ verdict: 'pass', answered: COUNT });
          expect((await labStatus(findLab(lab.name))).problems).toEqual([]);
          processes = [...processes, ...findLab(lab.name).processes];
        }
        await withShell(async (run) => {
          for (const [node, { address }] of Object.entries(network.nodes)) {
            const { stdout } = await run(['ip', '-n', namespaceName(lab.name, node), '-j', 'addr']);
            const devices = JSON.parse(stdout) as { ifname: string; addr_info: { local: string }[] }[];
            const inPath = path.filter((point) => point.node === node).map(({ device }) => device);
            expect(devices.map(({ ifname }) => ifname)).toEqual(expect.arrayContaining(inPath));
            const addresses = devices.flatMap(({ addr_info: info }) => info.map(({ local }) => local));
            if (address !== undefined) expect(addresses).toContain(address);
          }
        });
        inside = processesIn(inodes);
        // Of each pod, its container's and the one beside it, which nobody started as a step's own.
        expect(inside.length).toBeGreaterThanOrEqual(2 * Object.keys(PODS[networkName] ?? {}).length);
      } finally {
        await bringDown(lab.name);
      }
      expect(inside.filter((pid) => inodes.has(networkNamespaceOf(pid) ?? 0))).toEqual([]);
      expect(namedNamespaces().filter((name) => name.startsWith(`${lab.name}-`))).toEqual([]);
      expect(processes.filter(isAlive)).toEqual([]);
      expect(existsSync(filesFolder(lab.name))).toBe(false);
      expect(() => findLab(lab.name)).toThrow(`there is no lab ${lab.name}`);
    });
  });

  it.skipIf(!hasTshark)('what was captured is read as tshark reads it', async () => {
    const captures = [...recorded].filter(([network]) => !NOT_TSHARKS.includes(network));
    expect(captures.length).toBeGreaterThan(0);
    const together = putTogether(captures.map(([, path]) => path));
    try {
      const printer = createFieldsPrinter(FIELDS, [], FIELD_FORMS[tsharkVersion]);
      const printed = (await printCapture(together.path, printer)).split('\n');
      const asked = [...PLAIN, ...TUNNELS, '-T', 'fields', ...FIELDS.flatMap((name) => ['-e', name])];
      for (const [network, path] of captures) {
        const ours = together.part(path, printed);
        expect({ network, lines: ours }).toEqual({
          network,
          lines: together.linesOf(['-r', path, ...asked]),
        });
      }
    } finally {
      together.remove();
    }
  });
});

/** Pods are found by their names, and so are their addresses. */
function comparePods({ name: lab, network }: Lab): void {
  const survey = surveyNamespaces();
  const called = survey.namespaces.flatMap(({ boundName, named }) =>
    boundName?.startsWith(`${lab}-`) && named !== undefined ? [[boundName, named.called] as const] : [],
  );
  const pods = Object.entries(PODS[network.name] ?? {});
  expect(new Map(called)).toEqual(
    new Map(pods.map(([node, pod]) => [namespaceName(lab, node), `pod:${lab}/${pod}`])),
  );
  for (const [node, pod] of pods) {
    const address = network.nodes[node]?.address as string;
    const { namespace, device } = parseNamedInterface(`pod:${lab}/${pod}`, () => survey);
    const { stdout } = spawnSync('nsenter', [`--net=${namespace?.path}`, 'ip', '-j', 'addr', 'show', device]);
    expect(JSON.parse(String(stdout))[0].addr_info[0].local, pod).toBe(address);
  }
}

/** Brings a second lab up by the script of --dry-run, and holds what the kernel has of both against each other. */
async function compareWithScript(lab: Lab): Promise<void> {
  const theirs = `${lab.name}s`;
  const file = join(folder, `${theirs}.sh`);
  writeFileSync(file, networkScript(lab.network, theirs));
  expect(await runCommand(['bash', file])).toMatchObject({ status: 0, stderr: '' });
  try {
    for (const node of Object.keys(lab.network.nodes)) {
      const pair = [lab.name, theirs].map((name) => namespaceName(name, node));
      const states = () => Promise.all(pair.map(kernelState));
      // A link's state is told a moment after it changed.
      let [one, two] = await states();
      for (const end = Date.now() + PATIENCE; !isDeepStrictEqual(one, two) && Date.now() < end; ) {
        [one, two] = await states();
      }
      expect(two, node).toEqual(one);
      const [ours, others] = pair.map((name) => processesIn(new Set([namedIdentity(name)?.inode ?? 0])));
      expect(others, node).toHaveLength(ours?.length ?? 0);
    }
  } finally {
    expect(await runCommand(['bash', file, 'down'])).toMatchObject({ status: 0, stderr: '' });
  }
  expect(namedNamespaces().filter((name) => name.startsWith(`${theirs}-`))).toEqual([]);
}

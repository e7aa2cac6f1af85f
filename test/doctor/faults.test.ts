/** One fault after the other, set in a real kernel: doctor names it, and the commands that it prints mend it. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemLine, problemsOf } from '../support/doctor.ts';
import { Lab, missingForNamespaces, skipNote } from '../support/lab.ts';
import { labName } from '../support/networks.ts';

type Command = readonly [node: string, command: string];

interface Row {
  readonly breaks: readonly Command[];
  /** As {@link problemLine} has it. */
  readonly named: string;
  /** What mends the rest, or what no printed command does. */
  readonly restore?: readonly Command[];
  /** No command mends it, or one with a word that somebody has to fill in. */
  readonly isAdvice?: true;
}

const H1_ROUTE: Command = ['h1', 'ip route replace 172.16.1.0/24 via 172.16.1.0 dev flannel.1 onlink'];
const H1_NEIGHBOR: Command = [
  'h1',
  'ip neigh replace 172.16.1.0 lladdr 0e:00:00:00:00:02 dev flannel.1 nud permanent',
];
const H1_FORWARDING: Command = ['h1', 'bridge fdb replace 0e:00:00:00:00:02 dev flannel.1 dst 10.2.0.10'];
const DEFAULT: Command = ['h1-ns1', 'ip route replace default via 172.16.0.1'];
const INPUT = 'type filter hook input priority 0';

const VXLAN: Readonly<Record<string, Row>> = {
  'the tunnel is down': {
    breaks: [['h1', 'ip link set flannel.1 down']],
    named: 'error device-down h1 flannel.1',
    restore: [H1_ROUTE, H1_NEIGHBOR],
  },
  'the underlay is down': {
    breaks: [['h1', 'ip link set eth0 down; ip addr flush dev eth0']],
    named: 'error local-address h1 flannel.1',
    restore: [
      ['h1', 'ip addr add 10.1.0.10/24 dev eth0; ip link set eth0 up; ip route add default via 10.1.0.1'],
    ],
    isAdvice: true,
  },
  'nothing is forwarded to anybody': {
    breaks: [['h1', 'bridge fdb del 0e:00:00:00:00:02 dev flannel.1 dst 10.2.0.10']],
    named: 'error no-entries h1 flannel.1',
    restore: [H1_FORWARDING],
    isAdvice: true,
  },
  'a neighbour has no forwarding entry': {
    breaks: [['h1', 'ip neigh add 172.16.9.0 lladdr 0e:00:00:00:00:09 dev flannel.1 nud permanent']],
    named: 'error forwarding-missing h1 flannel.1',
    restore: [['h1', 'ip neigh del 172.16.9.0 dev flannel.1']],
    isAdvice: true,
  },
  'a gateway has no neighbour entry': {
    breaks: [['h1', 'ip neigh del 172.16.1.0 dev flannel.1']],
    named: 'error neighbor-missing h1 flannel.1',
    restore: [H1_NEIGHBOR],
    isAdvice: true,
  },
  'the other end has another hardware address': {
    breaks: [['h1', 'ip link set flannel.1 address 0e:00:00:00:00:11']],
    named: 'error mac-differs h2 flannel.1',
    restore: [
      // The kernel forgets a device's neighbours with its hardware address.
      ['h1', 'ip link set flannel.1 address 0e:00:00:00:00:01'],
      H1_NEIGHBOR,
      ['h2', 'ip neigh replace 172.16.0.0 lladdr 0e:00:00:00:00:01 dev flannel.1 nud permanent'],
      ['h2', 'bridge fdb del 0e:00:00:00:00:11 dev flannel.1 dst 10.1.0.10'],
      ['h2', 'bridge fdb replace 0e:00:00:00:00:01 dev flannel.1 dst 10.1.0.10'],
    ],
  },
  'both ends have one hardware address': {
    breaks: [['h1', 'ip link set flannel.1 address 0e:00:00:00:00:02']],
    named: 'error mac-twice h1 flannel.1',
    restore: [['h1', 'ip link set flannel.1 address 0e:00:00:00:00:01'], H1_NEIGHBOR, H1_FORWARDING],
    isAdvice: true,
  },
  'it learns besides': {
    breaks: [['h1', 'ip link set flannel.1 type vxlan learning']],
    named: 'warning learning-static h1 flannel.1',
  },
  'two devices have one VNI': {
    breaks: [['h1', 'ip link add vx2 type vxlan id 1 dstport 8472 gbp']],
    named: 'error vni-twice h1 flannel.1',
    restore: [['h1', 'ip link del vx2 2>/dev/null || true']],
  },
  // The kernel lets nobody give the tunnel more than its device below has, and does not follow where that gets less.
  'the tunnel promises too much': {
    breaks: [['h1', 'ip link set eth0 mtu 1400']],
    named: 'warning outer-mtu h1 flannel.1',
    restore: [['h1', 'ip link set eth0 mtu 1500; ip link set flannel.1 mtu 1450']],
  },
  'the ends promise different sizes': {
    breaks: [['h1', 'ip link set flannel.1 mtu 1400']],
    named: 'warning mtu-differs h2 flannel.1',
    restore: [
      ['h1', 'ip link set flannel.1 mtu 1450'],
      ['h2', 'ip link set flannel.1 mtu 1450'],
    ],
  },
  'the host does not forward': {
    breaks: [['h2', 'sysctl -qw net.ipv4.ip_forward=0']],
    named: 'error ip-forward h2 flannel.1',
  },
  'nor what containers send': {
    breaks: [['h1', 'sysctl -qw net.ipv4.conf.br0.forwarding=0']],
    named: 'error ip-forward h1 br0',
  },
  'a router does not': {
    breaks: [['rt', 'sysctl -qw net.ipv4.ip_forward=0']],
    named: 'error ip-forward rt r1',
  },
  'a router throws it away': {
    breaks: [['rt', 'ip route add blackhole 10.2.0.10']],
    named: 'error no-route rt',
  },
  'a router has no route': {
    breaks: [['rt', 'ip addr del 10.2.0.1/24 dev r2']],
    named: 'error no-route rt',
    restore: [['rt', 'ip addr add 10.2.0.1/24 dev r2']],
    isAdvice: true,
  },
  'the gateway is nobody’s': {
    breaks: [['h1', 'ip route replace default via 10.1.0.77']],
    named: 'error no-neighbor h1 eth0',
    restore: [['h1', 'ip route replace default via 10.1.0.1']],
    isAdvice: true,
  },
  'the gateway did not answer': {
    breaks: [['h1', 'ip neigh replace 10.1.0.1 dev eth0 nud failed']],
    named: 'warning failed-neighbor h1 eth0',
  },
  'the other host has this one’s address': {
    breaks: [['h2', 'ip addr add 10.1.0.10/32 dev lo']],
    named: 'error accept-local h2 eth0',
    restore: [['h2', 'ip addr del 10.1.0.10/32 dev lo']],
    isAdvice: true,
  },
  'no route leads into the tunnel': {
    breaks: [['h2', 'ip route del 172.16.0.0/24']],
    named: 'warning unused-tunnel h2 flannel.1',
    restore: [['h2', 'ip route replace 172.16.0.0/24 via 172.16.0.0 dev flannel.1 onlink']],
    isAdvice: true,
  },
  'a rule drops envelopes': {
    breaks: [
      ['h2', 'nft add table inet lab'],
      ['h2', `nft add chain inet lab input '{ ${INPUT}; }'`],
      ['h2', 'nft add rule inet lab input ct state established accept'],
      ['h2', 'nft add rule inet lab input ip saddr 10.0.0.0/8 udp dport { 4789, 8472 } counter drop'],
    ],
    named: 'error firewall h2',
    restore: [['h2', 'nft delete table inet lab']],
  },
  'a policy drops them, and a chain that is jumped to does not save them': {
    breaks: [
      ['h2', 'nft add table ip lab'],
      ['h2', `nft add chain ip lab input '{ ${INPUT}; policy drop; }'`],
      ['h2', 'nft add chain ip lab some'],
      ['h2', 'nft add rule ip lab some udp dport 4789 accept'],
      ['h2', 'nft add rule ip lab input jump some'],
    ],
    named: 'error firewall h2',
    restore: [['h2', 'nft delete table ip lab']],
  },
  'a router drops them': {
    breaks: [
      ['rt', 'nft add table inet lab'],
      ['rt', `nft add chain inet lab forward '{ type filter hook forward priority 0; }'`],
      ['rt', 'nft add rule inet lab forward iifname "r1" meta l4proto udp reject'],
    ],
    named: 'error firewall rt',
    restore: [['rt', 'nft delete table inet lab']],
  },
  'whether a rule drops them can’t be told': {
    breaks: [
      ['h2', 'nft add table inet lab'],
      ['h2', `nft add chain inet lab input '{ ${INPUT}; }'`],
      ['h2', 'nft add rule inet lab input udp dport 8472 limit rate 5/second drop'],
    ],
    named: 'info firewall h2',
    restore: [['h2', 'nft delete table inet lab']],
    isAdvice: true,
  },
  'the container’s end is down': {
    breaks: [['h1-ns1', 'ip link set eth0 down']],
    named: 'error bridge-port h1-ns1 eth0',
    restore: [DEFAULT],
  },
  'the bridge’s port is down': {
    breaks: [['h1', 'ip link set veth1 down']],
    named: 'error bridge-port h1 veth1',
  },
  'the bridge is down': {
    breaks: [['h1', 'ip link set br0 down']],
    named: 'error bridge-port h1 br0',
  },
  'the container has no way out': {
    breaks: [['h1-ns1', 'ip route del default']],
    named: 'warning default-route h1-ns1 eth0',
  },
  'its gateway is nobody’s': {
    breaks: [['h1-ns1', 'ip route replace default via 172.16.0.77']],
    named: 'error default-route h1-ns1 eth0',
  },
  'two containers have one address': {
    breaks: [['h1-ns2', 'ip addr add 172.16.0.2/24 dev eth0']],
    named: 'error address-twice h1-ns2 eth0',
  },
  'two devices have one address': {
    breaks: [['h1', 'ip addr add 172.16.0.1/32 dev flannel.1']],
    named: 'warning address-twice h1 flannel.1',
  },
  'containers of both hosts have one address': {
    breaks: [['h2-ns2', 'ip addr flush dev eth0; ip addr add 172.16.0.3/24 dev eth0']],
    named: 'error address-twice h2-ns2 eth0',
    restore: [
      [
        'h2-ns2',
        'ip addr flush dev eth0; ip addr add 172.16.1.3/24 dev eth0; ip route add default via 172.16.1.1',
      ],
    ],
    isAdvice: true,
  },
  'another program has the port': {
    breaks: [
      ['h1', 'ip link set flannel.1 down'],
      ['h1', 'socat -u UDP-RECV:8472 /dev/null >/dev/null 2>&1 & until ss -uln | grep -q :8472; do :; done'],
    ],
    named: 'error port-taken h1 flannel.1',
    restore: [H1_ROUTE, H1_NEIGHBOR],
  },
};

const SOCAT: Readonly<Record<string, Row>> = {
  'the way back differs, and filtering is strict': {
    breaks: [
      ['h2', 'ip route del 172.16.0.0/24 dev tun0'],
      ['h2', 'sysctl -qw net.ipv4.conf.tun0.rp_filter=1'],
    ],
    named: 'error rp-filter h2 tun0',
    restore: [
      ['h2', 'sysctl -qw net.ipv4.conf.tun0.rp_filter=0'],
      ['h2', 'ip route flush 172.16.0.2; ip route replace 172.16.0.0/24 dev tun0'],
    ],
  },
  'answers go another way': {
    breaks: [['h2', 'ip route del 172.16.0.0/24 dev tun0']],
    named: 'error way-back h2 tun0',
  },
};

const THREE: Readonly<Record<string, Row>> = {
  'one host does not send frames for all to another': {
    breaks: [['h2', 'bridge fdb del 00:00:00:00:00:00 dev vxlan0 dst 10.3.0.10']],
    named: 'error flood-missing h2 vxlan0',
  },
};

const OVER_IPV6: Readonly<Record<string, Row>> = {
  'one end leaves out checksums': {
    breaks: [
      [
        'h1',
        'ip link del vxlan0; ip link add vxlan0 type vxlan id 42 local fd00:1::10 remote fd00:2::10 dstport 4789 udp6zerocsumtx dev eth0; ip addr add 172.31.0.1/24 dev vxlan0; ip link set vxlan0 up; ip route add 172.16.1.0/24 via 172.31.0.2',
      ],
    ],
    named: 'error zero-checksum h2 vxlan0',
  },
};

const missing = missingForNamespaces('socat', 'nft', 'bridge', 'sysctl', 'ss');

describe.skipIf(missing !== undefined).each([
  ['vxlan', VXLAN],
  ['socat', SOCAT],
  ['three-hosts', THREE],
  ['vxlan-ipv6', OVER_IPV6],
] as const)(`faults in the network %s${skipNote(missing)}`, (network, rows) => {
  const name = labName(`df${network.replaceAll('-', '').slice(0, 6)}`);
  const lab = new Lab(name);
  let healthy: readonly string[];

  const lines = () => problemsOf(name).map((one) => problemLine(one, name));
  const shell = (command: string, prefix: readonly string[] = []) => {
    const [program = '', ...args] = [...prefix, 'bash', '-c', command];
    const { status, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    expect({ command, status, stderr }).toMatchObject({ status: 0 });
  };
  const carryOut = (commands: readonly Command[]) => {
    for (const [node, command] of commands) shell(command, lab.on(node));
  };

  beforeAll(async () => {
    await lab.up(network);
    healthy = lines();
  });
  afterAll(() => lab.down());

  it.each(Object.entries(rows))('%s', (_, { breaks, named, restore = [], isAdvice }) => {
    expect(healthy).not.toContain(named);
    try {
      carryOut(breaks);
      const found = problemsOf(name).find((one) => problemLine(one, name) === named);
      expect(found === undefined ? lines() : [named]).toContain(named);
      const commands = found?.fix ?? [];
      if (isAdvice === true) {
        // What can't be carried out as it stands says so by a word in capitals.
        expect(commands.filter((command) => !/\b[A-Z]{3,}\b/.test(command))).toEqual([]);
      } else {
        expect(commands.length).toBeGreaterThan(0);
        for (const command of commands) shell(command);
        expect(lines()).not.toContain(named);
      }
    } finally {
      carryOut(restore);
    }
    expect(lines()).toEqual(healthy);
  });
});

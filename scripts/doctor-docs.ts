import { CHECKS } from '../src/doctor/checks.ts';
import { MOST_ENTRIES, MOST_WORDS } from '../src/host/facts/facts.ts';

/** docs/doctor.md, with the one table of checks. */
export function doctorDocs(): string {
  const rows = Object.entries(CHECKS).map(
    ([name, { about, lesson }]) => `| \`${name}\` | ${about} | \`${lesson}\` |`,
  );
  return `<!-- Made by npm run docs:doctor from src/doctor/checks.ts and scripts/doctor-docs.ts: edit those. -->
# Check this host's overlay

\`sudo tunnelscope doctor\` looks at tunnels, routes, neighbours, MTUs, packet filters and containers in every network namespace, and says what can't
work, why, and which command repairs it. It asks the kernel (netlink, ethtool's ioctl, /proc), sends nothing and changes nothing. Linux only; it needs koffi.

\`\`\`
$ sudo tunnelscope doctor 'socat-*'
error    far-end  socat-h2
         socat-h1 tun0 sends to 10.2.0.10, and in socat-h2 nothing takes UDP
         port 9000: what goes into tun0 arrives, and nobody opens the envelopes
         start the other end of socat in socat-h2
         lesson: tunnelscope lab lesson fault-1

warning  outer-mtu  socat-h1 tun0
         socat-h1 tun0 takes 1500 bytes, with the envelope 1532, and socat-h1
         eth0 lets 1500 through: envelopes of packets of full size are
         fragmented, which is slow, and firewalls drop fragments
         $ ip -n socat-h1 link set tun0 mtu 1468
         or, where that network is yours: ip -n socat-h1 link set eth0 mtu 1532
         lesson: tunnelscope lab lesson mtu

FAIL  1 error, 1 warning; ${Object.keys(CHECKS).length} checks of 1 tunnel and 4 containers in 7 network
      namespaces
\`\`\`

Arguments are names of namespaces to check, with \`*\` as a wildcard; default: all. \`-T json\` is for scripts, \`--junit FILE\` for
continuous integration (one test case per check). Exit code: 0 no error, 1 an error, 2 the check was not possible. An \`error\` keeps packets from arriving, a
\`warning\` may, \`info\` says what could not be judged. Commands are for bash; replace words in capitals.

## How it works

doctor simulates how the kernel would send packets from namespace to namespace: rules and routing tables, next hops, veth pairs
and bridges, forwarding, reverse path filtering, nftables' rules, tunnels and their other ends. It does so for the envelopes
of every tunnel to each of its other ends, and for pings of containers: into each tunnel that their host has routes to, and to containers on other hosts.
If all of them are on one machine, it also finds a blackhole on a router or a firewall at the other end. It stops at network cards that leave the machine, and
claims nothing about what comes after them.

Tunnels made by a program (socat and others with a tun or tap device) are recognised by the program's socket; if that is not connected,
by socat's command line. The program's first ${MOST_WORDS} arguments are in the JSON: check them before you share it.

## Several hosts

Many faults show only if you compare both ends: VNI, port, MTU, packet information, routes. Collect the facts on each host and judge them together, anywhere, without root:

\`\`\`sh
sudo tunnelscope doctor -T json > h1.json       # on each host
tunnelscope doctor --from h1.json --from h2.json
\`\`\`

The wire between the hosts is not checked: a packet to an address that exactly one other host has on that wire counts as arrived.

## The checks

| check | passes if | lesson |
|---|---|---|
${rows.join('\n')}

## JSON

One object: \`verdict\` (\`pass\`, \`fail\`), \`hosts\`, \`namespaces\`, \`tunnels\`, \`containers\` (numbers), \`unseen\`, \`checks\`, and for a single host \`facts\`, which \`--from\` reads.
Each of \`checks\` has \`name\`, \`about\`, \`lesson\`, \`problems\`; each of these \`severity\`, \`namespace\`, \`device\`, \`seen\`, \`wrong\`, \`fix\` (commands), \`advice\`, and \`concerns\`: whose packets it stops.

## Limits

- Without root, other network namespaces and nftables' rules are not visible. One line says what is missing.
- iptables' older tables (iptables-legacy), iptables extensions in nftables, dynamic sets, limits, marks: whether they drop packets is reported as unknown.
    Rules are read with \`nft -j\`, which is started only in namespaces that have some.
- Not checked: eBPF programs, traffic control, XFRM, IPVS; WireGuard's peers; devices with external metadata (Open vSwitch, Cilium).
- Of a route with several next hops only the first is checked; of a list only the first ${MOST_ENTRIES} entries.
- Checking for rules may make the kernel load its module nf_tables.
`;
}

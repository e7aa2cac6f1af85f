import { CHECKS } from '../src/doctor/checks.ts';
import { MOST_ENTRIES, MOST_WORDS } from '../src/host/facts/facts.ts';

/** docs/doctor.md, with the one table of checks. */
export function doctorDocs(): string {
  const rows = Object.entries(CHECKS).map(
    ([name, { about, lesson }]) => `| \`${name}\` | ${about} | \`${lesson}\` |`,
  );
  return `<!-- Made by npm run docs:doctor out of src/doctor/checks.ts and scripts/doctor-docs.ts: edit those. -->
# Is this host's overlay set up so that it can work?

\`sudo tunnelscope doctor\` looks at tunnels, routes, neighbours, MTUs, packet filters and containers in every network namespace, and says what can't
work, why, and which command mends it. It asks the kernel (netlink, ethtool's ioctl, /proc), sends nothing and changes nothing. Linux only; it needs koffi.

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

FAIL  1 error, 1 warning; 31 checks of 1 tunnel and 4 containers in 7 network
      namespaces
\`\`\`

Words behind \`doctor\` are names of namespaces, in which \`*\` stands for anything: only those are looked at. \`-T json\` is for scripts, \`--junit FILE\` for
continuous integration (a test case for each check). Exit code: 0 no error, 1 an error, 2 it could not look. An \`error\` keeps packets from arriving, a
\`warning\` may, \`info\` is what could not be judged. Commands are in bash's words; what stands in them in capitals is for you to fill in.

## How it finds out

Packets are followed in thought, from namespace to namespace, as the kernel would send them: rules and routing tables, next hops, pairs of virtual
Ethernet devices and bridges, forwarding, filtering by the way back, nftables' rules, tunnels and what is at their other end. Followed are the envelopes
of every tunnel to each of its other ends, and pings of containers: into each tunnel that their host has routes into, and to containers of other hosts.
So a router's blackhole or a firewall at the other end is named on one machine, where all of it is seen. At a card that leads out of the machine it ends, and nothing is
claimed of what is behind.

A tunnel by a program (socat and others with a tun or tap device) is understood by the socket that the program holds; where that is not connected,
by socat's own words. The program's first ${MOST_WORDS} words are in the JSON: look through them before you give it to somebody.

## Several hosts

Many faults only both ends show: VNI, port, MTU, packet information, routes. Ask each host, and judge what they said together, anywhere, without root:

\`\`\`sh
sudo tunnelscope doctor -T json > h1.json       # on each host
tunnelscope doctor --from h1.json --from h2.json
\`\`\`

The wire between them is not seen. What leaves one host for an address that exactly one other has on such a wire counts as arrived.

## The checks

| check | what is so if all is well | lesson |
|---|---|---|
${rows.join('\n')}

## JSON

One object: \`verdict\` (\`pass\`, \`fail\`), \`hosts\`, \`namespaces\`, \`tunnels\`, \`containers\` (numbers), \`unseen\`, \`checks\`, and of one host \`facts\`, which \`--from\` reads.
Each of \`checks\` has \`name\`, \`about\`, \`lesson\`, \`problems\`; each of these \`severity\`, \`namespace\`, \`device\`, \`seen\`, \`wrong\`, \`fix\` (commands), \`advice\`, and in
\`concerns\` whose packets it stops.

## What it does not see

- Without root: other network namespaces, and nftables' rules. What is missing is told in one line.
- iptables' older tables (iptables-legacy), extensions of iptables in nftables, sets that change, limits, marks: whether they drop is told as not known.
  Rules are read by \`nft -j\`, which is started only in namespaces that have some.
- eBPF programs, traffic control, XFRM, IPVS; WireGuard's peers; devices with external metadata (Open vSwitch, Cilium).
- Of a route with several ways, any but the first. Of a list longer than ${MOST_ENTRIES} entries, the rest.
- Asking whether there are rules may make the kernel load its module nf_tables.
`;
}

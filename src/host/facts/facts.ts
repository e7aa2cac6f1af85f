/**
 * What a host's network namespaces are set up to do, as the kernel tells it: for `doctor`, which judges it, here or elsewhere. All of it is
 * plain data, since a report takes it along, and what several hosts said is judged together. Names and command lines are as they are: any bytes.
 */
import * as z from 'zod';

const text = z.string();
const whole = z.number();

/** A socket that receives datagrams. */
const socket = z.object({
  /** `udp`, or `raw`, where the port is the IP protocol's number. */
  protocol: z.enum(['udp', 'raw']),
  /** undefined for all addresses. */
  local: text.optional(),
  port: whole,
  /** What it is connected to. */
  remote: text.optional(),
  remotePort: whole.optional(),
  inode: whole,
  /** Who holds it, where that was looked for: nobody, where it is the kernel's own. */
  holder: z.object({ pid: whole, process: text }).optional(),
});

/** A program that holds a tun or tap device. */
const program = z.object({
  pid: whole,
  process: text,
  command: z.array(text),
  sockets: z.array(socket),
});

const link = z.object({
  index: whole,
  name: text,
  isUp: z.boolean(),
  isRunning: z.boolean(),
  isLoopback: z.boolean(),
  mtu: whole,
  address: text.optional(),
  /** With prefix. */
  addresses: z.array(text),
  kind: text.optional(),
  details: z.record(text, z.union([text, whole, z.boolean()])),
  /** Index of the bridge that it is a port of. */
  master: whole.optional(),
  /** The other end of a pair, or the device below: inode of its namespace, and index there. */
  other: z.object({ namespace: whole, index: whole }).optional(),
  /** Inode of the namespace that a tunnel sends from, where that is another one; 0 where it was not seen. */
  sendsFrom: whole.optional(),
  settings: z.object({
    forwarding: z.boolean(),
    forwarding6: z.boolean(),
    rpFilter: whole,
    acceptLocal: z.boolean(),
    /** Reports of earlier versions don't have it. */
    proxyArp: z.boolean().default(false),
    portState: text.optional(),
  }),
  /** Of a tunnel's device, and of what may be below one; undefined where it can't be asked. */
  offload: z.object({ driver: text, on: z.array(text) }).optional(),
  programs: z.array(program),
});

const route = z.object({
  /** With prefix; `0.0.0.0/0` and `::/0` are the default ones. */
  to: text,
  table: whole,
  /** unicast, local, blackhole, unreachable, prohibit, throw, … */
  type: text,
  metric: whole,
  /** More than one where the route has several ways. */
  ways: z.array(z.object({ gateway: text.optional(), device: whole.optional(), onlink: z.boolean() })),
  source: text.optional(),
  mtu: whole.optional(),
});

/** A rule of policy routing. */
const rule = z.object({
  family: z.enum(['ip', 'ip6']),
  priority: whole,
  /** `table`, or what it does else: blackhole, unreachable, prohibit, goto, nop. */
  action: text,
  table: whole,
  from: text.optional(),
  to: text.optional(),
  iif: text.optional(),
  oif: text.optional(),
  isInverted: z.boolean(),
  /** Whether it is about packets with a mark: few have one. */
  isMarked: z.boolean(),
  /** Whether it looks at more than these: a user, ports, what a route is like. */
  hasMore: z.boolean(),
});

const neighbor = z.object({
  device: whole,
  address: text,
  linkAddress: text.optional(),
  /** permanent, noarp, reachable, stale, failed, … */
  state: text,
});

/** Of a forwarding database: which frames go where. */
const forwarding = z.object({
  device: whole,
  linkAddress: text,
  /** A VXLAN tunnel's other end. */
  remote: text.optional(),
  vni: whole.optional(),
  port: whole.optional(),
  /** Written by somebody, not learnt. */
  isStatic: z.boolean(),
});

const firewall = z.object({
  /** Whether rules can be told: there are none, they were read, or not. */
  state: z.enum(['none', 'read', 'unknown']),
  why: text.optional(),
  /** What `nft -j list ruleset` printed. */
  ruleset: z.array(z.record(text, z.unknown())).optional(),
});

const namespace = z.object({
  /** As for `-i`; undefined for the one in which the command ran. */
  name: text.optional(),
  inode: whole,
  /** Of a process in it, where it has no name under /var/run/netns. */
  pid: whole.optional(),
  owner: text.optional(),
  links: z.array(link),
  routes: z.array(route),
  rules: z.array(rule),
  neighbors: z.array(neighbor),
  forwarding: z.array(forwarding),
  sockets: z.array(socket),
  /** net.ipv4.conf.all, which counts for every device. */
  rpFilter: whole,
  acceptLocal: z.boolean(),
  proxyArp: z.boolean().default(false),
  firewall,
  /** Lists that are longer than what is kept. */
  cut: z.array(text),
});

/** What one host said. */
export const hostFacts = z.object({
  host: text,
  /** `6.1.0-13-amd64` */
  kernel: text,
  namespaces: z.array(namespace),
  /** What could not be seen, in words. */
  unseen: z.array(text),
});

export type HostFacts = z.infer<typeof hostFacts>;
export type NamespaceFacts = z.infer<typeof namespace>;
export type LinkFacts = z.infer<typeof link>;
export type RouteFacts = z.infer<typeof route>;
export type RuleFacts = z.infer<typeof rule>;
export type NeighborFacts = z.infer<typeof neighbor>;
export type ForwardingFacts = z.infer<typeof forwarding>;
export type SocketFacts = z.infer<typeof socket>;
export type ProgramFacts = z.infer<typeof program>;
export type FirewallFacts = z.infer<typeof firewall>;

/** Of a program's command line so many words are kept: some hold whole programs. */
export const MOST_WORDS = 64;
/** So many entries of a list are kept: a router of the internet has a million routes. */
export const MOST_ENTRIES = 20_000;

/** The packet filter of this thread's network namespace: whether it has rules at all, which the kernel tells, and which, which nft does. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { CaptureError } from '../../packet/source.ts';
import { NETLINK_NETFILTER, openNetlink } from '../netlink.ts';
import type { FirewallFacts } from './facts.ts';

/** NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE (linux/netfilter/nfnetlink.h, nf_tables.h). */
const GET_TABLE = (10 << 8) | 1;
/** nfgenmsg: family 8 bits, version 8, resource 16. */
const NFGENMSG = 4;
const NFT_PATIENCE = 10_000;
const MOST_BYTES = 64 << 20;

export function readFirewall(): FirewallFacts {
  const legacy = legacyTables();
  if (legacy !== '') return unknown(`iptables-legacy has tables (${legacy}), which are not read`);
  let tables: number;
  try {
    tables = countTables();
  } catch (error) {
    const { code } = ((error as CaptureError).cause ?? {}) as { code?: string };
    // A kernel without nf_tables has no rules either.
    if (code === 'EINVAL' || code === 'EOPNOTSUPP' || code === 'EPROTONOSUPPORT') return { state: 'none' };
    return unknown(code === 'EPERM' ? 'nftables tells its rules to root alone' : (error as Error).message);
  }
  return tables === 0 ? { state: 'none' } : askNft();
}

function unknown(why: string): FirewallFacts {
  return { state: 'unknown', why };
}

function countTables(): number {
  const socket = openNetlink(NETLINK_NETFILTER);
  try {
    return socket.dump(GET_TABLE, new Uint8Array(NFGENMSG)).length;
  } finally {
    socket.close();
  }
}

/** `filter,nat`; empty where the older filter of this namespace is not in use. */
function legacyTables(): string {
  return ['ip_tables_names', 'ip6_tables_names']
    .map((name) => {
      try {
        return readFileSync(`/proc/thread-self/net/${name}`, 'latin1').trim().replaceAll('\n', ',');
      } catch {
        return '';
      }
    })
    .filter((names) => names !== '')
    .join(',');
}

/** A process is started by the thread that asks for it, and so is in the same namespace. */
function askNft(): FirewallFacts {
  const { status, stdout, stderr, error } = spawnSync('nft', ['-j', 'list', 'ruleset'], {
    encoding: 'utf8',
    timeout: NFT_PATIENCE,
    maxBuffer: MOST_BYTES,
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
    return unknown('there are nftables rules, and nft, which reads them, is not installed');
  if (error !== undefined || status !== 0)
    return unknown(
      `nft failed: ${error?.message ?? (stderr.trim().split('\n')[0] || `exit code ${status}`)}`,
    );
  try {
    return {
      state: 'read',
      ruleset: (JSON.parse(stdout) as { nftables: Record<string, unknown>[] }).nftables,
    };
  } catch {
    return unknown('the output of nft -j is not JSON');
  }
}

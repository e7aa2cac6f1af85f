import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { listInterfaces } from '../../src/host/interfaces.ts';
import { isInstalled } from '../capture/oracles.ts';

interface Link {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local: string }[];
}

const canAsk = process.platform === 'linux' && isInstalled('ip');
describe.skipIf(!canAsk)(
  `interfaces beside ip${canAsk ? '' : ' (SKIPPED: needs Linux and iproute2)'}`,
  () => {
    // Other tests' interfaces come and go on this machine: the loopback's line is there for good.
    const links = canAsk ? (JSON.parse(execFileSync('ip', ['-j', 'addr']).toString()) as Link[]) : [];
    const loopback = links.find((link) => link.flags.includes('LOOPBACK'));

    test('the loopback, with its addresses', () => {
      expect(listInterfaces().find((entry) => entry.loopback)).toEqual({
        name: loopback?.ifname,
        up: loopback?.flags.includes('UP'),
        loopback: true,
        addresses: loopback?.flags.includes('UP') ? loopback.addr_info.map((one) => one.local) : [],
      });
    });

    test('what is up comes first, "any" last', () => {
      const entries = listInterfaces();
      expect(entries.at(-1)).toEqual({ name: 'any', up: true, loopback: false, addresses: [] });
      const ranks = entries.slice(0, -1).map((entry) => (entry.up ? 0 : 2) + (entry.loopback ? 1 : 0));
      expect(ranks).toEqual([...ranks].sort());
      expect(entries.length).toBeGreaterThan(1);
    });
  },
);

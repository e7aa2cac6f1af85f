/** doctor on every network of the lab, before a packet is sent: healthy ones have no error, broken ones are named, mended ones are silent. */
import { afterEach, describe, expect, it } from 'vitest';
import { bringDown } from '../../src/lab/network/down.ts';
import { findLab } from '../../src/lab/network/labs.ts';
import { mend } from '../../src/lab/network/mend.ts';
import { loadNetwork, networkNames } from '../../src/lab/network/network.ts';
import { bringUp } from '../../src/lab/network/up.ts';
import { problemLine, problemsOf } from '../support/doctor.ts';
import { missingForNamespaces, skipNote } from '../support/lab.ts';
import { labName, makeableNetworks } from '../support/networks.ts';

/** What is wrong with those that don't do what they are about; the severity that it has. */
const BROKEN: Readonly<Record<string, readonly string[]>> = {
  'broken-far-end': ['error far-end h2'],
  'broken-firewall': ['error firewall h2'],
  // In what is set up it differs in nothing from vxlan-learning: only large packets that must not be fragmented show it.
  'broken-inner-mtu': ['warning inner-mtu h1 vxlan0', 'warning inner-mtu h2 vxlan0'],
  'broken-outer-mtu': ['error outer-mtu h1 vxlan0'],
  'broken-packet-information': ['error packet-information h2 tun0'],
  // A policy may be meant: pings arrive, and nothing else.
  'broken-policy': ['warning firewall h2'],
  'broken-remote': ['error no-route rt', 'error remote-differs h1 flannel.1'],
  'broken-return-route': ['error way-back h2 tun0', 'warning unused-tunnel h2 tun0'],
  'broken-router': ['error no-route rt'],
  'broken-vni': ['error vni-differs h2 vxlan0'],
  'two-subnets': ['warning no-route rt', 'warning no-route rt'],
};
/** Networks that arrive, though packets of full size are fragmented or refused on their way. */
const ALWAYS = /^warning (inner|outer)-mtu /;

const missing = missingForNamespaces('socat', 'nft', 'sysctl');
const { names, missing: kinds } = await makeableNetworks().catch(() => ({ names: [], missing: ['?'] }));
const LAB = labName('dn');

it('has a row for each network that does not arrive', () => {
  const silent = networkNames().filter((name) => !loadNetwork(name).ping.arrives);
  expect(silent.filter((name) => BROKEN[name] === undefined)).toEqual([]);
});

describe.skipIf(missing !== undefined)(
  `doctor on the lab's networks${skipNote(missing)}${skipNote(kinds.length === 0 ? undefined : `no devices of kind ${kinds.join(', ')}`)}`,
  () => {
    afterEach(async () => {
      await bringDown(LAB).catch(() => undefined);
    });

    const lines = () => problemsOf(LAB).map((one) => problemLine(one, LAB));
    const unusual = () => lines().filter((line) => !ALWAYS.test(line));

    it.each(names)('%s', async (name) => {
      const network = loadNetwork(name);
      await bringUp(network, { name: LAB });
      const expected = BROKEN[name];
      if (expected === undefined) {
        expect(unusual()).toEqual([]);
        return;
      }
      const named = lines();
      expect(named.filter((line) => expected.includes(line) || !ALWAYS.test(line))).toEqual(expected);
      await mend(findLab(LAB));
      const rest = lines();
      expect(rest.filter((line) => expected.includes(line) && !line.includes('inner-mtu'))).toEqual([]);
      expect(unusual()).toEqual([]);
      if (name === 'broken-inner-mtu') expect(rest).toEqual([]);
    });
  },
);

/** Layers, fields and counts, on real captures; what they hold was read with tshark. */
import { describe, expect, it } from 'vitest';
import {
  createFieldCheck,
  type JudgingObserver,
  matchesLayers,
  observeCount,
  observePacket,
} from '../../src/verdict/packet-expectation.ts';
import { visitPackets } from '../support/filtering.ts';

async function demandsOf(observer: JudgingObserver, name = 'vxlan') {
  await visitPackets(`fixtures/${name}.pcap`, (record) => observer.packet(record));
  return observer.demands();
}

const layers = ['eth', 'ip', 'udp', 'vxlan', 'eth', 'ip', 'icmp', 'data'];

describe('layers in order', () => {
  it.each<[wanted: string, met: boolean]>([
    ['eth ip udp vxlan eth ip icmp data', true],
    ['eth ip udp vxlan eth ip icmp', false],
    ['ip udp vxlan eth ip icmp data', false],
    ['...', true],
    ['eth ...', true],
    ['... data', true],
    ['... vxlan ... icmp ...', true],
    ['... vxlan ... vxlan ...', false],
    ['... ip ... ip ...', true],
    ['... ip ... ip ... ip ...', false],
    ['eth ip ... eth ip udp ...', false],
  ])('%s: %s', (wanted, met) => expect(matchesLayers(wanted.split(' '), layers)).toBe(met));

  it('in linear time, also against a list made to take long', () => {
    const wanted = Array.from({ length: 400 }, () => ['...', 'ip']).flat();
    const there = Array.from({ length: 399 }, () => 'ip');
    expect(matchesLayers(wanted, there)).toBe(false);
  });
});

describe('a packet', () => {
  it('by its number, and by a filter: the first that matches', async () => {
    const fields = [createFieldCheck('ip.src#2', '172.16.1.2')];
    for (const packet of [2, 'icmp.type == 0']) {
      expect(await demandsOf(observePacket({ packet, layers, fields }))).toEqual([
        {
          met: true,
          expected: `the layers ${layers.join(' / ')} in packet 2`,
          received: layers.join(' / '),
          packets: [2],
        },
        {
          met: true,
          expected: 'ip.src#2 == 172.16.1.2',
          received: 'ip.src 10.2.0.10,172.16.1.2',
          packets: [2],
        },
      ]);
    }
  });

  it.each([99, 'tcp'])('%j that is not there is not met', async (packet) => {
    const [demand] = await demandsOf(observePacket({ packet, layers: ['...'] }));
    expect(demand).toMatchObject({ met: false, received: 'none in 8 packets' });
  });
});

describe('values of fields in packet 1', () => {
  it.each<[name: string, value: string | number | boolean, met: boolean, received: string]>([
    ['vxlan.vni', 42, true, 'vxlan.vni 42'],
    ['vxlan.vni', 43, false, 'vxlan.vni 42'],
    ['ip.src', '172.16.0.2', true, 'ip.src 10.1.0.10,172.16.0.2'],
    ['outer.ip.src', '172.16.0.2', false, 'ip.src 10.1.0.10,172.16.0.2'],
    ['inner.ip.dst', '172.16.1.2', true, 'ip.dst 10.2.0.10,172.16.1.2'],
    ['ip.dst#1', '10.2.0.10', true, 'ip.dst 10.2.0.10,172.16.1.2'],
    ['icmp.type', '8', true, 'icmp.type 8'],
    ['ip.ttl', 0x40, true, 'ip.ttl 64,63'],
    ['tcp.srcport', 80, false, 'tcp.srcport absent'],
    ['tunnel', 'vxlan', true, 'this value'],
  ])('%s == %s: %s', async (name, value, met, received) => {
    const demands = await demandsOf(observePacket({ packet: 1, fields: [createFieldCheck(name, value)] }));
    expect(demands).toMatchObject([{ met, received }]);
  });

  it.each<[name: string, value: string, message: RegExp]>([
    ['ip.scr', '1.2.3.4', /"ip.scr".*did you mean ip.src/],
    ['ip.src', 'nobody', /"nobody".*expected an IPv4 address/],
    ['ip.src', '1.2.3.4 || true', /expected an IPv4 address/],
    ['ip.src == 1.2.3.4 || ip.dst', '1.2.3.4', /is not the name of a field/],
  ])('%s == %s is refused', (name, value, message) => {
    expect(() => createFieldCheck(name, value)).toThrow(message);
  });
});

describe('counts', () => {
  it.each<[text: string, met: boolean, received: string]>([
    ['count(icmp.type == 8) == 4', true, '4'],
    ['count(icmp.type == 8) != 4', false, '4'],
    ['count(vxlan) > 8', false, '8'],
    ['count(vxlan) >= 8', true, '8'],
    ['count(vxlan) < 9', true, '8'],
    ['count(vxlan) <= 7', false, '8'],
    ['count(tcp) == 0', true, '0'],
    ['count(count(ip) == 2) == 8', true, '8'],
    ['count() == 8', true, '8'],
  ])('%s: %s', async (text, met, received) => {
    expect(await demandsOf(observeCount(text))).toMatchObject([{ met, received }]);
  });

  it.each(['count(icmp)', 'count icmp == 4', 'count(icmp) == x', 'count(icmp) = 4', '', 'count(nope) == 1'])(
    '%j is refused',
    (text) => expect(() => observeCount(text)).toThrow(RangeError),
  );
});

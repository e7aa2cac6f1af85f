// Fails unless every packet of a capture is a ping in VXLAN.  usage: node assert-layers.js FILE
import assert from 'node:assert/strict';
import { type DecodedPacket, decode, openCapture } from 'tunnelscope';

const LAYERS = ['eth', 'ip', 'udp', 'vxlan', 'eth', 'ip', 'icmp', 'data'];

let count = 0;
for await (const packet of openCapture(process.argv[2] ?? 'ping.pcap')) {
  const { layers, issues }: DecodedPacket = decode(packet);
  assert.deepEqual(
    layers.map(({ protocol }) => protocol),
    LAYERS,
  );
  assert.equal(layers[3]?.fields.vni, 42);
  assert.deepEqual(issues, []);
  count++;
}
console.log(`${count} packets as expected`);

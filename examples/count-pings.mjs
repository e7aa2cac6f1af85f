// Counts a capture's tunneled pings by tunnel.  usage: node count-pings.mjs FILE
import { openCaptureFile, verifyCapture } from 'tunnelscope';

const { requests, answered, paths } = await verifyCapture(
  await openCaptureFile(process.argv[2] ?? 'ping.pcap'),
);
for (const { tunnels, inner, requests: sent, answered: back } of paths) {
  const way = tunnels.map(({ kind, vni }) => (vni === undefined ? kind : `${kind} ${vni}`)).join(' in ');
  console.log(`${inner.src} > ${inner.dst} ${way || 'no tunnel'}: ${back} of ${sent}`);
}
console.log(`${answered} of ${requests} answered`);

// Checks that pings in a stream went through VXLAN 42; exit code 0 or 1.  usage: node expect-pings.mjs COMMAND…
// example: node expect-pings.mjs ssh node1 tcpdump -U -c 100 -w - udp port 8472
import { spawn } from 'node:child_process';
import { expectNoFindings, expectPings, openCaptureStream, verifyCapture } from 'tunnelscope';

const [command, ...args] = process.argv.slice(2);
const { stdout } = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
const { verdict, expectations } = await verifyCapture(await openCaptureStream(stdout, command), {
  expectations: [
    expectPings('all through VXLAN 42', { tunnel: 'vxlan', vni: 42, maxRtt: 1000 }),
    expectNoFindings('nothing odd', 'warning'),
  ],
});
for (const { name, met, message } of expectations)
  console.log(met ? `met: ${name}` : `unmet: ${name}: ${message}`);
process.exitCode = verdict === 'pass' ? 0 : 1;

// Prints echo requests and replies as they arrive, up to COUNT packets; needs root.  usage: node live-pings.mjs INTERFACE COUNT
import { decode, fieldValues, openLive, packets } from 'tunnelscope';

const [name, count] = process.argv.slice(2);
const source = await openLive({ interfaces: [name] });
console.error('capturing');
let left = Number(count);
for await (const packet of packets(source)) {
  const decoded = decode(packet);
  const [type] = fieldValues(decoded, 'icmp.type');
  if (type !== 8 && type !== 0) continue;
  const addresses = [fieldValues(decoded, 'ip.src').at(-1), fieldValues(decoded, 'ip.dst').at(-1)];
  console.log(
    `${addresses.join(' > ')} ${type === 8 ? 'request' : 'reply'} ${fieldValues(decoded, 'icmp.seq')}`,
  );
  if (--left === 0) break;
}

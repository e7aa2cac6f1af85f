// Counts layers in millions of packets: batches, one decoder, no allocation per packet.
// usage: node count-layers.mjs FILE|- [FILTER]     -: standard input;  FILTER: in libpcap's language
import { batches, createDecoder, filtered, LayerStack, openCaptureFile } from 'tunnelscope';

const [file = '-', filter = ''] = process.argv.slice(2);
const opened = await openCaptureFile(file);
const source = filter === '' ? opened : filtered(opened, filter);
const { decode } = createDecoder();
const stack = new LayerStack();
const counts = new Map();
for await (const { view, count, start, capturedLength, originalLength, interfaceIndex } of batches(source)) {
  for (let i = 0; i < count; i++) {
    const { linkType } = source.interfaces[interfaceIndex[i]];
    decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
    for (let layer = 0; layer < stack.count; layer++) {
      const { name } = stack.describe(layer);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
}
for (const [name, count] of counts) console.log(`${name} ${count}`);

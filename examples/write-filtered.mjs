// Writes the packets that match a display filter to a file.  usage: node write-filtered.mjs FILE EXPRESSION OUTPUT
import { createPacketFilter, openCaptureFile, writeCapture } from 'tunnelscope';

const [file, expression, output] = process.argv.slice(2);
const where = createPacketFilter(expression);
const written = await writeCapture(await openCaptureFile(file), output, { where });
console.log(`${written} packets written`);

// Lists the interfaces that pings passed, in order.  usage: node trace-path.mjs FILE
import { openCaptureFile, tracePath } from 'tunnelscope';

const { pings, answered, points } = await tracePath(await openCaptureFile(process.argv[2]));
console.log(`${answered} of ${pings} answered, by way of ${points.map(({ name }) => name).join(', ')}`);

/** Where the lab's data is: beside src/ in the sources, beside dist/ in the package, unpacked out of a single executable. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSingleExecutable, unpackData } from '../../host/single-executable.ts';
import { LabError } from './lab-error.ts';

/** @param name of a folder: `networks` */
export function dataFolder(name: string): string {
  if (isSingleExecutable()) return join(unpackData(), 'lab', name);
  // A bundle's chunks lie deeper than its entries: the package's own folder is the first upwards that has it.
  for (let here = import.meta.dirname; here !== dirname(here); here = dirname(here)) {
    const folder = join(here, 'lab', name);
    if (existsSync(folder) && existsSync(join(here, 'package.json'))) return folder;
  }
  throw new LabError(`the package's folder lab/${name} is missing; reinstall tunnelscope`);
}

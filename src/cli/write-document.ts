/** Pages, pictures and reports: whole files. */
import { openOutputFile } from '../capture/write/output-file.ts';
import { writeText } from './standard-output.ts';

/** Writes a file that appears under its name when it is whole. @param path `-` for standard output */
export function writeDocument(path: string, text: string): void {
  if (path === '-') {
    writeText(text);
    return;
  }
  const file = openOutputFile(path, false);
  file.write(Buffer.from(text));
  file.finish();
}

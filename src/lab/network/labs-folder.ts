/** Where labs keep what is on disk of them. */
import { join } from 'node:path';

/** Labs of one folder know nothing of those of another. */
export const LABS_FOLDER = process.env.TUNNELSCOPE_LABS ?? '/run/tunnelscope/labs';

/** For what a lab's processes print. */
export function logFolder(lab: string): string {
  return join(LABS_FOLDER, `${lab}.logs`);
}

/** For what a lab's programs keep: databases, sockets, keys. In networks' files it is `{files}`. */
export function filesFolder(lab: string): string {
  return join(LABS_FOLDER, `${lab}.files`);
}

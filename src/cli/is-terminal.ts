import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';

/** /dev/null of Linux: a character device, like a terminal. */
const NULL_DEVICE = 0x103;

/** As `isatty`, which Node has in a module that takes longer to load than a small capture to read: it is asked where it may say yes. */
export function isTerminal(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    if (!status.isCharacterDevice() || status.rdev === NULL_DEVICE) return false;
  } catch {
    return false;
  }
  return isatty(descriptor);
}

import type { Issue } from '../decode/layer-stack.ts';
import type { ByteWriter } from './byte-writer.ts';

/** Writes an issue in words: `malformed: IPv4 version is not 4`, `truncated: IPv4 header: 20 bytes needed, 11 there`. */
export function writeIssue(out: ByteWriter, issue: Issue): void {
  out.text(issue.code);
  out.text(': ');
  out.text(issue.message);
  if (issue.needed === 0) return;
  out.text(': ');
  out.uint(issue.needed);
  out.text(' bytes needed, ');
  out.uint(issue.available);
  out.text(' there');
}

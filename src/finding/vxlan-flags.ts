/** VXLAN headers that receivers drop: without the I flag, or with flags that the device was not created for. */
import { Tally } from '../exchange/tally.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** RFC 7348, section 5: the I flag alone. */
const PLAIN_VXLAN = 0x0800;
/** The G bit of draft-smith-vxlan-group-policy. */
const GROUP_POLICY = 0x8000;

export function vxlanFlags({ watch, summary, tunnels }: Evidence): Finding[] {
  const found: Finding[] = [];
  const { vxlanFlags: invalid } = watch;
  if (invalid.count > 0) {
    found.push(
      finding(
        'vxlan-flags',
        `${counted(invalid.count, 'VXLAN header lacks', 'VXLAN headers lack')} the I flag, so receivers drop the packets, and pings inside are not counted: the first byte must be 0x08 (RFC 7348); fix the sender`,
        invalid.packets,
      ),
    );
  }
  const unanswered = new Map<number, Tally>();
  for (const { tunnels: id, counts } of summary.table.paths) {
    const flags = tunnels.firstVxlanFlags(id);
    if (flags < 0 || flags === PLAIN_VXLAN || counts.answered > 0) continue;
    const tally = unanswered.get(flags) ?? new Tally();
    unanswered.set(flags, tally);
    tally.merge(counts.unanswered);
  }
  for (const [flags, { count, packets }] of unanswered) {
    const hex = `0x${flags.toString(16).padStart(4, '0')}`;
    const what = (flags & GROUP_POLICY) !== 0 ? `${hex}, including a group policy` : hex;
    found.push(
      finding(
        'vxlan-flags',
        `${counted(count, 'unanswered request has', 'unanswered requests have')} VXLAN flags besides I (${what}), which Linux drops unless the device was created for them: use the same extensions on both ends (gbp on both, or on neither)`,
        packets,
        'warning',
      ),
    );
  }
  return found;
}

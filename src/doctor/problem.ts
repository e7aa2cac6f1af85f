/** What is wrong with a host's overlay, and what to do. */
import type { CheckName } from './checks.ts';
import type { Device, Namespace } from './model.ts';

/** An `error` keeps packets from arriving, a `warning` may, `info` is what could not be looked at. */
export type Severity = 'error' | 'warning' | 'info';

export interface Problem {
  readonly check: CheckName;
  readonly severity: Severity;
  /** Where it is to be mended: a namespace's title, and a device there. */
  readonly namespace: string;
  readonly device?: string;
  /** The fact. */
  readonly seen: string;
  /** What comes of it. */
  readonly wrong: string;
  /** Whose packets it stops, where that is somebody else's: `h1 vxlan0 → 10.2.0.10`. */
  readonly concerns?: readonly string[];
  /** Commands that mend it, one after the other; WORDS in capitals are to be replaced. */
  readonly fix: readonly string[];
  /** What to do where no command does it, or what else would. */
  readonly advice?: string;
}

/** @param where a device, or a namespace as a whole */
export function problem(
  check: CheckName,
  severity: Severity,
  where: Device | Namespace,
  words: Pick<Problem, 'seen' | 'wrong' | 'fix' | 'advice'>,
): Problem {
  const place =
    'facts' in where ? { namespace: where.title } : { namespace: where.namespace.title, device: where.name };
  return { check, severity, ...place, ...words };
}

/** `--why`: the kernel heard beside a live capture. */
import type { OpenWitness } from '../host/drops/witness.ts';
import type { KernelWitness } from '../packet/kernel-drop.ts';
import { CaptureError } from '../packet/source.ts';
import { escapeControls } from '../text/printable.ts';
import { UsageError } from './errors.ts';
import type { InputOptions } from './input-options.ts';
import type { Beside } from './open-source.ts';

export interface Hearing {
  /** To be opened while there is root; undefined where nobody asks why. */
  readonly beside: Beside | undefined;
  /** What the kernel told so far. */
  now(): KernelWitness | undefined;
  /** What it told, at the end; to be called however that comes. */
  end(): Promise<KernelWitness | undefined>;
}

/** The kernel that could be asked is another machine's, or nobody asks. */
export const NOBODY_ASKS: Hearing = { beside: undefined, now: () => undefined, end: async () => undefined };

/**
 * Runs what captures live with the kernel heard beside it, where that is asked for. Where the kernel can't be asked, one line on standard
 * error says so, and all else goes on.
 */
export async function hearKernel<T>(
  { why, interface: interfaces = [] }: InputOptions,
  run: (hearing: Hearing) => Promise<T>,
  keepsFirst = true,
): Promise<T> {
  if (why !== true || interfaces.length === 0) return run(NOBODY_ASKS);
  const { parseRemotePoint } = await import('../capture/remote/point-name.ts');
  const here = interfaces.filter((name) => parseRemotePoint(name) === undefined);
  if (here.length === 0) {
    throw new UsageError('--why asks the kernel of this machine, and all points are elsewhere; run it there');
  }
  const { openWitness } = await import('../host/drops/witness.ts');
  let witness: OpenWitness | undefined;
  const end = async () => witness?.finish();
  try {
    return await run({
      beside() {
        try {
          witness = openWitness(here, keepsFirst);
          const { noReasons } = witness.now();
          if (noReasons !== undefined) tell(`${noReasons}; the kernel's counters are still compared`);
        } catch (error) {
          // A namespace that is not there: opening the interface says so better.
          if (!(error instanceof CaptureError)) throw error;
          tell(error.message);
        }
      },
      now: () => witness?.now(),
      end,
    });
  } finally {
    await end();
  }
}

function tell(why: string): void {
  console.error(`tunnelscope: --why: no reasons from the kernel: ${escapeControls(why)}`);
}

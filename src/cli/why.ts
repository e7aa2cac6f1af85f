/** `--why`: the kernel heard beside a live capture. */
import type { OpenWitness } from '../host/drops/witness.ts';
import type { KernelWitness } from '../packet/kernel-drop.ts';
import { CaptureError } from '../packet/source.ts';
import { escapeControls } from '../text/printable.ts';
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

/** Says in one line on standard error where the kernel can't be asked; all else goes on. */
export async function hearKernel({ why, interface: interfaces = [] }: InputOptions): Promise<Hearing> {
  if (why !== true || interfaces.length === 0) {
    return { beside: undefined, now: () => undefined, end: async () => undefined };
  }
  const { openWitness } = await import('../host/drops/witness.ts');
  let witness: OpenWitness | undefined;
  return {
    beside() {
      try {
        witness = openWitness(interfaces);
        const { noReasons } = witness.now();
        if (noReasons !== undefined) tell(`${noReasons}; the kernel's counters are compared all the same`);
      } catch (error) {
        // A namespace that is not there: opening the interface says so better.
        if (!(error instanceof CaptureError)) throw error;
        tell(error.message);
      }
    },
    now: () => witness?.now(),
    end: async () => witness?.finish(),
  };
}

function tell(why: string): void {
  console.error(`tunnelscope: --why: the kernel's reasons can't be had: ${escapeControls(why)}`);
}

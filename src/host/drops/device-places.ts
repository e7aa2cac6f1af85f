/**
 * In which namespace a device is that an event names by its name alone. Names repeat across namespaces; what is told of a packet's way
 * narrows them down: a packet that is received stays in its namespace until it is sent, and what one end of a pair sends, the other end receives.
 */
import type { DevicePlace } from '../../packet/kernel-drop.ts';
import type { Survey } from '../survey.ts';

/** A step as far as it matters here. */
interface Step {
  readonly device: string;
  readonly isSent: boolean;
}

interface Known {
  readonly step: number;
  readonly namespace: string;
}

export interface DevicePlaces {
  /** The namespace of each step's device; undefined where it can't be told. */
  namespacesOf(steps: readonly Step[], known?: Known): (string | undefined)[];
  /** Whether a packet can have gone this way where one step is in this namespace. */
  isPossible(steps: readonly Step[], known: Known): boolean;
  /** A device by its namespace and number. */
  byIndex(namespace: string, index: number): DevicePlace | undefined;
}

/** @param survey of the namespaces that can be seen */
export function createDevicePlaces(survey: Survey): DevicePlaces {
  /** Per device's name, the namespaces that have one, with what is at its other end. */
  const devices = new Map<string, Map<string, DevicePlace | undefined>>();
  const indexes = new Map<string, DevicePlace>();
  for (const { name = '', interfaces } of survey.namespaces) {
    for (const { link, peer } of interfaces) {
      const same = devices.get(link.name) ?? new Map<string, DevicePlace | undefined>();
      same.set(name, peer === undefined ? undefined : placeOf(peer, name));
      devices.set(link.name, same);
      indexes.set(`${link.index} ${name}`, { device: link.name, namespace: name });
    }
  }

  /** Without a namespace it is in the same one, or in this process's own. */
  function placeOf(peer: string, here: string): DevicePlace {
    const colon = peer.lastIndexOf(':');
    if (colon >= 0) return { device: peer.slice(colon + 1), namespace: peer.slice(0, colon) };
    const own = survey.namespaces.find(({ name }) => (name ?? '') === here);
    const isHere = own?.interfaces.some(({ link }) => link.name === peer) === true;
    return { device: peer, namespace: isHere ? here : '' };
  }

  /** Whether a packet can be at `later` in one namespace after it was at `earlier` in the other. */
  function follows(earlier: Step, from: string, later: Step, to: string): boolean {
    if (!earlier.isSent) return from === to;
    const peer = devices.get(earlier.device)?.get(from);
    if (peer === undefined) return from === to || !isOnlyHere(later.device, from);
    if (later.isSent) return true;
    return peer.device === later.device && peer.namespace === to;
  }

  /** What a device sends that is no end of a pair stays in the namespace (a tunnel's, a bridge's), or leaves the machine. */
  function isOnlyHere(device: string, namespace: string): boolean {
    return devices.get(device)?.has(namespace) === true;
  }

  /**
   * The namespaces that each step's device can be in, and whether they go together. A way that is not understood (a device that is newer than
   * the survey, one that was moved) narrows nothing down.
   */
  function candidatesOf(steps: readonly Step[], known: Known | undefined) {
    const candidates = steps.map(({ device }, step) => {
      const all = [...(devices.get(device)?.keys() ?? [])];
      return known?.step === step ? all.filter((name) => name === known.namespace) : all;
    });
    let fits = candidates.every((names) => names.length > 0);
    let isChanged = true;
    const keep = (step: number, isPossible: (namespace: string) => boolean) => {
      const left = (candidates[step] as string[]).filter(isPossible);
      if (left.length === candidates[step]?.length) return;
      if (left.length === 0) {
        fits = false;
        return;
      }
      candidates[step] = left;
      isChanged = true;
    };
    while (isChanged) {
      isChanged = false;
      for (let step = 1; step < steps.length; step++) {
        const [earlier, later] = [steps[step - 1] as Step, steps[step] as Step];
        const [before, after] = [candidates[step - 1] as string[], candidates[step] as string[]];
        keep(step, (to) => before.some((from) => follows(earlier, from, later, to)));
        keep(step - 1, (from) => after.some((to) => follows(earlier, from, later, to)));
      }
    }
    return { candidates, fits };
  }

  return {
    namespacesOf: (steps, known) =>
      candidatesOf(steps, known).candidates.map((names) => (names.length === 1 ? names[0] : undefined)),
    isPossible: (steps, known) => candidatesOf(steps, known).fits,
    byIndex: (namespace, index) => indexes.get(`${index} ${namespace}`),
  };
}

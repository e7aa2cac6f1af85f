/** The kernel heard beside a capture: its drops with their reasons, and what its counters rose by. */
import type { DevicePlace, KernelDrop, KernelWitness, RisenCounter } from '../../packet/kernel-drop.ts';
import { parseNamedInterface } from '../containers/named-interface.ts';
import { deviceMeant } from '../device-name.ts';
import { surveyNamespaces } from '../survey.ts';
import { type CounterWatch, openCounters } from './counters.ts';
import { createDevicePlaces } from './device-places.ts';
import { type DropWatch, openDropWatch } from './drop-watch.ts';
import { surveyedNamespace } from './surveyed-namespace.ts';
import { TracingUnavailableError } from './tracefs.ts';

/** Milliseconds between two looks: the kernel's buffer for packets lasts for some hundreds at 50,000 packets a second. */
const INTERVAL = 100;
/** Drops that are kept of packets that were at a device that is captured on; and of others. */
const MOST_TOUCHING = 16_384;
const MOST_OTHERS = 4096;

export interface OpenWitness {
  /** What was told so far. */
  now(): KernelWitness;
  /** The same at the end: nothing of ours is left in the kernel then. May be called again. */
  finish(): Promise<KernelWitness>;
}

interface Captured {
  readonly place: DevicePlace;
  readonly isAny: boolean;
}

/**
 * Begins to listen. Needs root, and nothing of it afterwards.
 *
 * @param interfaces as for `-i`
 * @param keepsFirst of more drops than are kept the first ones stay, as with pings in a report; else the newest, as on the screen
 * @param folders where tracing is mounted
 * @throws {CaptureError} where namespaces can't be looked at
 */
export function openWitness(
  interfaces: readonly string[],
  keepsFirst = true,
  folders?: readonly string[],
): OpenWitness {
  const survey = surveyNamespaces();
  const places = createDevicePlaces(survey);
  const captured = new Map<string, Captured>();
  const counters = new Map<string, CounterWatch>();
  for (const name of interfaces) {
    const parsed = parseNamedInterface(name, () => survey);
    const there = surveyedNamespace(parsed, survey);
    if (there === undefined) continue;
    const { name: namespace = '' } = there;
    const names = there.interfaces.map(({ link }) => link.name);
    const device = deviceMeant(parsed.device, names) ?? parsed.device;
    captured.set(name, { place: { device, namespace }, isAny: parsed.device === 'any' });
    if (!counters.has(namespace)) counters.set(namespace, openCounters(namespace, parsed.namespace));
  }
  const [drops, others]: [KernelDrop[], KernelDrop[]] = [[], []];
  let forgotten = 0;
  let watch: DropWatch | undefined;
  let noReasons: string | undefined;
  try {
    watch = openDropWatch(places, folders);
  } catch (error) {
    if (!(error instanceof TracingUnavailableError)) throw error;
    noReasons = error.message;
  }

  const isAll = [...captured.values()].some(({ isAny }) => isAny);
  const devices = new Set([...captured.values()].map(({ place }) => place.device));
  const keep = (drop: KernelDrop) => {
    const isTouching = drop.course.some(({ device }) => isAll || devices.has(device));
    const [list, most] = isTouching ? [drops, MOST_TOUCHING] : [others, MOST_OTHERS];
    if (list.length >= most && keepsFirst) forgotten++;
    else list.push(drop);
    // Seldom, as all that stay are moved.
    if (list.length >= 2 * most) forgotten += list.splice(0, most).length;
  };
  const timer = watch === undefined ? undefined : setInterval(() => watch?.read(keep), INTERVAL);
  timer?.unref();
  let risen: RisenCounter[] | undefined;

  const now = (): KernelWitness => ({
    drops: [...drops, ...others].sort((one, other) => one.time - other.time),
    forgotten,
    lost: watch?.lost ?? 0,
    counters: risen ?? [...counters.values()].flatMap((one) => one.risen()),
    noReasons,
    locate(name, index) {
      const { place, isAny = false } = captured.get(name) ?? {};
      if (!isAny || place === undefined) return place;
      return index === undefined ? undefined : places.byIndex(place.namespace ?? '', index);
    },
  });

  return {
    now() {
      watch?.read(keep);
      return now();
    },
    async finish() {
      clearInterval(timer);
      if (risen === undefined) {
        watch?.read(keep);
        risen = [...counters.values()].flatMap((one) => one.risen());
        for (const one of counters.values()) one.close();
        await watch?.close();
      }
      return now();
    },
  };
}

/** The kernel's drops by themselves, without a capture: those of packets that were at certain devices. */
import type { KernelDrop } from '../../packet/kernel-drop.ts';
import { CaptureError } from '../../packet/source.ts';
import { parseNamedInterface } from '../containers/named-interface.ts';
import { deviceMeant } from '../device-name.ts';
import { noSuchInterface } from '../namespace.ts';
import { surveyNamespaces } from '../survey.ts';
import { createDevicePlaces } from './device-places.ts';
import { type DropWatch, openDropWatch } from './drop-watch.ts';
import { surveyedNamespace } from './surveyed-namespace.ts';

export type DeviceFilter = (drop: KernelDrop) => boolean;

/**
 * @param interfaces as for `-i`; all where there are none
 * @param folders where tracing is mounted
 * @throws {CaptureError} where there is no such device
 * @throws {TracingUnavailableError} where the kernel can't be asked
 */
export function openDropSource(
  interfaces: readonly string[],
  folders?: readonly string[],
): { readonly watch: DropWatch; readonly isWanted: DeviceFilter } {
  const survey = surveyNamespaces();
  const wanted = interfaces.map((name) => {
    const parsed = parseNamedInterface(name, () => survey);
    const there = surveyedNamespace(parsed, survey);
    const names = there?.interfaces.map(({ link }) => link.name) ?? [];
    const device = parsed.device === 'any' ? 'any' : deviceMeant(parsed.device, names);
    if (device === undefined) throw new CaptureError(noSuchInterface(parsed));
    return { device, namespace: there?.name ?? '' };
  });
  return {
    watch: openDropWatch(createDevicePlaces(survey), folders),
    isWanted: (drop) =>
      wanted.length === 0 ||
      wanted.some(({ device, namespace }) =>
        drop.course.some(
          (step, at) => (device === 'any' || step.device === device) && drop.couldBeIn(namespace, at),
        ),
      ),
  };
}

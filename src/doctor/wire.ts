/** Who gets a frame that goes out of a device: through pairs of virtual Ethernet devices and bridges, as far as they are seen. */
import type { Device } from './model.ts';

export interface Wire {
  /** Devices that take frames in for their namespaces. */
  readonly receivers: readonly Device[];
  /** Whether all of it is seen: no card, no device that leads elsewhere. */
  readonly isWhole: boolean;
}

export const PAIRS: ReadonlySet<string | undefined> = new Set(['veth', 'netkit']);

/** A bridge with hundreds of ports is one wire for all that hang on it: it is followed once. */
const known = new WeakMap<Device, Wire>();

/** The sender is among the receivers of its wire: nobody asks for its own address there. */
export function wireOf(sender: Device): Wire {
  const before = known.get(sender);
  if (before !== undefined) return before;
  const devices = new Set([sender]);
  let isWhole = true;
  // What is added while it is gone through is gone through, too.
  for (const device of devices) {
    if (leadsElsewhere(device)) isWhole = false;
    for (const next of neighborsOf(device)) if (device.isUp && next.isUp) devices.add(next);
  }
  const receivers = [...devices].filter((device) => device.isUp && !isPort(device));
  const wire = { receivers, isWhole };
  for (const device of devices) known.set(device, wire);
  return wire;
}

function isPort(device: Device): boolean {
  return device.masterDevice?.kind === 'bridge';
}

function neighborsOf(device: Device): Device[] {
  const other = PAIRS.has(device.kind) ? device.otherDevice : undefined;
  const bridge = isPort(device) ? device.masterDevice : undefined;
  const ports = device.kind === 'bridge' ? device.ports : [];
  return [...ports, ...(other === undefined ? [] : [other]), ...(bridge === undefined ? [] : [bridge])];
}

/** To where nobody looked, or in ways that are not followed: bonds, VLANs and others that stand on a device, tunnels. */
function leadsElsewhere(device: Device): boolean {
  const { master, masterDevice, namespace } = device;
  if (master !== undefined && masterDevice?.kind !== 'bridge' && masterDevice?.kind !== 'vrf') return true;
  if (namespace.devices.some((one) => one.other?.index === device.index && standsOn(one, device)))
    return true;
  if (PAIRS.has(device.kind)) return device.otherDevice === undefined;
  return device.kind !== 'bridge' && device.kind !== 'dummy' && !device.isLoopback;
}

function standsOn(one: Device, device: Device): boolean {
  return one.otherDevice === device && !PAIRS.has(one.kind) && one.kind !== 'vxlan';
}

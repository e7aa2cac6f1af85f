/** Who gets a frame that goes out of a device: through pairs of virtual Ethernet devices and bridges, as far as they are seen. */
import type { Device } from './model.ts';

export interface Wire {
  /** Devices that take frames in for their namespaces; the sender is not among them. */
  readonly receivers: readonly Device[];
  /** Whether all of it is seen: no card, no device that leads elsewhere. */
  readonly isWhole: boolean;
}

export const PAIRS: ReadonlySet<string | undefined> = new Set(['veth', 'netkit']);

export function wireOf(sender: Device): Wire {
  const receivers = new Set<Device>();
  const sent = new Set<Device>();
  let isWhole = true;

  function send(device: Device): void {
    if (sent.has(device)) return;
    sent.add(device);
    if (device.kind === 'bridge') flood(device);
    else if (PAIRS.has(device.kind)) {
      const other = device.otherDevice;
      if (other === undefined) isWhole = false;
      else if (device.isUp) receive(other);
    } else if (device.kind !== 'dummy' && !device.isLoopback) isWhole = false;
  }

  function flood(bridge: Device): void {
    for (const port of bridge.ports) if (port.isUp) send(port);
  }

  function receive(device: Device): void {
    if (!device.isUp) return;
    const master = device.masterDevice;
    // Devices that stand on this one may have addresses too.
    if (
      device.namespace.devices.some(
        (one) => one.otherDevice === device && !PAIRS.has(one.kind) && one.kind !== 'vxlan',
      )
    )
      isWhole = false;
    if (master?.kind === 'bridge') {
      if (!master.isUp) return;
      receivers.add(master);
      sent.add(device);
      flood(master);
    } else if (device.master !== undefined && master?.kind !== 'vrf') isWhole = false;
    else receivers.add(device);
  }

  send(sender);
  receivers.delete(sender);
  return { receivers: [...receivers], isWhole };
}

/** What the kernel tells of packets that it throws away: where `host`, which asks it, and those who explain losses meet. */

/** A packet at a device, before it was dropped. */
export interface DropStep {
  /** µs since 1970, by the clock that captured packets have their times from. */
  readonly time: number;
  /** The device's name, in whatever namespace. */
  readonly device: string;
  /** Sent by the device, or else received. */
  readonly isSent: boolean;
  /** EtherType of what is sent; 0 of what is received, of which the kernel does not tell it. */
  readonly protocol: number;
  /** Bytes, as the kernel counts: of what is received, without the link header. */
  readonly length: number;
}

/** A device, and the namespace that it is in: a name as for `-i`, empty for this process's own. */
export interface DevicePlace {
  readonly device: string;
  /** undefined where it can't be told which of several it is. */
  readonly namespace: string | undefined;
}

export interface KernelDrop {
  /** As that of steps; whole µs. */
  readonly time: number;
  /** The kernel's name for it (enum skb_drop_reason): `VXLAN_VNI_NOT_FOUND`. */
  readonly reason: string;
  /** The function that dropped it: `vxlan_rcv`. */
  readonly location: string;
  /** EtherType; 0 where the kernel did not come to it. */
  readonly protocol: number;
  /** Where the packet was, oldest first; empty where nothing was seen of it. */
  readonly course: readonly DropStep[];
  /**
   * The last device of the course.
   *
   * @param known a step whose namespace is known, which may tell those of others
   * @returns undefined where there is no course
   */
  place(known?: { readonly step: number; readonly namespace: string }): DevicePlace | undefined;
  /** Whether a step can have been in a namespace: it has such a device, and what that is joined to has the others. */
  couldBeIn(namespace: string, step: number): boolean;
}

/** A counter of the kernel's that rose. */
export interface RisenCounter {
  /** A name as for `-i`; empty for this process's own. */
  readonly namespace: string;
  /** undefined for a counter of the whole namespace. */
  readonly device: string | undefined;
  /** As the kernel has it: `Udp NoPorts`, `rx_dropped`. */
  readonly name: string;
  readonly rise: number;
}

/** What the kernel told while a capture ran. */
export interface KernelWitness {
  readonly drops: readonly KernelDrop[];
  /** Drops that were told of, past those kept. */
  readonly forgotten: number;
  /** Drops that the kernel had no room to tell of. */
  readonly lost: number;
  /** Counters that rose, in namespaces that were captured in. */
  readonly counters: readonly RisenCounter[];
  /**
   * The device that packets of an interface come from.
   *
   * @param name the interface's, as the capture has it
   * @param index the device's, where the interface stands for all of a namespace
   */
  locate(name: string, index: number | undefined): DevicePlace | undefined;
  /** Why there are no reasons, where there are none. */
  readonly noReasons: string | undefined;
}

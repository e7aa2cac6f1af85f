/**
 * Addresses that pseudo-headers count in the place of the IP header's own, where options or extension headers name the packet's first
 * sender or last receiver: what those who look for one answer besides its place.
 */

/** The IP header's own address counts. */
export const OWN_ADDRESS = -1;
/** Another one counts, and where it stands isn't known. */
export const UNKNOWN_ADDRESS = -2;
